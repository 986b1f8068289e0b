/* pth_legacy.c - PyTorch's files before the zip format: five pickles, then raw storages. */
#include <string.h>

#include "base/error.h"
#include "model/torch_pickle.h"

/* The first pickle's number, little-endian, and the second's. */
static const char MAGIC[] = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
enum { VERSION = 1001 };

static imp_status check_head(imp_torch *t)
{
    const imp_value *v;
    imp_status status;

    TRY(imp_pickle_next(t->pickle, &v));
    if (v->kind != IMP_VALUE_LONG || !imp_text_is(v->u.text, MAGIC))
        return imp_reader_fail(t->r, "a Python pickle, but not one of PyTorch's; save the "
                                     "weights with torch.save() or as safetensors");
    TRY(imp_pickle_next(t->pickle, &v));
    if (v->kind != IMP_VALUE_INT || v->u.integer != VERSION)
        return imp_reader_fail(t->r, "a PyTorch file of an unknown version; save it again "
                                     "with a current PyTorch");
done:
    return status;
}

/* The third pickle describes the machine that wrote the file. */
static imp_status check_machine(imp_torch *t)
{
    const imp_value *v;
    imp_status status;

    TRY(imp_pickle_next(t->pickle, &v));
    for (size_t i = 0; v->kind == IMP_VALUE_DICT && i + 1 < v->u.list.n; i += 2) {
        const imp_value *key = v->u.list.at[i], *value = v->u.list.at[i + 1];
        if (key->kind == IMP_VALUE_TEXT && imp_text_is(key->u.text, "little_endian")
            && !(value->kind == IMP_VALUE_BOOL && value->u.integer))
            return imp_reader_fail(t->r, "written on a big-endian machine; save it again on a "
                                         "little-endian one");
    }
done:
    return status;
}

static uint64_t load64(const uint8_t *p)
{
    uint64_t n = 0;

    for (int i = 7; i >= 0; i--)
        n = n << 8 | p[i];
    return n;
}

/* Each storage is its number of elements and then the elements, in the order of the keys. */
static imp_status find_storages(imp_torch *t, const imp_value *keys, const uint8_t *data,
                                size_t len)
{
    size_t at = imp_pickle_offset(t->pickle);

    if (keys->kind != IMP_VALUE_LIST)
        return imp_reader_fail(t->r, "lists no storages; the file is damaged");
    for (size_t i = 0; i < keys->u.list.n; i++) {
        const imp_value *key = keys->u.list.at[i];
        imp_storage *s =
            key->kind == IMP_VALUE_TEXT ? imp_torch_storage(t, key->u.text) : NULL;
        if (!s || s->data)
            return imp_reader_fail(t->r, "lists a storage that no tensor uses; the file is "
                                         "damaged");
        if (len - at < 8 || s->bytes > len - at - 8)
            return imp_reader_fail(t->r,
                                   "cut short: storage %zu of %zu is not whole; get the file "
                                   "again",
                                   i + 1, keys->u.list.n);
        if (load64(data + at) != s->bytes / imp_dtype_size(s->dtype))
            return imp_reader_fail(t->r,
                                   "storage %zu of %zu has another size than its tensors say; "
                                   "the file is damaged",
                                   i + 1, keys->u.list.n);
        s->data = data + at + 8;
        at += 8 + s->bytes;
    }
    return IMP_OK;
}

static imp_status no_storage(void *user, imp_storage *s)
{
    (void) s;
    return imp_reader_fail(user, "the storage of a tensor is missing; the file is damaged");
}

imp_status imp_read_pth_legacy(imp_reader *r, const uint8_t *data, size_t len)
{
    const imp_value *root, *keys;
    imp_status status;
    imp_torch t;

    TRY(imp_torch_init(&t, r, data, len));
    TRY(check_head(&t));
    TRY(check_machine(&t));
    TRY(imp_pickle_next(t.pickle, &root));
    TRY(imp_pickle_next(t.pickle, &keys));
    TRY(find_storages(&t, keys, data, len));
    TRY(imp_torch_collect(&t, root, no_storage, r));
done:
    imp_torch_free(&t);
    return status;
}
