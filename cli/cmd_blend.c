/* cmd_blend.c - impasto blend: the weighted sum of two pictures. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "files.h"
#include "picture.h"
#include "report.h"
#include "show.h"

typedef struct blend {
    double weight[2];
    imp_size size;
    imp_save_params save;
    imp_image *picture[2], *fitted[2], *out;
} blend;

static bool read_weights(double weight[2], const char *text)
{
    char *end;

    for (int i = 0; i < 2; i++) {
        weight[i] = strtod(text, &end);
        if (end == text || !(weight[i] >= 0 && weight[i] <= 1) || *end != (i ? '\0' : ','))
            return false;
        text = end + 1;
    }
    return true;
}

static int read_options(blend *b, const options *o)
{
    imp_error err;

    if (o->n_operands < 2)
        return complain(STATUS_USAGE,
                        "blend: PHOTO and PAINTING are needed; see impasto help blend");
    if (!o->output)
        return complain(STATUS_USAGE, "blend: -o FILE is missing: where does the picture go?");
    if (o->show && !strcmp(o->output, "-"))
        return complain(STATUS_USAGE, "--show needs a picture in a file, not -o -");
    if (!read_weights(b->weight, o->weights ? o->weights : "0.6,0.4"))
        return complain(STATUS_USAGE,
                        "--weights: \"%s\" is not two numbers from 0 to 1, as in 0.6,0.4",
                        o->weights);
    if (imp_size_parse(&b->size, o->keep_size ? "keep" : o->size ? o->size : "512x512", &err))
        return complain_error(&err, PHASE_SETTINGS);
    return files_check(o->operand, 2, &(output_file) { o->output, "the picture" }, 1);
}

static int fit(blend *b)
{
    size_t width = imp_image_width(b->picture[0]), height = imp_image_height(b->picture[0]);
    imp_error err;

    imp_size_apply(&b->size, &width, &height);
    for (int i = 0; i < 2; i++)
        if (imp_image_resize(&b->fitted[i], b->picture[i], width, height, IMP_FILTER_BILINEAR,
                             false, &err))
            return complain_error(&err, PHASE_WORK);
    return STATUS_OK;
}

static int sum(blend *b)
{
    imp_error err;

    if (imp_image_blend(&b->out, b->fitted[0], b->weight[0], b->fitted[1], b->weight[1], &err))
        return complain_error(&err, PHASE_WORK);
    return STATUS_OK;
}

int cmd_blend(const options *o)
{
    blend b = { 0 };
    int status;

    TRY(read_options(&b, o));
    TRY(picture_can_save(&b.save, o->output, o));
    TRY(picture_load(&b.picture[0], o->operand[0], o));
    TRY(picture_load(&b.picture[1], o->operand[1], o));
    TRY(fit(&b));
    TRY(sum(&b));
    TRY(picture_save(b.out, o->output, &b.save));
    if (!o->quiet && strcmp(o->output, "-"))
        fprintf(stderr, "%s: %zux%zu pixels\n", o->output, imp_image_width(b.out),
                imp_image_height(b.out));
    if (o->show) show_picture(b.out, o->output);

done:
    for (int i = 0; i < 2; i++) {
        imp_image_free(b.picture[i]);
        imp_image_free(b.fitted[i]);
    }
    imp_image_free(b.out);
    return status;
}
