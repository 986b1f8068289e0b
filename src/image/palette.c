/* palette.c - pictures of numbered colours, as PNG. */
#include <spng.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "image/write.h"

static int encode(spng_ctx *png, const uint8_t *index, struct spng_ihdr *header,
                  struct spng_plte *colours)
{
    const size_t bytes = (size_t) header->width * header->height;
    int rc;

    if (!(rc = spng_set_option(png, SPNG_ENCODE_TO_BUFFER, 1))
        && !(rc = spng_set_ihdr(png, header)) && !(rc = spng_set_plte(png, colours)))
        rc = spng_encode_image(png, index, bytes, SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE);
    return rc;
}

static imp_status check(const char *path, size_t width, size_t height, size_t n_colours,
                        imp_error *err)
{
    imp_save_params params;

    imp_save_params_init(&params);
    params.format = IMP_FORMAT_PNG;
    if (!n_colours || n_colours > IMP_PALETTE_MOST)
        return imp_fail(err, IMP_EINVAL, "%s: a palette has 1 to %d colours", path,
                        IMP_PALETTE_MOST);
    if (!width || !height || width > INT32_MAX || height > INT32_MAX)
        return imp_fail(err, IMP_ELIMIT, "%s: PNG cannot hold %zux%zu pixels", path, width,
                        height);
    return imp_image_can_save(path, &params, err);
}

imp_status imp_palette_save(const char *path, const uint8_t *index, size_t width,
                            size_t height, const uint8_t (*colours)[3], size_t n_colours,
                            imp_error *err)
{
    struct spng_ihdr header = {
        .width = (uint32_t) width, .height = (uint32_t) height, .bit_depth = 8,
        .color_type = SPNG_COLOR_TYPE_INDEXED,
    };
    struct spng_plte palette = { .n_entries = (uint32_t) n_colours };
    spng_ctx *png = NULL;
    void *data = NULL;
    size_t len = 0;
    imp_status status;
    int rc = SPNG_EMEM;

    TRY(check(path, width, height, n_colours, err));
    for (size_t i = 0; i < n_colours; i++)
        palette.entries[i] = (struct spng_plte_entry) { colours[i][0], colours[i][1],
                                                        colours[i][2], 255 };
    if ((png = spng_ctx_new(SPNG_CTX_ENCODER))
        && !(rc = encode(png, index, &header, &palette)))
        data = spng_get_png_buffer(png, &len, &rc);
    if (rc)
        status = imp_fail(err, rc == SPNG_EMEM ? IMP_ENOMEM : IMP_ELIMIT,
                          "%s: PNG cannot be made: %s", path, spng_strerror(rc));
    else status = imp_file_write(path, data, len, err);
done:
    spng_ctx_free(png);
    imp_data_free(data);
    return status;
}
