/* version.c - what this build is, and what it was built with or without. */
#include <impasto/base.h>

#include "config.h"

#define PART(name, have) name ": " have
#define STATE(flag) STATE_(flag)
#define STATE_(flag) STATE_##flag
#define STATE_1 "built in"
#define STATE_0 "left out"

const char *imp_version(void)
{
    return IMP_VERSION;
}

const char *imp_build_part(size_t i)
{
    static const char *const part[] = {
        PART("oneDNN", STATE(IMP_HAVE_ONEDNN)),
        PART("WebP", STATE(IMP_HAVE_WEBP)),
        PART("TIFF", STATE(IMP_HAVE_TIFF)),
        PART("download", STATE(IMP_HAVE_CURL)),
    };

    return i < sizeof part / sizeof *part ? part[i] : NULL;
}
