/* shrink.h - small pictures of large ones. */
#ifndef STUDIO_SHRINK_H
#define STUDIO_SHRINK_H

#include <impasto/image.h>

/* At most `side` pixels a side, never enlarged. The caller frees *out: imp_image_free(). */
IMP_MUST_CHECK imp_status
shrink(imp_image **out, const imp_image *image, size_t side, imp_error *err);

#endif
