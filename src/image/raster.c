/* raster.c - from what a file stores to a picture: floats, sRGB, upright. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <omp.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/exif.h"
#include "image/icc.h"
#include "image/image.h"
#include "image/read.h"

/* --- Filling ----------------------------------------------------------------------------- */

static imp_status check_limits(const imp_raster *r, const imp_source *source, imp_error *err)
{
    const imp_image_limits *limits = source->limits;

    if (!r->width || !r->height)
        return imp_fail(err, IMP_EFORMAT, "%s: has no pixels", source->name);
    if (r->width > limits->max_side || r->height > limits->max_side)
        return imp_fail(
            err, IMP_ELIMIT,
            "%s: %zu x %zu pixels, and a side may have %lu; reduce it, or raise max-side",
            source->name, r->width, r->height, (unsigned long) limits->max_side);
    if (r->width > limits->max_pixels / r->height)
        return imp_fail(
            err, IMP_ELIMIT,
            "%s: %zu x %zu pixels are more than %llu; reduce it, or raise max-pixels",
            source->name, r->width, r->height, (unsigned long long) limits->max_pixels);
    return IMP_OK;
}

imp_status imp_raster_alloc(imp_raster *r, const imp_source *source, imp_error *err)
{
    const uint64_t available = imp_memory_available();
    uint64_t bytes, image_bytes;
    imp_status status;

    if ((status = check_limits(r, source, err)) != IMP_OK) return status;
    bytes = (uint64_t) r->width * r->height * (uint64_t) r->step * (uint64_t) (r->depth / 8);
    image_bytes = (uint64_t) r->width * r->height * sizeof(float) * (r->alpha < 0 ? 3 : 4);
    if ((available && bytes + image_bytes > available) || bytes > SIZE_MAX
        || !(r->samples = malloc((size_t) bytes)))
        return imp_fail(err, IMP_ENOMEM,
                        "%s: %zu x %zu pixels need %.1f MB of memory, %.1f are free",
                        source->name, r->width, r->height,
                        (double) (bytes + image_bytes) / 1e6, (double) available / 1e6);
    return IMP_OK;
}

static imp_status no_memory(const imp_source *source, size_t bytes, imp_error *err)
{
    return imp_fail(err, IMP_ENOMEM, "%s: no memory for %zu bytes", source->name, bytes);
}

imp_status imp_raster_set_icc(imp_raster *r, const void *icc, size_t len,
                              const imp_source *source, imp_error *err)
{
    if (!(r->icc = malloc(len ? len : 1))) return no_memory(source, len, err);
    memcpy(r->icc, icc, len);
    r->icc_len = len;
    return IMP_OK;
}

imp_status imp_raster_set_settings(imp_raster *r, const char *text, size_t len,
                                   const imp_source *source, imp_error *err)
{
    char *copy;

    if (r->settings || !len || text[0] != '{') return IMP_OK;
    if (!(copy = imp_alloc(len + 1, 1))) return no_memory(source, len, err);
    memcpy(copy, text, len);
    r->settings = copy;
    return IMP_OK;
}

void imp_raster_set_density(imp_raster *r, double x, double y)
{
    const double most = 1e6;   /* pixels of a quarter of a wavelength */

    if (!(x > 0 && x < most && y > 0 && y < most)) return;
    r->density_x = x;
    r->density_y = y;
}

imp_status imp_raster_set_exif(imp_raster *r, const void *data, size_t len,
                               const imp_source *source, imp_error *err)
{
    imp_exif exif;

    imp_exif_read(&exif, data, len);
    r->orientation = exif.orientation;
    if (!(r->density_x > 0)) imp_raster_set_density(r, exif.density_x, exif.density_y);
    if (!exif.description || !imp_exif_is_ours(exif.software, exif.software_len))
        return IMP_OK;
    return imp_raster_set_settings(r, exif.description, exif.description_len, source, err);
}

void imp_raster_clear(imp_raster *r)
{
    free(r->samples);
    free(r->icc);
    imp_free(r->settings);
    *r = (imp_raster) { .alpha = -1 };
}

/* --- Samples to floats ------------------------------------------------------------------- */

/* One sample of each of the row's n pixels, v / max, to every `stride`-th float. */
static void spread(float *dst, size_t stride, const imp_raster *r, size_t y, int sample)
{
    const size_t n = r->width, step = (size_t) r->step, first = y * n * step + (size_t) sample;

    if (r->depth == 8) {
        const uint8_t *src = (const uint8_t *) r->samples + first;
        for (size_t x = 0; x < n; x++) dst[x * stride] = (float) src[x * step] / 255.0f;
    } else {
        const uint16_t *src = (const uint16_t *) r->samples + first;
        for (size_t x = 0; x < n; x++) dst[x * stride] = (float) src[x * step] / 65535.0f;
    }
}

static void undo_premultiplication(float *colour, const float *alpha, size_t n, size_t colours)
{
    for (size_t x = 0; x < n; x++)
        for (size_t c = 0; c < colours && alpha[x] > 0; c++)
            colour[x * colours + c] = fminf(colour[x * colours + c] / alpha[x], 1.0f);
}

/* Without a profile: grey is its own colour, and inks take light away in turn. */
static void plain_rgb(float *rgb, const float *colour, size_t n, size_t colours)
{
    for (size_t x = 0; x < n; x++)
        for (size_t c = 0; c < 3; c++)
            rgb[3 * x + c] = colours == 1 ? colour[x]
                           : colours == 3 ? colour[3 * x + c]
                           : (1 - colour[4 * x + c]) * (1 - colour[4 * x + 3]);
}

/* --- Upright ----------------------------------------------------------------------------- */

/* Stored pixel (x, y) goes to index origin + x * along + y * down of the upright picture. */
typedef struct placement {
    size_t width, height;
    ptrdiff_t origin, along, down;
} placement;

static placement place(const imp_raster *r)
{
    const ptrdiff_t w = (ptrdiff_t) r->width, h = (ptrdiff_t) r->height;
    const size_t width = r->width, height = r->height;

    switch (r->orientation) {
    case 2: return (placement) { width, height, w - 1, -1, w };
    case 3: return (placement) { width, height, w * h - 1, -1, -w };
    case 4: return (placement) { width, height, w * (h - 1), 1, -w };
    case 5: return (placement) { height, width, 0, h, 1 };
    case 6: return (placement) { height, width, h - 1, h, -1 };
    case 7: return (placement) { height, width, w * h - 1, -h, -1 };
    case 8: return (placement) { height, width, h * (w - 1), -h, 1 };
    default: return (placement) { width, height, 0, 1, w };
    }
}

/* The floats of one row on their way: colours of the file, sRGB, alpha. */
typedef struct row_floats {
    float *colour, *rgb, *alpha;
} row_floats;

static void
convert_row(const row_floats *row, const imp_raster *r, size_t y, const imp_icc *icc)
{
    const size_t colours = (size_t) r->colours;

    for (int c = 0; c < r->colours; c++) spread(row->colour + c, colours, r, y, c);
    if (r->alpha >= 0) spread(row->alpha, 1, r, y, r->alpha);
    if (r->premultiplied) undo_premultiplication(row->colour, row->alpha, r->width, colours);
    if (icc)
        imp_icc_convert(icc, row->rgb, row->colour, r->width);
    else
        plain_rgb(row->rgb, row->colour, r->width, colours);
}

static void
place_row(imp_image *image, const row_floats *row, const placement *p, size_t n, size_t y)
{
    const ptrdiff_t start = p->origin + (ptrdiff_t) y * p->down;

    for (size_t x = 0; x < n; x++) {
        const ptrdiff_t at = start + (ptrdiff_t) x * p->along;
        memcpy(image->rgb + 3 * at, row->rgb + 3 * x, 3 * sizeof(float));
        if (image->alpha) image->alpha[at] = row->alpha[x];
    }
}

/* `floats` has ROW_FLOATS a pixel of a row for each thread. */
enum { ROW_FLOATS = 4 + 3 + 1 };

static void convert_rows(imp_image *image, const imp_raster *r, const imp_icc *icc,
                         float *floats, const placement *p)
{
    const size_t w = r->width;

#pragma omp parallel
    {
        float *own = floats + (size_t) omp_get_thread_num() * ROW_FLOATS * w;
        const row_floats row = { own, own + 4 * w, own + 7 * w };
#pragma omp for schedule(static)
        for (size_t y = 0; y < r->height; y++) {
            convert_row(&row, r, y, icc);
            place_row(image, &row, p, w, y);
        }
    }
}

imp_status imp_raster_to_image(imp_image **out, const imp_raster *r, const imp_source *source,
                               imp_error *err)
{
    const placement p = place(r);
    const bool turned = r->orientation > 4;
    const size_t threads = (size_t) omp_get_max_threads();
    float *floats = imp_alloc(r->width * threads, ROW_FLOATS * sizeof *floats);
    imp_image *image = NULL;
    imp_icc *icc = NULL;
    imp_status status = IMP_OK;

    *out = NULL;
    if (!floats || (r->icc && !imp_icc_new(&icc, r->icc, r->icc_len, r->colours))
        || imp_image_new(&image, p.width, p.height, r->alpha >= 0, NULL) != IMP_OK) {
        status = imp_fail(err, IMP_ENOMEM, "%s: no memory for a picture of %zu x %zu",
                          source->name, p.width, p.height);
        goto done;
    }
    TRY(imp_image_set_settings(image, r->settings, err));
    image->depth = r->depth;
    image->density_x = turned ? r->density_y : r->density_x;
    image->density_y = turned ? r->density_x : r->density_y;
    convert_rows(image, r, icc, floats, &p);
    *out = image;
    image = NULL;

done:
    imp_free(floats);
    imp_icc_free(icc);
    imp_image_free(image);
    return status;
}
