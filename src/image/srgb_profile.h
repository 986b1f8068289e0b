/* srgb_profile.h - the ICC profile that every written picture carries. */
#ifndef IMP_SRGB_PROFILE_H
#define IMP_SRGB_PROFILE_H

#include <impasto/base.h>

/* The sRGB profile; the same bytes each time. The caller owns *data: imp_free(). */
IMP_MUST_CHECK imp_status imp_srgb_profile(void **data, size_t *len, imp_error *err);

#endif
