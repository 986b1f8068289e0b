/* cmd_segment.c - impasto segment: which part of a photograph is what. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "command.h"
#include "files.h"
#include "machine.h"
#include "objects.h"
#include "picture.h"
#include "report.h"
#include "show.h"

typedef struct segment {
    const options *o;
    bool wanted[IMP_CLASSES];         /* by --class */
    imp_segment_params params;
    imp_save_params save;
    imp_image *photo, *out;
    imp_context *ctx;
    imp_segmenter *segmenter;
    imp_segmentation *found;
    uint8_t *labels;
    imp_class_area areas[IMP_CLASSES];
} segment;

static const char *class_name(int i)
{
    return imp_class_known((size_t) i)->name;
}

/* --- Options ----------------------------------------------------------------------------- */

static int list_classes(void)
{
    for (int i = 0; i < IMP_CLASSES; i++) printf("%2d  %s\n", i, class_name(i));
    return STATUS_OK;
}

/* The classes' numbers are written as PNG, which a name of another kind would belie. */
static int check_indexed(const options *o)
{
    const char *ending = strcmp(o->output, "-") ? strrchr(o->output, '.') : ".png";
    const bool png = o->format ? !strcmp(o->format, "png")
                               : ending && !strcasecmp(ending, ".png");

    if (o->show)
        return complain(STATUS_USAGE, "--show needs a picture to look at: add --overlay or "
                        "--class");
    if (!png || o->depth || o->quality)
        return complain(STATUS_USAGE, "%s: numbered classes are written as PNG of 8 bits; "
                        "choose a name that ends in .png, or add --overlay or --class",
                        o->output);
    return STATUS_OK;
}

static int check_output(segment *s)
{
    const options *o = s->o;
    int status = STATUS_OK;

    if (o->overlay && o->classes)
        return complain(STATUS_USAGE, "--overlay and --class exclude each other");
    if (!o->output && o->json) return STATUS_OK;
    if (!o->output)
        return complain(STATUS_USAGE,
                        "segment: -o FILE is missing: where does the picture go?");
    if (!strcmp(o->output, "-") && (o->json || o->show))
        return complain(STATUS_USAGE, "%s needs a picture in a file, not -o -",
                        o->json ? "--json" : "--show");
    if (!o->overlay && !o->classes) TRY(check_indexed(o));
    TRY(files_check(o->operand, 1, &(output_file) { o->output, "the picture" }, 1));
    TRY(picture_can_save(&s->save, o->output, o));
done:
    return status;
}

static int read_options(segment *s)
{
    const options *o = s->o;
    imp_error err;
    int status;

    if (!o->n_operands)
        return complain(STATUS_USAGE,
                        "segment: a photograph is missing; see impasto help segment");
    imp_segment_params_init(&s->params);
    if (o->size && imp_size_parse(&s->params.size, o->size, &err))
        return complain_error(&err, PHASE_SETTINGS);
    if (o->classes) TRY(object_classes(s->wanted, "class", o->classes, "no class"));
    TRY(check_output(s));
done:
    return status;
}

/* --- Work -------------------------------------------------------------------------------- */

static int look(segment *s)
{
    int status;
    imp_error err;

    if (imp_segmenter_run(&s->found, s->segmenter, s->photo, &s->params, &err))
        return complain_error(&err, PHASE_WORK);
    TRY(object_labels(&s->labels, s->areas, s->found));
    for (int i = 0; i < IMP_CLASSES; i++)
        if (s->wanted[i] && !s->areas[i].pixels)
            warn("%s: there is no \"%s\" in it", s->o->operand[0], class_name(i));
done:
    return status;
}

static int make_mask(segment *s)
{
    imp_mask *mask = NULL;
    imp_error err;
    int status = STATUS_OK;

    if (imp_segmentation_any(&mask, s->found, s->wanted, &err))
        TRY(complain_error(&err, PHASE_WORK));
    if (imp_mask_image(&s->out, mask, &err)) status = complain_error(&err, PHASE_WORK);
done:
    imp_mask_free(mask);
    return status;
}

/* Half the colour of each class, half the photograph, which becomes the output. */
static int make_overlay(segment *s)
{
    const size_t n = imp_image_width(s->photo) * imp_image_height(s->photo);
    float *rgb = imp_image_rgb(s->photo);

    for (size_t p = 0; p < n; p++)
        for (size_t ch = 0; s->labels[p] && ch < 3; ch++) {
            const float colour = imp_class_known(s->labels[p])->rgb[ch] / 255.0f;
            rgb[3 * p + ch] = 0.5f * (rgb[3 * p + ch] + colour);
        }
    s->out = s->photo;
    s->photo = NULL;
    return STATUS_OK;
}

static int save_indexed(const segment *s)
{
    uint8_t colours[IMP_CLASSES][3];
    imp_error err;

    for (size_t i = 0; i < IMP_CLASSES; i++) memcpy(colours[i], imp_class_known(i)->rgb, 3);
    if (imp_palette_save(s->o->output, s->labels, imp_segmentation_width(s->found),
                         imp_segmentation_height(s->found), (const uint8_t (*)[3]) colours,
                         IMP_CLASSES, &err))
        return complain_error(&err, PHASE_OUTPUT);
    return STATUS_OK;
}

static int write_output(segment *s)
{
    const options *o = s->o;
    int status = STATUS_OK;

    if (!o->output) return STATUS_OK;
    if (!o->overlay && !o->classes) return save_indexed(s);
    TRY(o->overlay ? make_overlay(s) : make_mask(s));
    TRY(picture_save(s->out, o->output, &s->save));
    if (o->show) show_picture(s->out, o->output);
done:
    return status;
}

/* --- What there is ----------------------------------------------------------------------- */

static double share(const segment *s, int i)
{
    return (double) s->areas[i].pixels / (double) imp_segmentation_width(s->found)
           / (double) imp_segmentation_height(s->found);
}

static void print_json(const segment *s)
{
    json_t *classes = json_array(), *all;

    for (int i = 0; i < IMP_CLASSES; i++) {
        const imp_class_area *a = &s->areas[i];
        if (!a->pixels) continue;
        json_array_append_new(classes, json_pack(
            "{s:s, s:i, s:f, s:[I, I, I, I]}", "class", class_name(i), "number", i, "share",
            share(s, i), "box", (json_int_t) a->x, (json_int_t) a->y, (json_int_t) a->width,
            (json_int_t) a->height));
    }
    all = json_pack("{s:o, s:I, s:I, s:s, s:o}", "file", report_text(s->o->operand[0]),
                    "width", (json_int_t) imp_segmentation_width(s->found), "height",
                    (json_int_t) imp_segmentation_height(s->found), "network",
                    imp_segmenter_network(s->segmenter), "classes", classes);
    json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(all);
}

/* "OUT: 640x480 pixels: background 71 %, person 29 %" */
static void print_summary(const segment *s)
{
    const char *before = ": ";

    fprintf(stderr, "%s: %zux%zu pixels", s->o->output, imp_segmentation_width(s->found),
            imp_segmentation_height(s->found));
    for (int i = 0; i < IMP_CLASSES; i++) {
        if (!s->areas[i].pixels) continue;
        fprintf(stderr, "%s%s %.3g %%", before, class_name(i), 100 * share(s, i));
        before = ", ";
    }
    fputc('\n', stderr);
}

int cmd_segment(const options *o)
{
    segment s = { .o = o };
    int status;

    if (o->list_classes) return list_classes();
    TRY(read_options(&s));
    TRY(picture_load(&s.photo, o->operand[0], o));
    TRY(machine_context(&s.ctx, o));
    TRY(object_network(&s.segmenter, s.ctx, o));
    TRY(look(&s));
    TRY(write_output(&s));
    if (o->json) print_json(&s);
    else if (!o->quiet && strcmp(o->output, "-")) print_summary(&s);
done:
    imp_image_free(s.photo);
    imp_image_free(s.out);
    free(s.labels);
    imp_segmentation_free(s.found);
    imp_segmenter_free(s.segmenter);
    imp_context_free(s.ctx);
    return status;
}
