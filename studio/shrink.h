/* shrink.h - small pictures of large ones. */
#ifndef STUDIO_SHRINK_H
#define STUDIO_SHRINK_H

#include <impasto/image.h>

/* The picture itself if it has at most `side` pixels a side; else a smaller one, which *made
 * becomes: the caller frees that, imp_image_free(), later than *out is used. It is to be
 * looked at, and made as quickly as browsers do: not in linear light. */
IMP_MUST_CHECK imp_status
shrink(const imp_image **out, imp_image **made, const imp_image *image, size_t side,
       imp_error *err);

#endif
