/* read_tiff_none.c - stands in for read_tiff.c in a build without libtiff. */
#include "base/error.h"
#include "image/read.h"

imp_status imp_read_tiff(imp_raster *raster, const imp_source *source, imp_error *err)
{
    (void) raster;
    return imp_fail(err, IMP_EUNSUPPORTED, "%s: is a TIFF picture, and this build of impasto "
                    "was made without TIFF: convert it to PNG", source->name);
}
