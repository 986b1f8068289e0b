/* read_png.c - PNG by libspng: every depth and colour type, interlaced or not. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <spng.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/icc.h"
#include "image/read.h"

enum { MAX_CHUNK = 64 << 20, MAX_CHUNKS_KEPT = 128 << 20 };   /* bytes of text, profile ... */

static imp_status fail(int code, const imp_source *source, imp_error *err)
{
    switch (code) {
    case SPNG_EMEM:
        return imp_fail(err, IMP_ENOMEM, "%s: no memory to decode the PNG", source->name);
    case SPNG_IO_EOF:
    case SPNG_EIDAT_TOO_SHORT:
        return imp_fail(err, IMP_EFORMAT, "%s: PNG data cut short: get the whole file",
                        source->name);
    case SPNG_ECHUNK_LIMITS:
        return imp_fail(err, IMP_ELIMIT, "%s: PNG with more than %d MB beside its pixels",
                        source->name, MAX_CHUNKS_KEPT >> 20);
    case SPNG_EUSER_WIDTH:
    case SPNG_EUSER_HEIGHT:
        return imp_fail(err, IMP_ELIMIT,
                        "%s: PNG with a side of more than %lu pixels; reduce it, or "
                        "raise max-side",
                        source->name, (unsigned long) source->limits->max_side);
    default:
        return imp_fail(err, IMP_EFORMAT, "%s: PNG data damaged: %s", source->name,
                        spng_strerror(code));
    }
}

/* --- Colours ----------------------------------------------------------------------------- */

/* gAMA and cHRM count where neither a profile nor sRGB is given; cHRM alone means nothing. */
static imp_status read_gamma(imp_raster *raster, spng_ctx *png, const imp_source *source,
                             imp_error *err)
{
    struct spng_chrm c;
    imp_gamma gamma = { 0 };
    imp_status status;
    size_t len;
    void *icc;

    if (spng_get_gama(png, &gamma.gamma)) return IMP_OK;
    if (!spng_get_chrm(png, &c)) {
        gamma = (imp_gamma) {
            gamma.gamma, true, { c.white_point_x, c.white_point_y }, { c.red_x, c.red_y },
            { c.green_x, c.green_y }, { c.blue_x, c.blue_y }
        };
    }
    if (!(icc = imp_icc_from_gamma(&len, &gamma, raster->colours))) return IMP_OK;
    status = imp_raster_set_icc(raster, icc, len, source, err);
    imp_free(icc);
    return status;
}

static imp_status read_colours(imp_raster *raster, spng_ctx *png, const imp_source *source,
                               imp_error *err)
{
    struct spng_iccp icc;
    uint8_t intent;

    if (!spng_get_iccp(png, &icc))
        return imp_raster_set_icc(raster, icc.profile, icc.profile_len, source, err);
    if (!spng_get_srgb(png, &intent)) return IMP_OK;
    return read_gamma(raster, png, source, err);
}

/* --- Metadata ---------------------------------------------------------------------------- */

static imp_status
read_text(imp_raster *raster, spng_ctx *png, const imp_source *source, imp_error *err)
{
    struct spng_text *text = NULL;
    imp_status status = IMP_OK;
    uint32_t n = 0;

    if (spng_get_text(png, NULL, &n) || !n) return IMP_OK;
    if (!(text = imp_alloc(n, sizeof *text))) return fail(SPNG_EMEM, source, err);
    if (spng_get_text(png, text, &n)) n = 0;
    for (uint32_t i = 0; i < n && status == IMP_OK; i++)
        if (!strcmp(text[i].keyword, "impasto"))
            status = imp_raster_set_settings(
                raster, text[i].text, strnlen(text[i].text, text[i].length), source, err);
    imp_free(text);
    return status;
}

/* PNG counts whole pixels a metre; a whole number of pixels an inch within half such a step is
 * what was meant. */
static double per_inch(uint32_t per_metre)
{
    const double inch = 0.0254, density = per_metre * inch;

    return fabs(density - round(density)) <= inch / 2 ? round(density) : density;
}

static imp_status read_metadata(imp_raster *raster, spng_ctx *png, const imp_source *source,
                                imp_error *err)
{
    struct spng_phys phys;
    struct spng_exif exif;
    imp_status status;

    TRY(read_text(raster, png, source, err));
    if (!spng_get_phys(png, &phys) && phys.unit_specifier == 1)
        imp_raster_set_density(raster, per_inch(phys.ppu_x), per_inch(phys.ppu_y));
    if (!spng_get_exif(png, &exif))
        status = imp_raster_set_exif(raster, exif.data, exif.length, source, err);

done:
    return status;
}

/* --- Pixels ------------------------------------------------------------------------------ */

/* The library widens to RGB, which for 1, 2 and 4 bits multiplies by 255, 85 and 17: exact. */
static int
choose_format(imp_raster *raster, const struct spng_ihdr *header, bool has_transparent)
{
    const bool alpha = header->color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA
                    || header->color_type == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA
                    || has_transparent;
    const bool grey = header->color_type == SPNG_COLOR_TYPE_GRAYSCALE
                      || header->color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA;

    raster->width = header->width;
    raster->height = header->height;
    raster->depth = header->bit_depth == 16 ? 16 : 8;
    raster->colours = grey ? 1 : 3;
    raster->step = alpha || raster->depth == 16 ? 4 : 3;
    raster->alpha = alpha ? 3 : -1;
    return raster->depth == 16 ? SPNG_FMT_RGBA16 : alpha ? SPNG_FMT_RGBA8 : SPNG_FMT_RGB8;
}

static imp_status read_pixels(imp_raster *raster, spng_ctx *png, const imp_source *source,
                              imp_error *err)
{
    struct spng_ihdr header;
    struct spng_trns transparent;
    imp_status status;
    int code, format;
    size_t len;

    if ((code = spng_get_ihdr(png, &header))) return fail(code, source, err);
    code = spng_get_trns(png, &transparent);
    if (code && code != SPNG_ECHUNKAVAIL) return fail(code, source, err);
    format = choose_format(raster, &header, !code);
    TRY(imp_raster_alloc(raster, source, err));
    len =
        raster->width * raster->height * (size_t) raster->step * (size_t) (raster->depth / 8);
    if ((code = spng_decode_image(png, raster->samples, len, format, SPNG_DECODE_TRNS))
        || (code = spng_decode_chunks(png)))
        status = fail(code, source, err);

done:
    return status;
}

imp_status imp_read_png(imp_raster *raster, const imp_source *source, imp_error *err)
{
    spng_ctx *png = spng_ctx_new(0);
    const uint32_t most = INT32_MAX;   /* of the format */
    const uint32_t side = source->limits->max_side < most ? source->limits->max_side : most;
    imp_status status = IMP_OK;
    int code;

    if (!png) return fail(SPNG_EMEM, source, err);
    if ((code = spng_set_image_limits(png, side, side))
        || (code = spng_set_chunk_limits(png, MAX_CHUNK, MAX_CHUNKS_KEPT))
        || (code = spng_set_png_buffer(png, source->data, source->len))) {
        status = fail(code, source, err);
        goto done;
    }
    TRY(read_pixels(raster, png, source, err));
    TRY(read_colours(raster, png, source, err));
    TRY(read_metadata(raster, png, source, err));

done:
    spng_ctx_free(png);
    return status;
}
