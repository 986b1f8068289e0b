/* read_tiff.c - TIFF by libtiff: strips and tiles, planes together or apart, grey, RGB,
 * palette and CMYK of up to 16 bits; YCbCr of 8 bits through the library's own RGB. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

#include "base/error.h"
#include "image/exif.h"
#include "image/read.h"

enum { MAX_SAMPLES = 32 };           /* of a pixel, in the file */

typedef struct reader {
    const imp_source *source;
    imp_raster *raster;
    imp_error *err;
    uint64_t at;                     /* the library's place in the file    */
    char why[256];                   /* its first complaint, "" if none    */
    TIFF *tiff;
    uint16_t bits, samples, photometric, planar, format, compression;
    int colours;                     /* samples of colour in the file      */
    int pick[5];                     /* the samples that are wanted ...    */
    int n_picked;
    const uint16_t *palette[3];      /* NULL unless the colour is an index */
} reader;

/* --- The file, as the library sees it ---------------------------------------------------- */

static tmsize_t read_bytes(thandle_t handle, void *to, tmsize_t len)
{
    reader *r = handle;
    const uint64_t left = r->at < r->source->len ? r->source->len - r->at : 0;
    const size_t n = (uint64_t) len < left ? (size_t) len : (size_t) left;

    memcpy(to, r->source->data + (left ? r->at : 0), n);
    r->at += n;
    return (tmsize_t) n;
}

static tmsize_t write_bytes(thandle_t handle, void *from, tmsize_t len)
{
    (void) handle, (void) from, (void) len;
    return -1;
}

static toff_t seek_to(thandle_t handle, toff_t offset, int whence)
{
    reader *r = handle;

    r->at = offset + (whence == SEEK_CUR ? r->at : whence == SEEK_END ? r->source->len : 0);
    return r->at;
}

static int close_nothing(thandle_t handle)
{
    (void) handle;
    return 0;
}

static toff_t size_of(thandle_t handle)
{
    return ((reader *) handle)->source->len;
}

static int on_error(TIFF *tiff, void *user, const char *module, const char *fmt, va_list ap)
{
    reader *r = user;

    (void) tiff, (void) module;
    if (!r->why[0]) vsnprintf(r->why, sizeof r->why, fmt, ap);
    return 1;   /* dealt with: nothing is printed */
}

static int on_warning(TIFF *tiff, void *user, const char *module, const char *fmt, va_list ap)
{
    (void) tiff, (void) user, (void) module, (void) fmt, (void) ap;
    return 1;
}

static TIFF *open_tiff(reader *r)
{
    const uint64_t max_bytes = r->source->limits->max_bytes;   /* of any part too */
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    TIFF *tiff;

    if (!options) return NULL;
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, r);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, r);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options,
                                        max_bytes < PTRDIFF_MAX ? (tmsize_t) max_bytes : 0);
    tiff = TIFFClientOpenExt(r->source->name, "rm", r, read_bytes, write_bytes, seek_to,
                             close_nothing, size_of, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return tiff;
}

/* --- What kind of picture it is ---------------------------------------------------------- */

static imp_status damaged(const reader *r)
{
    return imp_fail(r->err, IMP_EFORMAT,
                    "%s: TIFF data damaged or cut short%s%s: get the whole file",
                    r->source->name, r->why[0] ? ": " : "", r->why);
}

static imp_status unknown_kind(const reader *r)
{
    static const char *const formats[] = { "", "", "signed ", "floating-point " };

    return imp_fail(
        r->err, IMP_EFORMAT,
        "%s: TIFF with %d %ssamples of %d bits (photometric %d, "
        "compression %d), which impasto does not read: convert it to RGB of 8 or 16 bits",
        r->source->name, r->samples, r->format < 4 ? formats[r->format] : "", r->bits,
        r->photometric, r->compression);
}

static void read_fields(reader *r)
{
    uint32_t width = 0, height = 0;

    TIFFGetField(r->tiff, TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(r->tiff, TIFFTAG_IMAGELENGTH, &height);
    TIFFGetFieldDefaulted(r->tiff, TIFFTAG_BITSPERSAMPLE, &r->bits);
    TIFFGetFieldDefaulted(r->tiff, TIFFTAG_SAMPLESPERPIXEL, &r->samples);
    TIFFGetFieldDefaulted(r->tiff, TIFFTAG_SAMPLEFORMAT, &r->format);
    TIFFGetFieldDefaulted(r->tiff, TIFFTAG_PLANARCONFIG, &r->planar);
    TIFFGetFieldDefaulted(r->tiff, TIFFTAG_COMPRESSION, &r->compression);
    if (!TIFFGetField(r->tiff, TIFFTAG_PHOTOMETRIC, &r->photometric))
        r->photometric = r->samples >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
    r->raster->width = width;
    r->raster->height = height;
}

/* JPEG inside TIFF is turned into RGB by the JPEG library. */
static void ask_for_rgb(reader *r)
{
    if (r->photometric != PHOTOMETRIC_YCBCR || r->compression != COMPRESSION_JPEG
        || r->planar != PLANARCONFIG_CONTIG) return;
    TIFFSetField(r->tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    r->photometric = PHOTOMETRIC_RGB;
}

/* Samples of colour a pixel; 0 if this photometric is not for us. */
static int count_colours(const reader *r)
{
    uint16_t inks = INKSET_CMYK;

    switch (r->photometric) {
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_PALETTE:
        return 1;
    case PHOTOMETRIC_RGB:
        return 3;
    case PHOTOMETRIC_SEPARATED:
        TIFFGetFieldDefaulted(r->tiff, TIFFTAG_INKSET, &inks);
        return inks == INKSET_CMYK ? 4 : 0;
    }
    return 0;
}

static bool has_usable_samples(const reader *r)
{
    const bool whole =
        r->bits == 8 || (r->bits == 16 && r->photometric != PHOTOMETRIC_PALETTE);
    const bool packed = (r->bits == 1 || r->bits == 2 || r->bits == 4) && r->samples == 1;

    return (whole || packed) && r->samples >= r->colours && r->samples <= MAX_SAMPLES
           && (r->format == SAMPLEFORMAT_UINT || r->format == SAMPLEFORMAT_VOID);
}

/* The first of the extra samples that is said to be alpha; -1 if none is. */
static int find_alpha(const reader *r, bool *premultiplied)
{
    uint16_t n = 0, *kind = NULL;

    TIFFGetFieldDefaulted(r->tiff, TIFFTAG_EXTRASAMPLES, &n, &kind);
    for (int i = 0; kind && i < n && r->colours + i < r->samples; i++) {
        if (kind[i] != EXTRASAMPLE_ASSOCALPHA && kind[i] != EXTRASAMPLE_UNASSALPHA) continue;
        *premultiplied = kind[i] == EXTRASAMPLE_ASSOCALPHA;
        return r->colours + i;
    }
    return -1;
}

/* True if the picture is one that this file reads sample by sample; fills in the raster's
 * shape. */
static bool choose_samples(reader *r)
{
    imp_raster *raster = r->raster;
    int alpha;

    ask_for_rgb(r);
    r->colours = count_colours(r);
    if (!r->colours || !has_usable_samples(r)) return false;
    if (r->photometric == PHOTOMETRIC_PALETTE
        && !TIFFGetField(r->tiff, TIFFTAG_COLORMAP, &r->palette[0], &r->palette[1],
                         &r->palette[2]))
        return false;
    for (int i = 0; i < r->colours; i++) r->pick[r->n_picked++] = i;
    alpha = find_alpha(r, &raster->premultiplied);
    if (alpha >= 0) r->pick[r->n_picked++] = alpha;
    raster->depth = r->bits == 16 ? 16 : 8;
    raster->colours = r->palette[0] ? 3 : r->colours;
    raster->alpha = alpha >= 0 ? raster->colours : -1;
    raster->step = raster->colours + (alpha >= 0);
    return true;
}

/* --- Samples ----------------------------------------------------------------------------- */

static unsigned get_sample(const uint8_t *row, size_t i, unsigned bits)
{
    uint16_t wide;

    if (bits == 8) return row[i];
    if (bits == 16) {
        memcpy(&wide, row + 2 * i, 2);
        return wide;
    }
    return (unsigned) row[i * bits / 8] >> (8 - bits - i * bits % 8) & ((1u << bits) - 1);
}

static void put_sample(imp_raster *raster, size_t at, unsigned value)
{
    if (raster->depth == 8)
        ((uint8_t *) raster->samples)[at] = (uint8_t) value;
    else
        ((uint16_t *) raster->samples)[at] = (uint16_t) value;
}

/* The k-th picked sample of the pixel whose first sample in the raster is at `at`. */
static void put_picked(const reader *r, size_t at, int k, unsigned value)
{
    const unsigned most = (1u << r->bits) - 1, full = r->bits == 16 ? 65535 : 255;

    if (r->palette[0] && k == 0) {
        for (size_t c = 0; c < 3; c++)
            put_sample(r->raster, at + c, r->palette[c][value] >> 8);
        return;
    }
    if (r->palette[0]) at += 2;
    if (r->photometric == PHOTOMETRIC_MINISWHITE && k == 0) value = most - value;
    put_sample(r->raster, at + (size_t) k, value * (full / most));
}

/* A strip or a tile: where it lies in the picture, and the layout of its memory. */
typedef struct piece {
    size_t x, y, width, height;      /* inside the picture  */
    size_t row_bytes, stride;        /* stride: samples from a pixel to the next */
    int first, n;                    /* of the picked samples: all, or one plane's */
} piece;

static void put_piece(const reader *r, const piece *p, const uint8_t *data)
{
    const imp_raster *raster = r->raster;

    for (size_t y = 0; y < p->height; y++) {
        const uint8_t *row = data + y * p->row_bytes;
        size_t at = ((p->y + y) * raster->width + p->x) * (size_t) raster->step;
        for (size_t x = 0; x < p->width; x++, at += (size_t) raster->step)
            for (int k = p->first; k < p->first + p->n; k++) {
                const size_t i = p->stride == 1 ? x : x * p->stride + (size_t) r->pick[k];
                put_picked(r, at, k, get_sample(row, i, r->bits));
            }
    }
}

static bool read_piece(const reader *r, const piece *p, uint8_t *data, tmsize_t len)
{
    const uint32_t x = (uint32_t) p->x, y = (uint32_t) p->y;
    const uint16_t plane =
        (uint16_t) (r->planar == PLANARCONFIG_SEPARATE ? r->pick[p->first] : 0);
    const tmsize_t got = TIFFIsTiled(r->tiff)
        ? TIFFReadEncodedTile(r->tiff, TIFFComputeTile(r->tiff, x, y, 0, plane), data, len)
        : TIFFReadEncodedStrip(r->tiff, TIFFComputeStrip(r->tiff, y, plane), data, len);

    return got >= 0 && (size_t) got >= p->height * p->row_bytes;
}

/* All pieces of the planes that `p` names, from left to right and down. */
static bool
read_plane(const reader *r, piece p, size_t width, size_t height, uint8_t *data, tmsize_t len)
{
    const imp_raster *raster = r->raster;

    for (p.y = 0; p.y < raster->height; p.y += height)
        for (p.x = 0; p.x < raster->width; p.x += width) {
            p.width = raster->width - p.x < width ? raster->width - p.x : width;
            p.height = raster->height - p.y < height ? raster->height - p.y : height;
            if (!read_piece(r, &p, data, len)) return false;
            put_piece(r, &p, data);
        }
    return true;
}

static void piece_size(const reader *r, size_t *width, size_t *height)
{
    uint32_t w = (uint32_t) r->raster->width, h = (uint32_t) r->raster->height;

    if (TIFFIsTiled(r->tiff)) {
        TIFFGetField(r->tiff, TIFFTAG_TILEWIDTH, &w);
        TIFFGetField(r->tiff, TIFFTAG_TILELENGTH, &h);
    } else {
        TIFFGetFieldDefaulted(r->tiff, TIFFTAG_ROWSPERSTRIP, &h);
        if (h > r->raster->height) h = (uint32_t) r->raster->height;
    }
    *width = w;
    *height = h;
}

static imp_status read_samples(reader *r)
{
    const bool apart = r->planar == PLANARCONFIG_SEPARATE, tiled = TIFFIsTiled(r->tiff);
    const tmsize_t len = tiled ? TIFFTileSize(r->tiff) : TIFFStripSize(r->tiff);
    const tmsize_t row_bytes = tiled ? TIFFTileRowSize(r->tiff) : TIFFScanlineSize(r->tiff);
    piece p = { .stride = apart ? 1 : r->samples, .n = apart ? 1 : r->n_picked };
    size_t width, height;
    imp_status status;
    uint8_t *data;
    bool ok = true;

    if ((status = imp_raster_alloc(r->raster, r->source, r->err)) != IMP_OK) return status;
    piece_size(r, &width, &height);
    if (!width || !height || width > r->source->limits->max_pixels / height || row_bytes <= 0
        || len <= 0 || (size_t) row_bytes < (width * p.stride * r->bits + 7) / 8
        || (size_t) len / (size_t) row_bytes < height) return damaged(r);
    if (!(data = calloc((size_t) len, 1)))
        return imp_fail(r->err, IMP_ENOMEM, "%s: no memory for %lld bytes", r->source->name,
                        (long long) len);
    p.row_bytes = (size_t) row_bytes;
    for (p.first = 0; ok && p.first < r->n_picked; p.first += p.n)
        ok = read_plane(r, p, width, height, data, len);
    free(data);
    return ok ? IMP_OK : damaged(r);
}

/* --- Through the library's own RGB ------------------------------------------------------- */

static bool library_knows(const reader *r)
{
    char why[1024];

    return r->photometric == PHOTOMETRIC_YCBCR && r->bits == 8 && r->samples == 3
           && r->compression != COMPRESSION_OJPEG && TIFFRGBAImageOK(r->tiff, why);
}

/* The library packs a pixel into a number, whatever the machine's order of bytes. */
static void unpack(uint32_t *pixels, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint32_t v = pixels[i];
        const uint8_t bytes[4] = {
            (uint8_t) TIFFGetR(v), (uint8_t) TIFFGetG(v), (uint8_t) TIFFGetB(v), 255
        };
        memcpy(pixels + i, bytes, 4);
    }
}

static imp_status read_rgba(reader *r)
{
    imp_raster *raster = r->raster;
    TIFFRGBAImage image;
    imp_status status;
    char why[1024];
    bool ok;

    raster->depth = 8;
    raster->colours = 3;
    raster->step = 4;
    if ((status = imp_raster_alloc(raster, r->source, r->err)) != IMP_OK) return status;
    if (!TIFFRGBAImageBegin(&image, r->tiff, 1, why)) return damaged(r);
    image.req_orientation = image.orientation;   /* as stored: turning it is not done here */
    ok = TIFFRGBAImageGet(&image, raster->samples, (uint32_t) raster->width,
                          (uint32_t) raster->height);
    TIFFRGBAImageEnd(&image);
    unpack(raster->samples, raster->width * raster->height);
    return ok ? IMP_OK : damaged(r);
}

/* --- Metadata ---------------------------------------------------------------------------- */

static imp_status read_settings(const reader *r)
{
    const char *software = NULL, *description = NULL;

    TIFFGetField(r->tiff, TIFFTAG_SOFTWARE, &software);
    TIFFGetField(r->tiff, TIFFTAG_IMAGEDESCRIPTION, &description);
    if (!software || !description || !imp_exif_is_ours(software, strlen(software)))
        return IMP_OK;
    return imp_raster_set_settings(r->raster, description, strlen(description), r->source,
                                   r->err);
}

static imp_status read_metadata(const reader *r)
{
    uint16_t orientation = 1, unit = RESUNIT_INCH;
    uint32_t icc_len = 0;
    float x = 0, y = 0;
    void *icc = NULL;

    TIFFGetField(r->tiff, TIFFTAG_XRESOLUTION, &x);
    TIFFGetField(r->tiff, TIFFTAG_YRESOLUTION, &y);
    TIFFGetFieldDefaulted(r->tiff, TIFFTAG_RESOLUTIONUNIT, &unit);
    imp_raster_set_density(r->raster, imp_exif_density((double) x, unit),
                           imp_exif_density((double) y, unit));
    if (TIFFGetField(r->tiff, TIFFTAG_ORIENTATION, &orientation) && orientation - 1u < 8)
        r->raster->orientation = orientation;
    if (TIFFGetField(r->tiff, TIFFTAG_ICCPROFILE, &icc_len, &icc)) {
        const imp_status status =
            imp_raster_set_icc(r->raster, icc, icc_len, r->source, r->err);
        if (status != IMP_OK) return status;
    }
    return read_settings(r);
}

static imp_status read_all(reader *r)
{
    imp_status status;

    read_fields(r);
    if (choose_samples(r))
        TRY(read_samples(r));
    else if (library_knows(r))
        TRY(read_rgba(r));
    else
        return unknown_kind(r);
    status = read_metadata(r);

done:
    return status;
}

imp_status imp_read_tiff(imp_raster *raster, const imp_source *source, imp_error *err)
{
    reader r = { .source = source, .raster = raster, .err = err };
    imp_status status;

    if (!(r.tiff = open_tiff(&r))) return damaged(&r);
    status = read_all(&r);
    TIFFClose(r.tiff);
    return status;
}
