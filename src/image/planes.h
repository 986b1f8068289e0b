/* planes.h - three planes of numbers, of any sign and size, brought to another size. */
#ifndef IMP_PLANES_H
#define IMP_PLANES_H

#include <impasto/image.h>

/* `in` is three planes of h rows of w numbers, `out` the same of out_h by out_w. As
 * imp_image_resize() does it to the values as they are. Errors: IMP_EINVAL (a side of 0),
 * IMP_ENOMEM. */
IMP_MUST_CHECK imp_status
imp_planes_resize(float *out, size_t out_w, size_t out_h, const float *in, size_t w, size_t h,
                  imp_filter filter, imp_error *err);

#endif
