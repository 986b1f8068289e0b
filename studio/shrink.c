/* shrink.c - see shrink.h. */
#include "studio/shrink.h"

imp_status shrink(imp_image **out, const imp_image *image, size_t side, imp_error *err)
{
    size_t width = imp_image_width(image), height = imp_image_height(image);
    const imp_size size = { .mode = IMP_SIZE_LONG, .width = (uint32_t) side };

    if (width > side || height > side) imp_size_apply(&size, &width, &height);
    return imp_image_resize(out, image, width, height, IMP_FILTER_BICUBIC, true, err);
}
