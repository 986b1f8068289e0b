/* torch_pickle.c - see torch_pickle.h. The table below is all that a file may name or call. */
#include "model/torch_pickle.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { MAX_STORAGES = 8192, MAX_DEPTH = 8, MAX_VISITED = 1 << 18 };

typedef enum role {
    ROLE_STORAGE, ROLE_REBUILD_TENSOR, ROLE_PARAMETER, ROLE_ORDERED_DICT,   /* names      */
    ROLE_STORED, ROLE_TENSOR                                                 /* objects    */
} role;

typedef struct known_global {
    const char *module, *name;
    role role;
    imp_dtype dtype;
} known_global;

static const known_global globals[] = {
    { "collections", "OrderedDict", ROLE_ORDERED_DICT, 0 },
    { "torch._utils", "_rebuild_tensor", ROLE_REBUILD_TENSOR, 0 },
    { "torch._utils", "_rebuild_tensor_v2", ROLE_REBUILD_TENSOR, 0 },
    { "torch._utils", "_rebuild_parameter", ROLE_PARAMETER, 0 },
    { "torch._utils", "_rebuild_parameter_with_state", ROLE_PARAMETER, 0 },
    { "torch.nn.parameter", "Parameter", ROLE_PARAMETER, 0 },
    { "torch", "FloatStorage", ROLE_STORAGE, IMP_DTYPE_F32 },
    { "torch", "HalfStorage", ROLE_STORAGE, IMP_DTYPE_F16 },
    { "torch", "BFloat16Storage", ROLE_STORAGE, IMP_DTYPE_BF16 },
    { "torch", "DoubleStorage", ROLE_STORAGE, IMP_DTYPE_F64 },
    { "torch", "ByteStorage", ROLE_STORAGE, IMP_DTYPE_U8 },
    { "torch", "BoolStorage", ROLE_STORAGE, IMP_DTYPE_U8 },
    { "torch", "CharStorage", ROLE_STORAGE, IMP_DTYPE_I8 },
    { "torch", "ShortStorage", ROLE_STORAGE, IMP_DTYPE_I16 },
    { "torch", "IntStorage", ROLE_STORAGE, IMP_DTYPE_I32 },
    { "torch", "LongStorage", ROLE_STORAGE, IMP_DTYPE_I64 },
};

/* A storage, or the part of one that a view covers. */
typedef struct stored {
    imp_storage *root;
    imp_dtype dtype;
    size_t first, n;         /* elements */
} stored;

typedef struct tensor {
    imp_storage *root;
    imp_view view;           /* of all of root's bytes */
} tensor;

static bool is_host(const imp_value *v, role what)
{
    return v->kind == IMP_VALUE_HOST && v->u.host.tag == (int) what;
}

static imp_status new_object(imp_pickle *p, imp_value **out, role what, const void *object)
{
    const imp_status status = imp_pickle_value(p, out, IMP_VALUE_HOST);

    if (status != IMP_OK) return status;
    (*out)->u.host.tag = (int) what;
    (*out)->u.host.p = object;
    return IMP_OK;
}

/* --- Names ------------------------------------------------------------------------------- */

static imp_status on_global(void *user, imp_pickle *p, imp_value **out, imp_text module,
                            imp_text name)
{
    const imp_torch *t = user;
    char m[IMP_SHOWN], n[IMP_SHOWN];

    for (size_t i = 0; i < sizeof globals / sizeof *globals; i++)
        if (imp_text_is(module, globals[i].module) && imp_text_is(name, globals[i].name))
            return new_object(p, out, globals[i].role, &globals[i]);
    return imp_reader_fail(t->r,
                           "impasto refuses to run %s.%s, which the file asks for; if it is a "
                           "file of weights that you trust, load it with PyTorch and save "
                           "only its state_dict()",
                           imp_text_show(m, module), imp_text_show(n, name));
}

/* --- Storages ---------------------------------------------------------------------------- */

imp_storage *imp_torch_storage(const imp_torch *t, imp_text key)
{
    for (imp_storage *s = t->storages; s; s = s->next)
        if (s->key.len == key.len && !memcmp(s->key.at, key.at, key.len)) return s;
    return NULL;
}

static imp_status find_or_add(imp_torch *t, imp_storage **out, imp_text key, imp_dtype dtype,
                              size_t bytes)
{
    imp_status status;
    void *memory;

    if ((*out = imp_torch_storage(t, key))) {
        if ((*out)->bytes == bytes) return IMP_OK;
        return imp_reader_fail(t->r, "one storage is declared with two sizes; the file is "
                                     "damaged");
    }
    if (t->n_storages++ >= MAX_STORAGES)
        return imp_reader_fail(t->r, "more than %d storages; no network has so many",
                               MAX_STORAGES);
    if ((status = imp_pickle_alloc(t->pickle, &memory, sizeof **out)) != IMP_OK) return status;
    *out = memory;
    **out = (imp_storage) { .next = t->storages, .key = key, .dtype = dtype, .bytes = bytes };
    t->storages = *out;
    return IMP_OK;
}

/* The part of a storage that (key, offset, size) covers, as PyTorch 0.x wrote them. */
static bool narrow(stored *s, const imp_value *view)
{
    imp_value *const *item = view->u.list.at;
    size_t offset, n;

    if (view->kind == IMP_VALUE_NONE) return true;
    if (view->kind != IMP_VALUE_TUPLE || view->u.list.n != 3) return false;
    if (!imp_value_size(item[1], &offset) || !imp_value_size(item[2], &n)) return false;
    if (offset > s->n || n > s->n - offset) return false;
    s->first = offset;
    s->n = n;
    return true;
}

/* ("storage", type, key, location, elements[, view]) */
static imp_status on_persistent(void *user, imp_pickle *p, imp_value **out,
                                const imp_value *id)
{
    imp_torch *t = user;
    imp_value *const *item = id->u.list.at;
    const known_global *type;
    size_t n, bytes;
    imp_status status;
    void *memory;
    stored *s;

    if (id->kind != IMP_VALUE_TUPLE || id->u.list.n < 5 || id->u.list.n > 6
        || item[0]->kind != IMP_VALUE_TEXT || !imp_text_is(item[0]->u.text, "storage")
        || !is_host(item[1], ROLE_STORAGE) || item[2]->kind != IMP_VALUE_TEXT)
        return imp_reader_fail(t->r, "refers to something else than a storage; save only the "
                                     "state_dict() of the network");
    type = item[1]->u.host.p;
    if (!imp_value_size(item[4], &n) || !imp_mul(&bytes, n, imp_dtype_size(type->dtype)))
        return imp_reader_fail(t->r, "declares a storage of an impossible size; the file is "
                                     "damaged");
    TRY(imp_pickle_alloc(p, &memory, sizeof *s));
    s = memory;
    *s = (stored) { .dtype = type->dtype, .n = n };
    TRY(find_or_add(t, &s->root, item[2]->u.text, type->dtype, bytes));
    if (id->u.list.n == 6 && !narrow(s, item[5]))
        return imp_reader_fail(t->r, "a view reaches beyond its storage; the file is damaged");
    TRY(new_object(p, out, ROLE_STORED, s));
done:
    return status;
}

/* --- Calls ------------------------------------------------------------------------------- */

static bool is_sequence(const imp_value *v)
{
    return v->kind == IMP_VALUE_TUPLE || v->kind == IMP_VALUE_LIST;
}

static bool read_sizes(size_t out[IMP_MAX_DIMS], const imp_value *v)
{
    for (size_t i = 0; i < v->u.list.n; i++)
        if (!imp_value_size(v->u.list.at[i], &out[i])) return false;
    return true;
}

/* Shape and strides of a tensor over part of a storage; false if they reach beyond it. */
static bool read_view(imp_view *v, const stored *s, imp_value *const item[4])
{
    const size_t size = imp_dtype_size(s->dtype);

    if (!imp_value_size(item[1], &v->offset) || !is_sequence(item[2]) || !is_sequence(item[3]))
        return false;
    if (item[2]->u.list.n > IMP_MAX_DIMS || item[2]->u.list.n != item[3]->u.list.n)
        return false;
    if (!read_sizes(v->dims, item[2]) || !read_sizes(v->strides, item[3])) return false;
    v->n_dims = (int) item[2]->u.list.n;
    v->dtype = s->dtype;
    if (!imp_view_fits(v, s->n * size)) return false;
    v->offset += s->first;   /* narrow() saw to it that the part lies within the root */
    return true;
}

/* (storage, offset, sizes, strides[, needs gradient, hooks[, metadata]]) */
static imp_status rebuild_tensor(imp_torch *t, imp_value **out, const imp_value *arguments)
{
    imp_value *const *item = arguments->u.list.at;
    const size_t n = arguments->u.list.n;
    imp_status status;
    void *memory;
    tensor *made;

    if (n < 4 || !is_host(item[0], ROLE_STORED))
        return imp_reader_fail(t->r, "rebuilds a tensor from something else than a storage; "
                                     "the file is damaged");
    if (n > 6 && item[6]->kind != IMP_VALUE_NONE)
        return imp_reader_fail(t->r, "holds a conjugated or negated view of a tensor; save "
                                     "plain tensors");
    TRY(imp_pickle_alloc(t->pickle, &memory, sizeof *made));
    made = memory;
    made->root = ((const stored *) item[0]->u.host.p)->root;
    if (!read_view(&made->view, item[0]->u.host.p, item))
        return imp_reader_fail(t->r,
                               "a tensor's shape, strides or offset reach beyond its storage "
                               "of %zu bytes, or are no numbers; the file is damaged",
                               made->root->bytes);
    TRY(new_object(t->pickle, out, ROLE_TENSOR, made));
    made->root->waiting++;
done:
    return status;
}

/* OrderedDict() or OrderedDict([(key, value), ...]) */
static imp_status make_dict(imp_torch *t, imp_value **out, const imp_value *arguments)
{
    imp_status status;
    const imp_value *pairs = NULL;

    TRY(imp_pickle_value(t->pickle, out, IMP_VALUE_DICT));
    if (arguments->u.list.n == 0) goto done;
    pairs = arguments->u.list.at[0];
    if (!is_sequence(pairs))
        return imp_reader_fail(t->r, "makes a dictionary of something else than pairs");
    for (size_t i = 0; i < pairs->u.list.n; i++) {
        const imp_value *pair = pairs->u.list.at[i];
        if (!is_sequence(pair) || pair->u.list.n != 2)
            return imp_reader_fail(t->r, "makes a dictionary of something else than pairs");
        TRY(imp_pickle_push(t->pickle, &(*out)->u.list, pair->u.list.at[0]));
        TRY(imp_pickle_push(t->pickle, &(*out)->u.list, pair->u.list.at[1]));
    }
done:
    return status;
}

static imp_status on_call(void *user, imp_pickle *p, imp_value **out, const imp_value *callee,
                          const imp_value *arguments)
{
    imp_torch *t = user;

    (void) p;
    if (is_host(callee, ROLE_REBUILD_TENSOR)) return rebuild_tensor(t, out, arguments);
    if (is_host(callee, ROLE_ORDERED_DICT)) return make_dict(t, out, arguments);
    if (is_host(callee, ROLE_PARAMETER) && arguments->u.list.n > 0) {
        *out = arguments->u.list.at[0];
        return IMP_OK;
    }
    if (is_host(callee, ROLE_STORAGE))
        return imp_reader_fail(t->r,
                               "impasto refuses to call torch.%s, which the file asks for",
                               ((const known_global *) callee->u.host.p)->name);
    return imp_reader_fail(t->r, "calls something that is no function; the file is damaged");
}

/* --- Tensors ----------------------------------------------------------------------------- */

/* PREFIX.KEY; false if it does not fit or the key is neither text nor a number. */
static bool join(char out[IMP_TENSOR_NAME], const char *prefix, const imp_value *key)
{
    const char *dot = *prefix ? "." : "";
    int n = -1;

    if (key->kind == IMP_VALUE_TEXT && key->u.text.len < IMP_TENSOR_NAME
        && !memchr(key->u.text.at, '\0', key->u.text.len))
        n = snprintf(out, IMP_TENSOR_NAME, "%s%s%.*s", prefix, dot, (int) key->u.text.len,
                     key->u.text.at);
    if (key->kind == IMP_VALUE_INT)
        n = snprintf(out, IMP_TENSOR_NAME, "%s%s%" PRId64, prefix, dot, key->u.integer);
    return n >= 0 && n < IMP_TENSOR_NAME;
}

typedef struct collector {
    imp_torch *t;
    imp_storage_load *load;
    void *user;
} collector;

/* A tensor has been handed over. One named twice may come when its storage is gone: that is
 * then loaded once more, and kept. The room it took stays taken: work is limited as well. */
static void let_go(imp_storage *s)
{
    if (!s->waiting || --s->waiting || !s->owned) return;
    imp_free(s->owned);
    s->owned = NULL;
    s->data = NULL;
}

static imp_status collect_tensor(const collector *c, const char *name, const tensor *t)
{
    imp_status status = IMP_OK;

    if (!imp_reader_wants(c->t->r, name)) return IMP_OK;
    if (!t->root->data) TRY(c->load(c->user, t->root));
    TRY(imp_reader_add(c->t->r, name, &t->view, t->root->data, t->root->bytes));
    let_go(t->root);
done:
    return status;
}

static imp_status collect_dict(const collector *c, const char *prefix, const imp_value *dict,
                               int depth)
{
    imp_status status = IMP_OK;
    char name[IMP_TENSOR_NAME];

    if (depth > MAX_DEPTH)
        return imp_reader_fail(c->t->r, "its dictionaries are nested too deeply");
    for (size_t i = 0; i + 1 < dict->u.list.n && status == IMP_OK; i += 2) {
        const imp_value *key = dict->u.list.at[i], *value = dict->u.list.at[i + 1];
        const bool is_tensor = is_host(value, ROLE_TENSOR);
        if (++c->t->n_visited > MAX_VISITED)
            return imp_reader_fail(c->t->r, "holds more than %d entries; no network does",
                                   MAX_VISITED);
        if (!is_tensor && value->kind != IMP_VALUE_DICT) continue;
        if (!join(name, prefix, key))
            return imp_reader_fail(c->t->r,
                                   "the name of a tensor is not text, or longer than %d bytes",
                                   IMP_TENSOR_NAME - 1);
        if (is_tensor) status = collect_tensor(c, name, value->u.host.p);
        else status = collect_dict(c, name, value, depth + 1);
    }
    return status;
}

imp_status imp_torch_collect(imp_torch *t, const imp_value *root, imp_storage_load *load,
                             void *user)
{
    const collector c = { t, load, user };

    if (root->kind != IMP_VALUE_DICT)
        return imp_reader_fail(t->r, "holds no dictionary of tensors; save the state_dict() "
                                     "of the network");
    return collect_dict(&c, "", root, 0);
}

imp_status imp_torch_init(imp_torch *t, imp_reader *r, const uint8_t *data, size_t len)
{
    const imp_pickle_host host = { t, on_global, on_call, on_persistent };

    *t = (imp_torch) { .r = r };
    return imp_pickle_new(&t->pickle, r, &host, data, len);
}

void imp_torch_free(imp_torch *t)
{
    for (imp_storage *s = t->storages; s; s = s->next)
        imp_free(s->owned);
    imp_pickle_free(t->pickle);
}
