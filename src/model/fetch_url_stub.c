/* fetch_url_stub.c - in place of fetch_url.c in a build without libcurl. */
#include "base/error.h"
#include "model/store.h"

imp_status imp_fetch_url(const imp_fetch *f, const char *url, imp_error *err)
{
    return imp_fail(err, IMP_EUNSUPPORTED, "%s: downloads were left out of this build; get "
                    "the file by other means, then `impasto model fetch %s --from %s`", url,
                    f->info->name, f->info->file_name);
}
