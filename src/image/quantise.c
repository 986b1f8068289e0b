/* quantise.c - see quantise.h. */
#include "image/quantise.h"

size_t imp_quantised_row_bytes(const imp_image *image, int depth)
{
    return image->width * (image->alpha ? 4 : 3) * (size_t) (depth / 8);
}

static void row_u8(uint8_t *out, const float *rgb, const float *alpha, size_t n)
{
    for (size_t x = 0; x < n; x++, rgb += 3) {
        for (int c = 0; c < 3; c++) *out++ = imp_to_u8(rgb[c]);
        if (alpha) *out++ = imp_to_u8(alpha[x]);
    }
}

static void row_u16(uint16_t *out, const float *rgb, const float *alpha, size_t n)
{
    for (size_t x = 0; x < n; x++, rgb += 3) {
        for (int c = 0; c < 3; c++) *out++ = imp_to_u16(rgb[c]);
        if (alpha) *out++ = imp_to_u16(alpha[x]);
    }
}

void imp_quantise_row(void *out, const imp_image *image, size_t y, int depth)
{
    const float *rgb = image->rgb + 3 * y * image->width;
    const float *alpha = image->alpha ? image->alpha + y * image->width : NULL;

    if (depth == 16) row_u16(out, rgb, alpha, image->width);
    else row_u8(out, rgb, alpha, image->width);
}
