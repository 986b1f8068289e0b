/* read_webp.c - still WebP by libwebp: lossy, lossless, with or without alpha. */
#include <webp/decode.h>
#include <webp/demux.h>

#include "base/error.h"
#include "image/read.h"

static imp_status damaged(const imp_source *source, imp_error *err)
{
    return imp_fail(err, IMP_EFORMAT, "%s: WebP data damaged or cut short: get the whole file",
                    source->name);
}

static imp_status read_pixels(imp_raster *raster, const imp_source *source, imp_error *err)
{
    WebPDecoderConfig config;
    imp_status status;
    size_t stride;

    if (!WebPInitDecoderConfig(&config)
        || WebPGetFeatures(source->data, source->len, &config.input) != VP8_STATUS_OK)
        return damaged(source, err);
    raster->width = (size_t) config.input.width;
    raster->height = (size_t) config.input.height;
    raster->depth = 8;
    raster->colours = 3;
    raster->step = config.input.has_alpha ? 4 : 3;
    raster->alpha = config.input.has_alpha ? 3 : -1;
    TRY(imp_raster_alloc(raster, source, err));
    stride = raster->width * (size_t) raster->step;
    config.output.colorspace = config.input.has_alpha ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA =
        (WebPRGBABuffer) { raster->samples, (int) stride, stride * raster->height };
    switch (WebPDecode(source->data, source->len, &config)) {
    case VP8_STATUS_OK: break;
    case VP8_STATUS_OUT_OF_MEMORY:
        status = imp_fail(err, IMP_ENOMEM, "%s: no memory to decode the WebP", source->name);
        break;
    default: status = damaged(source, err);
    }
    WebPFreeDecBuffer(&config.output);

done:
    return status;
}

static imp_status read_metadata(imp_raster *raster, const WebPDemuxer *webp,
                                const imp_source *source, imp_error *err)
{
    imp_status status = IMP_OK;
    WebPChunkIterator chunk;

    if (WebPDemuxGetChunk(webp, "ICCP", 1, &chunk)) {
        status = imp_raster_set_icc(raster, chunk.chunk.bytes, chunk.chunk.size, source, err);
        WebPDemuxReleaseChunkIterator(&chunk);
    }
    if (status == IMP_OK && WebPDemuxGetChunk(webp, "EXIF", 1, &chunk)) {
        status = imp_raster_set_exif(raster, chunk.chunk.bytes, chunk.chunk.size, source, err);
        WebPDemuxReleaseChunkIterator(&chunk);
    }
    return status;
}

imp_status imp_read_webp(imp_raster *raster, const imp_source *source, imp_error *err)
{
    const WebPData data = { source->data, source->len };
    WebPDemuxer *webp = WebPDemux(&data);
    imp_status status;

    if (!webp) return damaged(source, err);
    if (WebPDemuxGetI(webp, WEBP_FF_FORMAT_FLAGS) & ANIMATION_FLAG) {
        status = imp_fail(err, IMP_EFORMAT,
                          "%s: is an animated WebP of %u frames: save one of them as "
                          "a picture of its own",
                          source->name, WebPDemuxGetI(webp, WEBP_FF_FRAME_COUNT));
        goto done;
    }
    TRY(read_pixels(raster, source, err));
    TRY(read_metadata(raster, webp, source, err));

done:
    WebPDemuxDelete(webp);
    return status;
}
