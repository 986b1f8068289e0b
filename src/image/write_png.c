/* write_png.c - PNG by libspng: 8 or 16 bits a channel, settings as text under "impasto". */
#include <spng.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/quantise.h"
#include "image/write.h"

static const double METRES_PER_INCH = 0.0254;

static int set_header(spng_ctx *png, const imp_write_job *job)
{
    const bool alpha = job->image->alpha;
    struct spng_ihdr header = {
        .width = (uint32_t) job->image->width,
        .height = (uint32_t) job->image->height,
        .bit_depth = (uint8_t) job->depth,
        .color_type = alpha ? SPNG_COLOR_TYPE_TRUECOLOR_ALPHA : SPNG_COLOR_TYPE_TRUECOLOR
    };

    return spng_set_ihdr(png, &header);
}

static int set_profile(spng_ctx *png, const imp_write_job *job)
{
    struct spng_iccp iccp = {
        .profile_name = "sRGB", .profile_len = job->icc_len, .profile = job->icc
    };

    return spng_set_iccp(png, &iccp);
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

static int encode_rows(spng_ctx *png, const imp_write_job *job, void *row)
{
    const size_t bytes = imp_quantised_row_bytes(job->image, job->depth);
    int rc = spng_encode_image(png, NULL, 0, SPNG_FMT_PNG,
                               SPNG_ENCODE_PROGRESSIVE | SPNG_ENCODE_FINALIZE);

    for (size_t y = 0; !rc && y < job->image->height; y++) {
        imp_quantise_row(row, job->image, y, job->depth);
        rc = spng_encode_row(png, row, bytes);
    }
    return rc == SPNG_EOI ? 0 : rc;
}

imp_status imp_write_png(void **data, size_t *len, const imp_write_job *job, imp_error *err)
{
    char software[] = IMP_SOFTWARE, nothing[] = "";
    void *row = imp_alloc(imp_quantised_row_bytes(job->image, job->depth), 1);
    spng_ctx *png = row ? spng_ctx_new(SPNG_CTX_ENCODER) : NULL;
    int rc = SPNG_EMEM;

    if (png && !(rc = spng_set_option(png, SPNG_ENCODE_TO_BUFFER, 1))
        && !(rc = set_header(png, job)) && !(rc = set_profile(png, job))
        && !(rc = set_density(png, job)) && !(rc = set_texts(png, job, software, nothing))
        && !(rc = encode_rows(png, job, row)))
        *data = spng_get_png_buffer(png, len, &rc);
    spng_ctx_free(png);
    imp_free(row);
    if (!rc) return IMP_OK;
    return imp_fail(err, rc == SPNG_EMEM ? IMP_ENOMEM : IMP_ELIMIT,
                    "%s: PNG cannot be made: %s", job->name, spng_strerror(rc));
}
