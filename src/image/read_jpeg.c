/* read_jpeg.c - JPEG by libjpeg-turbo: grey, RGB and CMYK, baseline and progressive. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

#include "base/error.h"
#include "image/exif.h"
#include "image/read.h"

/* A hostile file may ask for a whole pass over a large picture with every few bytes. */
enum { MAX_SCANS = 500 };

typedef struct reader {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    const imp_source *source;
    imp_raster *raster;
    imp_error *err;
    imp_status status;
} reader;

/* --- What the library calls -------------------------------------------------------------- */

static void give_up(reader *r, imp_status status)
{
    r->status = status;
    longjmp(r->escape, 1);
}

static void on_error(j_common_ptr jpeg)
{
    reader *r = jpeg->client_data;
    char text[JMSG_LENGTH_MAX];

    jpeg->err->format_message(jpeg, text);
    switch (jpeg->err->msg_code) {
    case JERR_OUT_OF_MEMORY:
        give_up(r, imp_fail(r->err, IMP_ENOMEM, "%s: no memory to decode the JPEG",
                            r->source->name));
        break;
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:   /* lossless, hierarchical */
        give_up(r, imp_fail(r->err, IMP_EFORMAT,
                            "%s: JPEG of a rare kind (%s): convert it to PNG", r->source->name,
                            text));
    }
    give_up(r,
            imp_fail(r->err, IMP_EFORMAT, "%s: JPEG data damaged: %s", r->source->name, text));
}

/* Level -1 is a warning: the pixels would be wrong, unless it is one of those below. */
static void on_message(j_common_ptr jpeg, int level)
{
    reader *r = jpeg->client_data;

    if (level >= 0) return;
    switch (jpeg->err->msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_ICC:
    case JWRN_EXTRANEOUS_DATA:   /* stray bytes between segments, which some cameras leave */
    case JWRN_JFIF_MAJOR:
        return;
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
        give_up(r, imp_fail(r->err, IMP_EFORMAT, "%s: JPEG data cut short: get the whole file",
                            r->source->name));
    }
    on_error(jpeg);
}

static void on_progress(j_common_ptr jpeg)
{
    reader *r = jpeg->client_data;

    if (r->jpeg.input_scan_number > MAX_SCANS)
        give_up(r, imp_fail(r->err, IMP_ELIMIT, "%s: JPEG of more than %d scans",
                            r->source->name, MAX_SCANS));
}

/* --- Reading ----------------------------------------------------------------------------- */

static void must(reader *r, imp_status status)
{
    if (status != IMP_OK) give_up(r, status);
}

static void choose_colours(reader *r)
{
    struct jpeg_decompress_struct *jpeg = &r->jpeg;

    switch (jpeg->jpeg_color_space) {
    case JCS_GRAYSCALE:
        jpeg->out_color_space = JCS_GRAYSCALE;
        break;
    case JCS_RGB:
    case JCS_YCbCr:
        jpeg->out_color_space = JCS_RGB;
        break;
    case JCS_CMYK:
    case JCS_YCCK:
        jpeg->out_color_space = JCS_CMYK;
        break;
    default:
        give_up(r, imp_fail(r->err, IMP_EFORMAT,
                            "%s: JPEG of %d unknown colours; convert it to RGB",
                            r->source->name, jpeg->num_components));
    }
}

/* Each block of 8 x 8 pixels takes at least one bit, but for arithmetic coding: a header that
 * promises more than the file can hold is found out before memory is taken. */
static void check_plausible(reader *r)
{
    const double pixels = (double) r->jpeg.image_width * r->jpeg.image_height;

    if (!r->jpeg.arith_code && pixels > 512.0 * (double) r->source->len)
        give_up(r, imp_fail(r->err, IMP_EFORMAT,
                            "%s: JPEG data cut short: %zu bytes cannot hold %u x %u pixels",
                            r->source->name, r->source->len, r->jpeg.image_width,
                            r->jpeg.image_height));
}

static void read_header(reader *r)
{
    jpeg_mem_src(&r->jpeg, r->source->data, (unsigned long) r->source->len);
    jpeg_save_markers(&r->jpeg, JPEG_APP0 + 1, 0xffff);   /* EXIF    */
    jpeg_save_markers(&r->jpeg, JPEG_APP0 + 2, 0xffff);   /* profile */
    jpeg_read_header(&r->jpeg, TRUE);
    choose_colours(r);
    check_plausible(r);
}

static void read_metadata(reader *r)
{
    const double inches = r->jpeg.density_unit == 1 ? 1 : 2.54;
    JOCTET *icc;
    unsigned icc_len;

    if (r->jpeg.saw_JFIF_marker && r->jpeg.density_unit)
        imp_raster_set_density(r->raster, r->jpeg.X_density * inches,
                               r->jpeg.Y_density * inches);
    for (jpeg_saved_marker_ptr m = r->jpeg.marker_list; m; m = m->next)
        if (m->marker == JPEG_APP0 + 1 && m->data_length > 6
            && !memcmp(m->data, "Exif\0", 6)) {
            must(r,
                 imp_raster_set_exif(r->raster, m->data, m->data_length, r->source, r->err));
            break;
        }
    if (jpeg_read_icc_profile(&r->jpeg, &icc, &icc_len)) {
        r->raster->icc = icc;
        r->raster->icc_len = icc_len;
    }
}

/* Adobe's programs store light instead of ink, and say so only by being Adobe's. */
static void invert(uint8_t *row, size_t n)
{
    for (size_t i = 0; i < n; i++) row[i] = (uint8_t) (255 - row[i]);
}

static void read_pixels(reader *r)
{
    imp_raster *raster = r->raster;
    size_t row_len;

    raster->width = r->jpeg.image_width;
    raster->height = r->jpeg.image_height;
    raster->depth = 8;
    raster->colours = raster->step = r->jpeg.out_color_space == JCS_GRAYSCALE ? 1
                                   : r->jpeg.out_color_space == JCS_RGB ? 3 : 4;
    must(r, imp_raster_alloc(raster, r->source, r->err));
    row_len = raster->width * (size_t) raster->step;
    jpeg_start_decompress(&r->jpeg);
    while (r->jpeg.output_scanline < r->jpeg.output_height) {
        uint8_t *row = (uint8_t *) raster->samples + r->jpeg.output_scanline * row_len;
        jpeg_read_scanlines(&r->jpeg, &row, 1);
        if (raster->colours == 4 && r->jpeg.saw_Adobe_marker) invert(row, row_len);
    }
    jpeg_finish_decompress(&r->jpeg);
}

/* Everything that longjmp may leave, and no variable that it could spoil. */
static void read_all(reader *r)
{
    if (setjmp(r->escape)) return;
    jpeg_create_decompress(&r->jpeg);
    r->jpeg.progress = &r->progress;
    read_header(r);
    read_metadata(r);
    read_pixels(r);
}

imp_status imp_read_jpeg(imp_raster *raster, const imp_source *source, imp_error *err)
{
    reader r = { .source = source, .raster = raster, .err = err, .status = IMP_OK };

    r.jpeg.err = jpeg_std_error(&r.errors);
    r.jpeg.client_data = &r;
    r.errors.error_exit = on_error;
    r.errors.emit_message = on_message;
    r.progress.progress_monitor = on_progress;
    read_all(&r);
    jpeg_destroy_decompress(&r.jpeg);
    return r.status;
}
