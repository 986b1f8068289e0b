/* archive.c - see archive.h. */
#include "style/archive.h"

#include "base/memory.h"
#include "base/sum.h"

enum { PIECE = 1 << 14 };   /* floats */

bool imp_archive_begin(imp_archive *a)
{
    a->status = IMP_OK;
    a->sum = IMP_SUM_START;
    a->host = imp_alloc(PIECE, sizeof *a->host);
    return a->host != NULL;
}

void imp_archive_bytes(imp_archive *a, void *data, size_t size)
{
    if (a->status != IMP_OK) return;
    if (!a->move(a->user, data, size)) a->status = IMP_EIO;
    else a->sum = imp_sum_on(a->sum, data, size);
}

void imp_archive_int(imp_archive *a, int *v)
{
    int32_t as = (int32_t) *v;

    imp_archive_bytes(a, &as, sizeof as);
    if (a->reading && a->status == IMP_OK) *v = as;
}

void imp_archive_bool(imp_archive *a, bool *v)
{
    int as = *v;

    imp_archive_int(a, &as);
    *v = as != 0;
}

void imp_archive_double(imp_archive *a, double *v)
{
    imp_archive_bytes(a, v, sizeof *v);
}

void imp_archive_vector(imp_archive *a, float *data, size_t n)
{
    for (size_t i = 0, many; i < n && a->status == IMP_OK; i += many) {
        many = n - i < PIECE ? n - i : PIECE;
        if (!a->reading) a->ops->download(a->host, data + i, many);
        imp_archive_bytes(a, a->host, many * sizeof *a->host);
        if (a->reading && a->status == IMP_OK) a->ops->upload(data + i, a->host, many);
    }
}

void imp_archive_same(imp_archive *a, uint32_t v)
{
    uint32_t as = v;

    imp_archive_bytes(a, &as, sizeof as);
    imp_archive_require(a, as == v);
}

void imp_archive_require(imp_archive *a, bool holds)
{
    if (a->reading && a->status == IMP_OK && !holds) a->status = IMP_EFORMAT;
}

imp_status imp_archive_end(imp_archive *a)
{
    const uint64_t sum = a->sum;
    uint64_t as = sum;

    imp_archive_bytes(a, &as, sizeof as);
    imp_archive_require(a, as == sum);
    imp_free(a->host);
    return a->status;
}
