/* shrink.c - see shrink.h. */
#include "studio/shrink.h"

imp_status shrink(const imp_image **out, imp_image **made, const imp_image *image, size_t side,
                  imp_error *err)
{
    size_t width = imp_image_width(image), height = imp_image_height(image);
    const imp_size size = { .mode = IMP_SIZE_LONG, .width = (uint32_t) side };
    imp_status status = IMP_OK;

    *made = NULL;
    *out = image;
    if (width <= side && height <= side) return IMP_OK;
    imp_size_apply(&size, &width, &height);
    status = imp_image_resize(made, image, width, height, IMP_FILTER_BICUBIC, false, err);
    *out = *made;
    return status;
}
