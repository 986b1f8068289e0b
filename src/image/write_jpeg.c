/* write_jpeg.c - JPEG by libjpeg: 4:4:4, Huffman tables of its own, alpha over white. */
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/exif_write.h"
#include "image/quantise.h"

enum { MAX_MARKER_BYTES = 65533, MAX_DENSITY = 65535, DOTS_PER_INCH = 1 };

typedef struct jpeg_state {
    struct jpeg_compress_struct z;   /* first: libjpeg hands back a pointer to it */
    struct jpeg_error_mgr errors;
    jmp_buf failed;
    unsigned char *data;
    unsigned long len;
    uint8_t *row;
    uint8_t *exif;
    size_t exif_len;
} jpeg_state;

static void fail(j_common_ptr z)
{
    longjmp(((jpeg_state *) z)->failed, 1);
}

static void stay_silent(j_common_ptr z)
{
    (void) z;
}

static void fill_row(uint8_t *out, const imp_image *image, size_t y)
{
    const float *rgb = image->rgb + 3 * y * image->width;
    const float *alpha = image->alpha ? image->alpha + y * image->width : NULL;

    for (size_t x = 0; x < image->width; x++, rgb += 3) {
        const float a = alpha ? imp_unit(alpha[x]) : 1.0f;
        for (int c = 0; c < 3; c++) *out++ = imp_to_u8(a * rgb[c] + (1.0f - a));
    }
}

/* JFIF's density is a whole number; any other is in EXIF alone. */
static bool fits_jfif(double ppi)
{
    return ppi >= 1 && ppi <= MAX_DENSITY && ppi == floor(ppi);
}

static void describe(jpeg_state *s, const imp_write_job *job)
{
    s->z.image_width = (JDIMENSION) job->image->width;
    s->z.image_height = (JDIMENSION) job->image->height;
    s->z.input_components = 3;
    s->z.in_color_space = JCS_RGB;
    jpeg_set_defaults(&s->z);
    jpeg_set_quality(&s->z, job->quality, TRUE);
    s->z.optimize_coding = TRUE;
    s->z.comp_info[0].h_samp_factor = s->z.comp_info[0].v_samp_factor = 1;
    if (fits_jfif(job->density_x) && fits_jfif(job->density_y)) {
        s->z.density_unit = DOTS_PER_INCH;
        s->z.X_density = (UINT16) job->density_x;
        s->z.Y_density = (UINT16) job->density_y;
    }
}

/* Everything that may jump out of libjpeg. */
static bool compress(jpeg_state *s, const imp_write_job *job)
{
    if (setjmp(s->failed)) return false;
    jpeg_create_compress(&s->z);
    jpeg_mem_dest(&s->z, &s->data, &s->len);
    describe(s, job);
    jpeg_start_compress(&s->z, TRUE);
    jpeg_write_marker(&s->z, JPEG_APP0 + 1, s->exif, (unsigned) s->exif_len);
    jpeg_write_icc_profile(&s->z, job->icc, (unsigned) job->icc_len);
    while (s->z.next_scanline < s->z.image_height) {
        fill_row(s->row, job->image, s->z.next_scanline);
        jpeg_write_scanlines(&s->z, &s->row, 1);
    }
    jpeg_finish_compress(&s->z);
    return true;
}

imp_status imp_write_jpeg(void **data, size_t *len, const imp_write_job *job, imp_error *err)
{
    jpeg_state s = { .len = 0 };
    char why[JMSG_LENGTH_MAX];
    imp_status status;

    s.z.err = jpeg_std_error(&s.errors);
    s.errors.error_exit = fail;
    s.errors.output_message = stay_silent;
    TRY(imp_exif_make(&s.exif, &s.exif_len, job, err));
    if (s.exif_len > MAX_MARKER_BYTES) {
        status = imp_fail(err, IMP_ELIMIT,
                          "%s: JPEG holds %d bytes of metadata, and the settings need %zu: "
                          "save as PNG",
                          job->name, MAX_MARKER_BYTES, s.exif_len);
        goto done;
    }
    if (!(s.row = imp_alloc(job->image->width, 3))) {
        status = imp_fail(err, IMP_ENOMEM, "%s: no memory for a row of pixels", job->name);
        goto done;
    }
    if (!compress(&s, job)) {
        s.errors.format_message((j_common_ptr) &s.z, why);
        status = imp_fail(err, IMP_ENOMEM, "%s: JPEG cannot be made: %s", job->name, why);
        goto done;
    }
    *data = s.data;
    *len = s.len;
    s.data = NULL;

done:
    jpeg_destroy_compress(&s.z);
    free(s.data);
    imp_free(s.row);
    imp_free(s.exif);
    return status;
}
