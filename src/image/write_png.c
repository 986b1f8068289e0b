/* write_png.c - PNG by libspng: colours or grey, 8 or 16 bits a channel, settings as text. */
#include <spng.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/quantise.h"
#include "image/write.h"

static const double METRES_PER_INCH = 0.0254;

/* Has it no colours at all, and no alpha, so that one channel holds it? */
static bool is_grey(const imp_image *image)
{
    const size_t n = image->width * image->height;
    const float *rgb = image->rgb;

    if (image->alpha) return false;
    for (size_t i = 0; i < n; i++, rgb += 3)
        if (!(rgb[0] >= rgb[1] && rgb[1] >= rgb[2] && rgb[2] >= rgb[0])) return false;
    return true;
}

static int set_header(spng_ctx *png, const imp_write_job *job, bool grey)
{
    const bool alpha = job->image->alpha;
    struct spng_ihdr header = {
        .width = (uint32_t) job->image->width,
        .height = (uint32_t) job->image->height,
        .bit_depth = (uint8_t) job->depth,
        .color_type = grey ? SPNG_COLOR_TYPE_GRAYSCALE
                    : alpha ? SPNG_COLOR_TYPE_TRUECOLOR_ALPHA : SPNG_COLOR_TYPE_TRUECOLOR
    };

    return spng_set_ihdr(png, &header);
}

/* One of three channels is no profile of one: grey is only said to have sRGB's curve. */
static int set_profile(spng_ctx *png, const imp_write_job *job, bool grey)
{
    struct spng_iccp iccp = {
        .profile_name = "sRGB", .profile_len = job->icc_len, .profile = job->icc
    };

    return grey ? spng_set_srgb(png, 0) : spng_set_iccp(png, &iccp);
}

static int set_density(spng_ctx *png, const imp_write_job *job)
{
    struct spng_phys phys = {
        .ppu_x = (uint32_t) (job->density_x / METRES_PER_INCH + 0.5),
        .ppu_y = (uint32_t) (job->density_y / METRES_PER_INCH + 0.5),
        .unit_specifier = 1
    };

    return job->density_x > 0 ? spng_set_phys(png, &phys) : 0;
}

/* The strings stay the caller's until the file is made. */
static int set_texts(spng_ctx *png, const imp_write_job *job, char *software, char *nothing)
{
    struct spng_text text[2] = {
        { .keyword = "Software", .type = SPNG_TEXT, .text = software },
        { .keyword = IMP_SETTINGS_KEY, .type = SPNG_ITXT, .text = job->image->settings,
          .language_tag = nothing, .translated_keyword = nothing }
    };

    text[0].length = strlen(software);
    if (job->image->settings) text[1].length = strlen(job->image->settings);
    return spng_set_text(png, text, job->image->settings ? 2 : 1);
}

/* Leaves the first of three channels. */
static void keep_first(unsigned char *row, size_t width, size_t bytes)
{
    for (size_t x = 1; x < width; x++) memcpy(row + x * bytes, row + 3 * x * bytes, bytes);
}

static int encode_rows(spng_ctx *png, const imp_write_job *job, bool grey, void *row)
{
    const size_t bytes = imp_quantised_row_bytes(job->image, job->depth) / (grey ? 3 : 1);
    int rc = spng_encode_image(png, NULL, 0, SPNG_FMT_PNG,
                               SPNG_ENCODE_PROGRESSIVE | SPNG_ENCODE_FINALIZE);

    for (size_t y = 0; !rc && y < job->image->height; y++) {
        imp_quantise_row(row, job->image, y, job->depth);
        if (grey) keep_first(row, job->image->width, (size_t) job->depth / 8);
        rc = spng_encode_row(png, row, bytes);
    }
    return rc == SPNG_EOI ? 0 : rc;
}

imp_status imp_write_png(void **data, size_t *len, const imp_write_job *job, imp_error *err)
{
    const bool grey = is_grey(job->image);
    char software[] = IMP_SOFTWARE, nothing[] = "";
    void *row = imp_alloc(imp_quantised_row_bytes(job->image, job->depth), 1);
    spng_ctx *png = row ? spng_ctx_new(SPNG_CTX_ENCODER) : NULL;
    int rc = SPNG_EMEM;

    if (png && !(rc = spng_set_option(png, SPNG_ENCODE_TO_BUFFER, 1))
        && !(rc = set_header(png, job, grey)) && !(rc = set_profile(png, job, grey))
        && !(rc = set_density(png, job)) && !(rc = set_texts(png, job, software, nothing))
        && !(rc = encode_rows(png, job, grey, row)))
        *data = spng_get_png_buffer(png, len, &rc);
    spng_ctx_free(png);
    imp_free(row);
    if (!rc) return IMP_OK;
    return imp_fail(err, rc == SPNG_EMEM ? IMP_ENOMEM : IMP_ELIMIT,
                    "%s: PNG cannot be made: %s", job->name, spng_strerror(rc));
}
