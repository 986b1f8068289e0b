/* read_webp_none.c - stands in for read_webp.c in a build without libwebp. */
#include "base/error.h"
#include "image/read.h"

imp_status imp_read_webp(imp_raster *raster, const imp_source *source, imp_error *err)
{
    (void) raster;
    return imp_fail(err, IMP_EUNSUPPORTED, "%s: is a WebP picture, and this build of impasto "
                    "was made without WebP: convert it to PNG", source->name);
}
