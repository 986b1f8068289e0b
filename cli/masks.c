/* masks.c - see masks.h. */
#include "masks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "colours.h"
#include "picture.h"
#include "report.h"

static int no_memory(void)
{
    return complain(STATUS_MEMORY, "no memory for the name of a mask");
}

/* Is it "#RRGGBB"? */
static bool read_colour(float rgb[3], const char *hash)
{
    const unsigned long value = strtoul(hash + 1, NULL, 16);

    for (int i = 0; i < 3; i++) rgb[i] = (float) (value >> (16 - 8 * i) & 255) / 255;
    return strlen(hash) == 7 && strspn(hash + 1, "0123456789abcdefABCDEF") == 6;
}

/* Cut off at the last '#', if that is not of a file's name. */
char *mask_file(const char *text)
{
    const char *hash = strrchr(text, '#');

    return hash && !picture_exists(text) ? strndup(text, (size_t) (hash - text))
                                         : strdup(text);
}

static int check_shape(const char *text, const imp_image *mask, const mask_of *of,
                       const options *o)
{
    const size_t w = imp_image_width(mask), h = imp_image_height(mask);
    const size_t pw = imp_image_width(of->picture), ph = imp_image_height(of->picture);

    if (w == pw && h == ph) return STATUS_OK;
    if (!imp_mask_fits(w, h, pw, ph))
        return complain(STATUS_INPUT, "%s: the mask is %zux%zu and %s %zux%zu, which is "
                        "another shape: draw it over that picture itself", text, w, h,
                        of->file, pw, ph);
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

static int find_subject(imp_mask **out, const mask_of *of)
{
    const char *what = of->subject ? "--subject" : "the main subject";
    const phase where = of->subject ? PHASE_SETTINGS : PHASE_INPUT;
    imp_box box;
    imp_error err;

    if (of->subject && !box_of(&box, of->subject))
        return complain(STATUS_USAGE, "--subject: \"%s\" is not X,Y,WIDTH,HEIGHT in pixels",
                        of->subject);
    if (!imp_mask_subject(out, of->picture, of->subject ? &box : NULL, &err)) return STATUS_OK;
    return complain(status_of(err.status, where), "%s: %s", what, err.message);
}

/* --- Files ------------------------------------------------------------------------------- */

static int from_grey(imp_mask **out, const char *file, const imp_image *image,
                     const options *o)
{
    char colours[COLOURS_TEXT];
    imp_error err;

    if (!o->quiet && colours_are_there(image) && *colours_of(colours, image))
        warn("%s: is in colour and read as grey; if its colours tell parts from each other, "
             "say which, as in %s%.7s; it has %s", file, file, colours, colours);
    return imp_mask_from_image(out, image, &err) ? complain_error(&err, PHASE_INPUT)
                                                 : STATUS_OK;
}

/* `hash` is where "#RRGGBB" has to be. */
static int from_colour(imp_mask **out, const char *text, const char *hash,
                       const imp_image *image)
{
    char colours[COLOURS_TEXT];
    float rgb[3];
    imp_error err;

    if (!read_colour(rgb, hash))
        return complain(STATUS_USAGE, "%s: a colour is six hexadecimal digits, as in #ff0000",
                        text);
    if (imp_mask_from_colour(out, image, rgb, &err)) return complain_error(&err, PHASE_INPUT);
    if (!imp_mask_is_empty(*out)) return STATUS_OK;
    return complain(STATUS_INPUT, "%.*s: has no %s; it has %s", (int) (hash - text), text,
                    hash, *colours_of(colours, image) ? colours : "no colour that is common");
}

static int load_file(imp_mask **out, const char *text, const mask_of *of, const options *o)
{
    imp_image *image = NULL;
    char *file = mask_file(text);
    const char *hash;
    int status;

    if (!file) return no_memory();
    hash = text + strlen(file);
    TRY(picture_load(&image, file, o));
    TRY(check_shape(text, image, of, o));
    status = *hash ? from_colour(out, text, hash, image) : from_grey(out, file, image, o);

done:
    imp_image_free(image);
    free(file);
    return status;
}

int mask_load(imp_mask **out, const char *option, const char *text, const mask_of *of,
              const options *o)
{
    *out = NULL;
    if (!strcmp(text, "auto")) return find_subject(out, of);
    if (picture_exists(text) || strpbrk(text, "./#")) return load_file(out, text, of, o);
    if (of->objects)
        return objects_mask(out, of->objects, option, text, "neither a file nor a class");
    return complain(STATUS_USAGE, "--%s: \"%s\" is no file; classes are looked for in the "
                    "photograph alone", option, text);
}

/* --- Masks ------------------------------------------------------------------------------- */

static int fit(imp_mask **mask, size_t w, size_t h)
{
    imp_mask *fitted = NULL;
    imp_error err;

    if (imp_mask_width(*mask) == w && imp_mask_height(*mask) == h) return STATUS_OK;
    if (imp_mask_resize(&fitted, *mask, w, h, &err)) return complain_error(&err, PHASE_WORK);
    imp_mask_free(*mask);
    *mask = fitted;
    return STATUS_OK;
}

int mask_add(imp_mask **mask, imp_mask *more, size_t w, size_t h)
{
    int status;

    if (!*mask) {
        *mask = more;
        return STATUS_OK;
    }
    TRY(fit(mask, w, h));
    TRY(fit(&more, w, h));
    imp_mask_add(*mask, more);
done:
    imp_mask_free(more);
    return status;
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
