/* write_tiff.c - TIFF by libtiff, into memory: 8 or 16 bits a channel, deflated. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/quantise.h"
#include "image/write.h"

enum { HORIZONTAL_PREDICTOR = 2, STRIP_BYTES = 1 << 18 };

/* Past this many bytes of pixels the 32-bit offsets of classic TIFF might not do. */
static const uint64_t CLASSIC_BYTES = 3u << 30;

/* --- A file in memory -------------------------------------------------------------------- */

typedef struct memory_file {
    uint8_t *data;
    size_t len, room, at;
    char why[256];               /* libtiff's last complaint */
} memory_file;

static bool reserve(memory_file *m, size_t room)
{
    uint8_t *more;

    if (room <= m->room) return true;
    if (room < 2 * m->room) room = 2 * m->room;
    if (!(more = realloc(m->data, room))) return false;
    m->data = more;
    m->room = room;
    return true;
}

static tmsize_t memory_read(thandle_t handle, void *out, tmsize_t size)
{
    memory_file *m = handle;
    const size_t left = m->at < m->len ? m->len - m->at : 0;
    const size_t n = (size_t) size < left ? (size_t) size : left;

    if (n) memcpy(out, m->data + m->at, n);
    m->at += n;
    return (tmsize_t) n;
}

static tmsize_t memory_write(thandle_t handle, void *in, tmsize_t size)
{
    memory_file *m = handle;
    const size_t end = m->at + (size_t) size;

    if (!reserve(m, end)) return -1;
    if (m->at > m->len) memset(m->data + m->len, 0, m->at - m->len);
    memcpy(m->data + m->at, in, (size_t) size);
    m->at = end;
    if (end > m->len) m->len = end;
    return size;
}

static toff_t memory_seek(thandle_t handle, toff_t offset, int whence)
{
    memory_file *m = handle;

    if (whence == SEEK_CUR) offset += m->at;
    if (whence == SEEK_END) offset += m->len;
    m->at = (size_t) offset;
    return offset;
}

static int memory_close(thandle_t handle)
{
    (void) handle;
    return 0;
}

static toff_t memory_size(thandle_t handle)
{
    return ((memory_file *) handle)->len;
}

/* --- The picture ------------------------------------------------------------------------- */

static int keep_error(TIFF *tiff, void *user, const char *module, const char *fmt, va_list ap)
{
    memory_file *m = user;

    (void) tiff, (void) module;
    vsnprintf(m->why, sizeof m->why, fmt, ap);
    return 1;
}

static int stay_silent(TIFF *tiff, void *user, const char *module, const char *fmt, va_list ap)
{
    (void) tiff, (void) user, (void) module, (void) fmt, (void) ap;
    return 1;
}

static TIFF *open_memory(memory_file *m, bool big)
{
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    TIFF *tiff;

    if (!options) return NULL;
    TIFFOpenOptionsSetErrorHandlerExtR(options, keep_error, m);
    TIFFOpenOptionsSetWarningHandlerExtR(options, stay_silent, m);
    tiff = TIFFClientOpenExt("memory", big ? "w8" : "w", m, memory_read, memory_write,
                             memory_seek, memory_close, memory_size, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return tiff;
}

static bool describe_pixels(TIFF *tiff, const imp_write_job *job)
{
    const uint16_t unassociated = EXTRASAMPLE_UNASSALPHA;
    const size_t row = imp_quantised_row_bytes(job->image, job->depth);

    return TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, (uint32_t) job->image->width)
           && TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, (uint32_t) job->image->height)
           && TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, job->depth)
           && TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, job->image->alpha ? 4 : 3)
           && TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_RGB)
           && TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG)
           && TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT)
           && TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE)
           && TIFFSetField(tiff, TIFFTAG_PREDICTOR, HORIZONTAL_PREDICTOR)
           && TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP,
                           (uint32_t) (row < STRIP_BYTES ? STRIP_BYTES / row : 1))
           && (!job->image->alpha
               || TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &unassociated));
}

static bool describe_origin(TIFF *tiff, const imp_write_job *job)
{
    const char *settings = job->image->settings;
    const bool density = job->density_x > 0;

    return TIFFSetField(tiff, TIFFTAG_SOFTWARE, IMP_SOFTWARE)
           && (!settings || TIFFSetField(tiff, TIFFTAG_IMAGEDESCRIPTION, settings))
           && TIFFSetField(tiff, TIFFTAG_ICCPROFILE, (uint32_t) job->icc_len, job->icc)
           && (!density || (TIFFSetField(tiff, TIFFTAG_XRESOLUTION, job->density_x)
                            && TIFFSetField(tiff, TIFFTAG_YRESOLUTION, job->density_y)
                            && TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH)));
}

static bool write_rows(TIFF *tiff, const imp_write_job *job)
{
    void *row = imp_alloc(imp_quantised_row_bytes(job->image, job->depth), 1);
    bool ok = row;

    for (size_t y = 0; ok && y < job->image->height; y++) {
        imp_quantise_row(row, job->image, y, job->depth);
        ok = TIFFWriteScanline(tiff, row, (uint32_t) y, 0) == 1;
    }
    imp_free(row);
    return ok;
}

imp_status imp_write_tiff(void **data, size_t *len, const imp_write_job *job, imp_error *err)
{
    const uint64_t pixel_bytes = (uint64_t) imp_quantised_row_bytes(job->image, job->depth)
                                 * job->image->height;
    memory_file m = { .why = "no memory" };
    TIFF *tiff = open_memory(&m, pixel_bytes > CLASSIC_BYTES);
    const bool ok = tiff && describe_pixels(tiff, job) && describe_origin(tiff, job)
                    && write_rows(tiff, job) && TIFFWriteDirectory(tiff);

    if (tiff) TIFFClose(tiff);
    if (!ok) {
        free(m.data);
        return imp_fail(err, IMP_ENOMEM, "%s: TIFF cannot be made: %s", job->name, m.why);
    }
    *data = m.data;
    *len = m.len;
    return IMP_OK;
}
