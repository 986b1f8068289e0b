/* srgb_profile.c - see srgb_profile.h. The profile is made by Little CMS. */
#include "image/srgb_profile.h"

#include <lcms2.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

/* In the header of a profile (ICC.1:2010, 7.2): the time it was made, as six big-endian
 * numbers, and its identity, a checksum that may be zero. */
enum { TIME_AT = 24, TIME_BYTES = 12, ID_AT = 84, ID_BYTES = 16, HEADER_BYTES = 128 };

static const uint8_t fixed_time[TIME_BYTES] = { 2000 >> 8, 2000 & 255, 0, 1, 0, 1 };

imp_status imp_srgb_profile(void **data, size_t *len, imp_error *err)
{
    cmsHPROFILE profile = cmsCreate_sRGBProfile();
    cmsUInt32Number bytes = 0;
    uint8_t *icc = NULL;

    *data = NULL;
    *len = 0;
    if (profile && cmsSaveProfileToMem(profile, NULL, &bytes) && bytes >= HEADER_BYTES
        && (icc = imp_alloc(bytes, 1)) && cmsSaveProfileToMem(profile, icc, &bytes)) {
        memcpy(icc + TIME_AT, fixed_time, TIME_BYTES);
        memset(icc + ID_AT, 0, ID_BYTES);
        *data = icc;
        *len = bytes;
        icc = NULL;
    }
    imp_free(icc);
    if (profile) cmsCloseProfile(profile);
    return *data ? IMP_OK : imp_fail(err, IMP_ENOMEM, "no memory for the sRGB profile");
}
