/* safetensors.c - the length of a JSON header, the header, then the tensors' bytes. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "model/reader.h"

static const size_t MAX_HEADER = 16 << 20;   /* a thousand tensors take some 100 KiB */

static const struct { const char *name; imp_dtype dtype; } dtypes[] = {
    { "F32", IMP_DTYPE_F32 }, { "F16", IMP_DTYPE_F16 }, { "BF16", IMP_DTYPE_BF16 },
    { "F64", IMP_DTYPE_F64 }, { "U8", IMP_DTYPE_U8 }, { "I8", IMP_DTYPE_I8 },
    { "I16", IMP_DTYPE_I16 }, { "I32", IMP_DTYPE_I32 }, { "I64", IMP_DTYPE_I64 },
};

/* One line of the header. */
typedef struct entry {
    const char *name;        /* owned by the JSON */
    const char *dtype;
    imp_view view;           /* of all tensors' bytes taken as one */
    size_t begin, end;
} entry;

static imp_status bad(const imp_reader *r, const char *name, const char *why)
{
    char shown[IMP_SHOWN];

    return imp_reader_fail(r, "tensor %s: %s; the file is damaged",
                           imp_show_name(shown, name), why);
}

/* --- The header -------------------------------------------------------------------------- */

static uint64_t load64(const uint8_t *p)
{
    uint64_t n = 0;

    for (int i = 7; i >= 0; i--)
        n = n << 8 | p[i];
    return n;
}

static imp_status parse_header(const imp_reader *r, json_t **out, const uint8_t *data,
                               size_t len)
{
    const uint64_t n = load64(data);
    json_error_t why;

    if (n > len - 8)
        return imp_reader_fail(r,
                               "cut short: its header alone says %llu bytes, and %zu are "
                               "there; get the file again",
                               (unsigned long long) n, len - 8);
    if (n > MAX_HEADER)
        return imp_fail(r->err, IMP_ELIMIT,
                        "%s: a header of %llu bytes, more than the limit of %zu", r->name,
                        (unsigned long long) n, MAX_HEADER);
    *out = json_loadb((const char *) data + 8, n, JSON_REJECT_DUPLICATES, &why);
    if (!*out) return imp_reader_fail(r, "its header is no proper JSON: %s", why.text);
    if (!json_is_object(*out)) return imp_reader_fail(r, "its header is no JSON object");
    return IMP_OK;
}

static bool read_size(size_t *out, const json_t *v)
{
    const json_int_t n = json_integer_value(v);

    *out = (size_t) n;
    return json_is_integer(v) && n >= 0;
}

static imp_status read_entry(const imp_reader *r, entry *e, const char *name, const json_t *v)
{
    const json_t *shape = json_object_get(v, "shape");
    const json_t *range = json_object_get(v, "data_offsets");

    *e = (entry) { .name = name, .dtype = json_string_value(json_object_get(v, "dtype")) };
    if (!e->dtype || !json_is_array(shape) || json_array_size(range) != 2)
        return bad(r, name, "dtype, shape or data_offsets is missing");
    if (json_array_size(shape) > IMP_MAX_DIMS) return bad(r, name, "too many dimensions");
    e->view.n_dims = (int) json_array_size(shape);
    for (int i = 0; i < e->view.n_dims; i++)
        if (!read_size(&e->view.dims[i], json_array_get(shape, (size_t) i)))
            return bad(r, name, "its shape is not made of sizes");
    if (!read_size(&e->begin, json_array_get(range, 0))
        || !read_size(&e->end, json_array_get(range, 1)))
        return bad(r, name, "its offsets are not sizes");
    if (e->end < e->begin) return bad(r, name, "it ends before it begins");
    return IMP_OK;
}

static int by_place(const void *a, const void *b)
{
    const entry *x = a, *y = b;

    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

/* The format wants the tensors to fill the rest of the file, without overlap or gap. */
static imp_status check_places(const imp_reader *r, const entry *e, size_t n, size_t len)
{
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        if (e[i].end > len)
            return imp_reader_fail(r,
                                   "cut short: tensors reach to byte %zu of %zu; get the file "
                                   "again",
                                   e[i].end, len);
        if (e[i].begin != at) return bad(r, e[i].name, "it overlaps another or leaves a gap");
        at = e[i].end;
    }
    if (at != len)
        return imp_reader_fail(r, "%zu bytes belong to no tensor; the file is damaged",
                               len - at);
    return IMP_OK;
}

/* --- The tensors ------------------------------------------------------------------------- */

static imp_status find_dtype(const imp_reader *r, entry *e)
{
    char name[IMP_SHOWN], dtype[IMP_SHOWN];

    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
        if (strcmp(dtypes[i].name, e->dtype)) continue;
        e->view.dtype = dtypes[i].dtype;
        return IMP_OK;
    }
    return imp_reader_fail(r, "tensor %s: its type %s is not supported; convert it to F32",
                           imp_show_name(name, e->name),
                           imp_show_name(dtype, e->dtype));
}

static imp_status add_tensor(imp_reader *r, entry *e, const uint8_t *data)
{
    imp_status status;
    size_t n, bytes;

    TRY(find_dtype(r, e));
    imp_view_make_dense(&e->view);
    if (!imp_view_count(&e->view, &n) || !imp_mul(&bytes, n, imp_dtype_size(e->view.dtype))
        || bytes != e->end - e->begin)
        return bad(r, e->name, "its shape and its offsets do not agree");
    TRY(imp_reader_add(r, e->name, &e->view, data + e->begin, bytes));
done:
    return status;
}

static imp_status read_entries(imp_reader *r, json_t *header, const uint8_t *data, size_t len)
{
    imp_status status;
    const char *name;
    void *memory;
    entry *e;
    size_t n = 0;
    json_t *v;

    TRY(imp_reader_alloc(r, &memory, json_object_size(header), sizeof *e));
    e = memory;
    json_object_foreach(header, name, v)
        if (strcmp(name, "__metadata__")) TRY(read_entry(r, &e[n++], name, v));
    qsort(e, n, sizeof *e, by_place);
    TRY(check_places(r, e, n, len));
    for (size_t i = 0; i < n; i++)
        if (imp_reader_wants(r, e[i].name)) TRY(add_tensor(r, &e[i], data));
done:
    imp_free(memory);
    return status;
}

imp_status imp_read_safetensors(imp_reader *r, const uint8_t *data, size_t len)
{
    json_t *header = NULL;
    imp_status status = parse_header(r, &header, data, len);

    if (status == IMP_OK) {
        const size_t start = 8 + (size_t) load64(data);
        status = read_entries(r, header, data + start, len - start);
    }
    json_decref(header);
    return status;
}
