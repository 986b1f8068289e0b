/* write_webp.c - WebP by libwebp: lossy, and lossless at quality 100. The profile and EXIF go
 * into chunks of their own around the picture. */
#include <stdlib.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/exif_write.h"
#include "image/quantise.h"

enum { LOSSLESS_QUALITY = 100 };

static bool configure(WebPConfig *config, int quality)
{
    if (!WebPConfigInit(config)) return false;
    if (quality == LOSSLESS_QUALITY) {
        config->lossless = 1;
        config->exact = 1;             /* colours stay where all is transparent */
    } else {
        config->quality = (float) quality;
        config->use_sharp_yuv = 1;     /* halved colour planes that blur edges less */
    }
    return true;
}

static bool import_pixels(WebPPicture *picture, const imp_image *image)
{
    const size_t stride = imp_quantised_row_bytes(image, 8);
    uint8_t *pixels = imp_alloc(image->height, stride);
    bool ok = false;

    if (!pixels) return false;
    for (size_t y = 0; y < image->height; y++)
        imp_quantise_row(pixels + y * stride, image, y, 8);
    picture->width = (int) image->width;
    picture->height = (int) image->height;
    picture->use_argb = 1;
    ok = image->alpha ? WebPPictureImportRGBA(picture, pixels, (int) stride)
                      : WebPPictureImportRGB(picture, pixels, (int) stride);
    imp_free(pixels);
    return ok;
}

/* Puts the pieces together; they are borrowed until the file is made. */
static bool assemble(WebPData *file, const WebPMemoryWriter *coded, const imp_write_job *job,
                     const uint8_t *exif, size_t exif_len)
{
    const WebPData bitstream = { coded->mem, coded->size };
    const WebPData icc = { job->icc, job->icc_len };
    const WebPData block = { exif + IMP_EXIF_PREFIX, exif_len - IMP_EXIF_PREFIX };
    WebPMux *mux = WebPMuxNew();
    const bool ok = mux && WebPMuxSetImage(mux, &bitstream, 0) == WEBP_MUX_OK
                    && WebPMuxSetChunk(mux, "ICCP", &icc, 0) == WEBP_MUX_OK
                    && WebPMuxSetChunk(mux, "EXIF", &block, 0) == WEBP_MUX_OK
                    && WebPMuxAssemble(mux, file) == WEBP_MUX_OK;

    WebPMuxDelete(mux);
    return ok;
}

static imp_status refuse(const WebPPicture *picture, const char *name, imp_error *err)
{
    if (picture->error_code <= VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY)
        return imp_fail(err, IMP_ENOMEM, "%s: no memory to make a WebP of %d x %d", name,
                        picture->width, picture->height);
    return imp_fail(err, IMP_ELIMIT,
                    "%s: WebP cannot hold this picture (libwebp's error %d): save as PNG",
                    name, (int) picture->error_code);
}

imp_status imp_write_webp(void **data, size_t *len, const imp_write_job *job, imp_error *err)
{
    WebPConfig config;
    WebPPicture picture;
    WebPMemoryWriter coded;
    WebPData file = { NULL, 0 };
    uint8_t *exif = NULL;
    size_t exif_len;
    imp_status status;

    WebPMemoryWriterInit(&coded);
    if (!WebPPictureInit(&picture) || !configure(&config, job->quality))
        return imp_fail(err, IMP_EUNSUPPORTED, "%s: this libwebp is not the one built against",
                        job->name);
    picture.writer = WebPMemoryWrite;
    picture.custom_ptr = &coded;
    TRY(imp_exif_make(&exif, &exif_len, job, err));
    if (!import_pixels(&picture, job->image) || !WebPEncode(&config, &picture)
        || !assemble(&file, &coded, job, exif, exif_len)) {
        status = refuse(&picture, job->name, err);
        goto done;
    }
    *data = (void *) file.bytes;
    *len = file.size;

done:
    WebPPictureFree(&picture);
    WebPMemoryWriterClear(&coded);
    imp_free(exif);
    return status;
}
