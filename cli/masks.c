/* masks.c - see masks.h. */
#include "masks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "picture.h"
#include "report.h"

/* Sides may differ by rounding, and by this share. */
static const double alike = 0.02;

static int no_memory(void)
{
    return complain(STATUS_MEMORY, "no memory for the name of a mask");
}

/* Where "#RRGGBB" begins at the end of `text`, unless that is the end of a file's name. */
static const char *colour_in(const char *text, float rgb[3])
{
    const char *hash = strrchr(text, '#');
    struct stat st;
    char *end;
    unsigned long value;

    if (!hash || strlen(hash) != 7 || !stat(text, &st)) return NULL;
    value = strtoul(hash + 1, &end, 16);
    if (*end) return NULL;
    for (int i = 0; i < 3; i++) rgb[i] = (float) (value >> (16 - 8 * i) & 255) / 255;
    return hash;
}

char *mask_file(const char *text)
{
    float rgb[3];
    const char *hash = colour_in(text, rgb);

    return hash ? strndup(text, (size_t) (hash - text)) : strdup(text);
}

static int check_shape(const char *text, const imp_image *mask, const imp_image *picture,
                       const options *o)
{
    const size_t w = imp_image_width(mask), h = imp_image_height(mask);
    const size_t pw = imp_image_width(picture), ph = imp_image_height(picture);
    const double off = fabs((double) w * (double) ph / ((double) h * (double) pw) - 1);

    if (w == pw && h == ph) return STATUS_OK;
    if (off > fmax(alike, 1.0 / (double) (w < h ? w : h)))
        return complain(STATUS_INPUT, "%s: the mask is %zux%zu and the picture %zux%zu, which "
                        "is another shape: draw it over the picture itself", text, w, h, pw,
                        ph);
    if (!o->quiet) warn("%s: the mask is %zux%zu, fitted to %zux%zu", text, w, h, pw, ph);
    return STATUS_OK;
}

/* --- The main subject -------------------------------------------------------------------- */

static bool box_of(imp_box *box, const char *text)
{
    size_t *const side[] = { &box->x, &box->y, &box->width, &box->height };
    char *end;

    for (int i = 0; i < 4; i++) {
        if (*text < '0' || *text > '9') return false;
        *side[i] = strtoul(text, &end, 10);
        if (*end != (i < 3 ? ',' : '\0')) return false;
        text = end + 1;
    }
    return true;
}

static int find_subject(imp_mask **out, const imp_image *picture, const char *subject)
{
    imp_box box;
    imp_error err;

    if (subject && !box_of(&box, subject))
        return complain(STATUS_USAGE, "--subject: \"%s\" is not X,Y,WIDTH,HEIGHT in pixels",
                        subject);
    if (!imp_mask_subject(out, picture, subject ? &box : NULL, &err)) return STATUS_OK;
    return complain(status_of(err.status, PHASE_INPUT), "the main subject: %s", err.message);
}

/* --- Files ------------------------------------------------------------------------------- */

static int load_file(imp_mask **out, const char *text, const imp_image *picture,
                     const options *o)
{
    imp_image *image = NULL;
    imp_status made;
    float rgb[3];
    const char *hash = colour_in(text, rgb);
    char *file = mask_file(text);
    imp_error err;
    int status;

    if (!file) return no_memory();
    TRY(picture_load(&image, file, o));
    TRY(check_shape(text, image, picture, o));
    made = hash ? imp_mask_from_colour(out, image, rgb, &err)
                : imp_mask_from_image(out, image, &err);
    if (made != IMP_OK) status = complain_error(&err, PHASE_INPUT);

done:
    imp_image_free(image);
    free(file);
    return status;
}

int mask_load(imp_mask **out, const char *text, const imp_image *picture, const char *subject,
              const options *o)
{
    *out = NULL;
    if (!strcmp(text, "auto")) return find_subject(out, picture, subject);
    return load_file(out, text, picture, o);
}

char *mask_saved_file(const char *name, const options *o)
{
    const size_t n = strlen(o->save_masks) + strlen(name) + sizeof "/.png";
    char *file = malloc(n);

    if (file) snprintf(file, n, "%s/%s.png", o->save_masks, name);
    return file;
}

int mask_save(const imp_mask *mask, const char *name, const options *o)
{
    imp_image *image = NULL;
    imp_save_params save;
    char *file;
    imp_error err;
    int status = STATUS_OK;

    if (!mask || !o->save_masks) return STATUS_OK;
    if (!(file = mask_saved_file(name, o))) return no_memory();
    imp_save_params_init(&save);
    if (imp_mask_image(&image, mask, &err)) TRY(complain_error(&err, PHASE_WORK));
    status = picture_save(image, file, &save);

done:
    imp_image_free(image);
    free(file);
    return status;
}
