/* pickle.c - see pickle.h. */
#include "model/pickle.h"

#include <stdalign.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { MAX_MARKS = 64, MAX_MEMO = 1 << 20, CHUNK = 1 << 16 };
static const size_t MAX_MEMORY = 64 << 20;   /* all values; weight files need some 100 KiB */

typedef struct chunk {
    struct chunk *next;
    size_t used, size;
    alignas(max_align_t) uint8_t bytes[];
} chunk;

struct imp_pickle {
    imp_reader *r;
    imp_pickle_host host;
    const uint8_t *data;
    size_t len, at;
    chunk *chunks;
    size_t taken;                /* bytes of all chunks                           */
    imp_values stack, memo;
    size_t mark[MAX_MARKS];      /* heights of the stack                          */
    size_t n_marks;
    bool stopped;
};

/* --- Memory ------------------------------------------------------------------------------ */

static imp_status add_chunk(imp_pickle *p, size_t least)
{
    const size_t size = least > CHUNK ? least : CHUNK;
    imp_status status;
    void *memory;
    chunk *c;

    if (size > MAX_MEMORY - p->taken)
        return imp_fail(p->r->err, IMP_ELIMIT,
                        "%s: its pickle needs more than %zu MiB of objects; no file of "
                        "weights does",
                        p->r->name, MAX_MEMORY >> 20);
    if ((status = imp_reader_alloc(p->r, &memory, 1, sizeof *c + size)) != IMP_OK)
        return status;
    c = memory;
    c->size = size;
    c->next = p->chunks;
    p->chunks = c;
    p->taken += size;
    return IMP_OK;
}

imp_status imp_pickle_alloc(imp_pickle *p, void **out, size_t bytes)
{
    const size_t unit = alignof(max_align_t);
    imp_status status;

    *out = NULL;
    if (bytes > MAX_MEMORY) bytes = MAX_MEMORY + 1;   /* refused below */
    bytes = (bytes + unit - 1) / unit * unit;
    if (!p->chunks || bytes > p->chunks->size - p->chunks->used)
        if ((status = add_chunk(p, bytes)) != IMP_OK) return status;
    *out = p->chunks->bytes + p->chunks->used;
    p->chunks->used += bytes;
    return IMP_OK;
}

imp_status imp_pickle_value(imp_pickle *p, imp_value **out, imp_value_kind kind)
{
    imp_status status;
    void *memory;

    *out = NULL;
    if ((status = imp_pickle_alloc(p, &memory, sizeof **out)) != IMP_OK) return status;
    *out = memory;
    (*out)->kind = kind;
    return IMP_OK;
}

/* Makes place for `more` values. */
static imp_status reserve(imp_pickle *p, imp_values *list, size_t more)
{
    size_t room = list->room ? list->room : 4;
    imp_status status;
    void *memory;

    if (more <= list->room - list->n) return IMP_OK;
    while (room - list->n < more)
        room *= 2;
    if ((status = imp_pickle_alloc(p, &memory, room * sizeof *list->at)) != IMP_OK)
        return status;
    if (list->n) memcpy(memory, list->at, list->n * sizeof *list->at);
    list->at = memory;
    list->room = room;
    return IMP_OK;
}

imp_status imp_pickle_push(imp_pickle *p, imp_values *list, imp_value *value)
{
    const imp_status status = reserve(p, list, 1);

    if (status == IMP_OK) list->at[list->n++] = value;
    return status;
}

/* --- Reading the program ----------------------------------------------------------------- */

static imp_status damaged(const imp_pickle *p, const char *what)
{
    imp_reader_fail(p->r, "its pickle is damaged at byte %zu: %s", p->at, what);
    return IMP_EFORMAT;   /* said here, so that compilers see that it is no success */
}

/* n bytes of the program. */
static imp_status take(imp_pickle *p, const uint8_t **bytes, size_t n)
{
    if (n > p->len - p->at) return damaged(p, "it is cut short");
    *bytes = p->data + p->at;
    p->at += n;
    return IMP_OK;
}

/* A little-endian number of n <= 8 bytes. */
static imp_status take_number(imp_pickle *p, uint64_t *v, size_t n)
{
    const uint8_t *b;
    const imp_status status = take(p, &b, n);

    *v = 0;
    for (size_t i = 0; status == IMP_OK && i < n; i++)
        *v |= (uint64_t) b[i] << 8 * i;
    return status;
}

/* Bytes that follow their own length, which has n_length bytes. */
static imp_status take_text(imp_pickle *p, imp_text *t, size_t n_length)
{
    imp_status status;
    const uint8_t *b;
    uint64_t n;

    TRY(take_number(p, &n, n_length));
    TRY(take(p, &b, n));
    t->at = (const char *) b;
    t->len = n;
done:
    return status;
}

/* A line, without its end. */
static imp_status take_line(imp_pickle *p, imp_text *t)
{
    const uint8_t *start = p->data + p->at, *end = memchr(start, '\n', p->len - p->at);

    if (!end) return damaged(p, "a name does not end");
    t->at = (const char *) start;
    t->len = (size_t) (end - start);
    p->at += t->len + 1;
    return IMP_OK;
}

/* --- The stack --------------------------------------------------------------------------- */

static size_t floor_of(const imp_pickle *p)
{
    return p->n_marks ? p->mark[p->n_marks - 1] : 0;
}

static imp_status pop(imp_pickle *p, imp_value **v)
{
    if (p->stack.n <= floor_of(p)) return damaged(p, "the stack is empty");
    *v = p->stack.at[--p->stack.n];
    return IMP_OK;
}

static imp_status top(imp_pickle *p, imp_value **v)
{
    if (p->stack.n <= floor_of(p)) return damaged(p, "the stack is empty");
    *v = p->stack.at[p->stack.n - 1];
    return IMP_OK;
}

/* A new value on the stack. */
static imp_status push_new(imp_pickle *p, imp_value **v, imp_value_kind kind)
{
    const imp_status status = imp_pickle_value(p, v, kind);

    return status == IMP_OK ? imp_pickle_push(p, &p->stack, *v) : status;
}

static imp_status push_integer(imp_pickle *p, imp_value_kind kind, int64_t n)
{
    imp_value *v;
    const imp_status status = push_new(p, &v, kind);

    if (status == IMP_OK) v->u.integer = n;
    return status;
}

static imp_status push_mark(imp_pickle *p)
{
    if (p->n_marks == MAX_MARKS) return damaged(p, "it is nested too deeply");
    p->mark[p->n_marks++] = p->stack.n;
    return IMP_OK;
}

/* Takes the last mark away and says how many values stand above it; they stay on the stack. */
static imp_status pop_mark(imp_pickle *p, size_t *n)
{
    if (!p->n_marks) return damaged(p, "a mark is missing");
    *n = p->stack.n - p->mark[--p->n_marks];
    return IMP_OK;
}

/* --- Instructions: plain values ---------------------------------------------------------- */

static imp_status do_unsigned(imp_pickle *p, size_t n_bytes)
{
    imp_status status;
    uint64_t v;

    TRY(take_number(p, &v, n_bytes));
    TRY(push_integer(p, IMP_VALUE_INT, (int64_t) v));
done:
    return status;
}

static imp_status do_signed(imp_pickle *p)
{
    imp_status status;
    uint64_t v;

    TRY(take_number(p, &v, 4));
    TRY(push_integer(p, IMP_VALUE_INT, (int32_t) (uint32_t) v));
done:
    return status;
}

/* A two's complement number of any length; those of at most 8 bytes become plain integers. */
static imp_status do_long(imp_pickle *p, size_t n_length)
{
    imp_status status;
    uint64_t n = 0;
    imp_value *v;
    imp_text t;

    TRY(take_text(p, &t, n_length));
    TRY(push_new(p, &v, t.len > 8 ? IMP_VALUE_LONG : IMP_VALUE_INT));
    if (t.len > 8) {
        v->u.text = t;
        goto done;
    }
    for (size_t i = 0; i < t.len; i++)
        n |= (uint64_t) (uint8_t) t.at[i] << 8 * i;
    if (t.len > 0 && t.len < 8 && (t.at[t.len - 1] & 0x80)) n |= ~(uint64_t) 0 << 8 * t.len;
    v->u.integer = (int64_t) n;
done:
    return status;
}

/* Big-endian, unlike everything else. */
static imp_status do_real(imp_pickle *p)
{
    imp_status status;
    uint64_t bits = 0;
    const uint8_t *b;
    imp_value *v;

    TRY(take(p, &b, 8));
    for (size_t i = 0; i < 8; i++)
        bits = bits << 8 | b[i];
    TRY(push_new(p, &v, IMP_VALUE_REAL));
    memcpy(&v->u.real, &bits, sizeof bits);
done:
    return status;
}

static imp_status do_text(imp_pickle *p, size_t n_length)
{
    imp_status status;
    imp_value *v;
    imp_text t;

    TRY(take_text(p, &t, n_length));
    TRY(push_new(p, &v, IMP_VALUE_TEXT));
    v->u.text = t;
done:
    return status;
}

/* --- Instructions: containers ------------------------------------------------------------ */

static imp_status push_empty(imp_pickle *p, imp_value_kind kind)
{
    imp_value *v;

    return push_new(p, &v, kind);
}

/* The last n values on the stack become a tuple. */
static imp_status do_tuple(imp_pickle *p, size_t n)
{
    imp_status status = IMP_OK;
    imp_value *v;

    if (n > p->stack.n - floor_of(p)) return damaged(p, "the stack is empty");
    TRY(imp_pickle_value(p, &v, IMP_VALUE_TUPLE));
    TRY(reserve(p, &v->u.list, n));
    for (size_t i = 0; i < n; i++)
        v->u.list.at[i] = p->stack.at[p->stack.n - n + i];
    v->u.list.n = n;
    p->stack.n -= n;
    TRY(imp_pickle_push(p, &p->stack, v));
done:
    return status;
}

static imp_status do_marked_tuple(imp_pickle *p)
{
    imp_status status;
    size_t n;

    TRY(pop_mark(p, &n));
    TRY(do_tuple(p, n));
done:
    return status;
}

/* The last n values on the stack go into the list or dictionary below them. */
static imp_status put_into(imp_pickle *p, imp_value_kind kind, size_t n)
{
    imp_status status = IMP_OK;
    imp_value *target;

    if (n >= p->stack.n - floor_of(p)) return damaged(p, "the stack is empty");
    target = p->stack.at[p->stack.n - n - 1];
    if (target->kind != kind)
        return damaged(p, "values go into something that cannot hold them");
    if (kind == IMP_VALUE_DICT && n % 2) return damaged(p, "a key has no value");
    TRY(reserve(p, &target->u.list, n));
    for (size_t i = 0; i < n; i++)
        target->u.list.at[target->u.list.n++] = p->stack.at[p->stack.n - n + i];
    p->stack.n -= n;
done:
    return status;
}

static imp_status put_marked_into(imp_pickle *p, imp_value_kind kind)
{
    imp_status status;
    size_t n;

    TRY(pop_mark(p, &n));
    TRY(put_into(p, kind, n));
done:
    return status;
}

static imp_status do_pop(imp_pickle *p)
{
    imp_value *v;

    return pop(p, &v);
}

static imp_status do_pop_mark(imp_pickle *p)
{
    imp_status status;
    size_t n;

    TRY(pop_mark(p, &n));
    p->stack.n -= n;
done:
    return status;
}

static imp_status do_duplicate(imp_pickle *p)
{
    imp_status status;
    imp_value *v;

    TRY(top(p, &v));
    TRY(imp_pickle_push(p, &p->stack, v));
done:
    return status;
}

/* --- Instructions: the memo -------------------------------------------------------------- */

static imp_status memoize(imp_pickle *p, uint64_t index)
{
    imp_status status;
    imp_value *v;

    if (index >= MAX_MEMO) return damaged(p, "it remembers too many objects");
    TRY(top(p, &v));
    if (index >= p->memo.n) {
        TRY(reserve(p, &p->memo, index + 1 - p->memo.n));
        while (p->memo.n <= index)
            p->memo.at[p->memo.n++] = NULL;
    }
    p->memo.at[index] = v;
done:
    return status;
}

static imp_status do_put(imp_pickle *p, size_t n_bytes)
{
    imp_status status;
    uint64_t index;

    TRY(take_number(p, &index, n_bytes));
    TRY(memoize(p, index));
done:
    return status;
}

static imp_status do_get(imp_pickle *p, size_t n_bytes)
{
    imp_status status;
    uint64_t index;

    TRY(take_number(p, &index, n_bytes));
    if (index >= p->memo.n || !p->memo.at[index])
        return damaged(p, "it recalls an object that it never kept");
    TRY(imp_pickle_push(p, &p->stack, p->memo.at[index]));
done:
    return status;
}

/* --- Instructions: whatever the host decides --------------------------------------------- */

static imp_status push_global(imp_pickle *p, imp_text module, imp_text name)
{
    imp_status status;
    imp_value *v = NULL;

    TRY(p->host.global(p->host.user, p, &v, module, name));
    TRY(imp_pickle_push(p, &p->stack, v));
done:
    return status;
}

static imp_status do_global(imp_pickle *p)
{
    imp_text module, name;
    imp_status status;

    TRY(take_line(p, &module));
    TRY(take_line(p, &name));
    TRY(push_global(p, module, name));
done:
    return status;
}

static imp_status do_stack_global(imp_pickle *p)
{
    imp_value *module, *name;
    imp_status status;

    TRY(pop(p, &name));
    TRY(pop(p, &module));
    if (name->kind != IMP_VALUE_TEXT || module->kind != IMP_VALUE_TEXT)
        return damaged(p, "a name is not text");
    TRY(push_global(p, module->u.text, name->u.text));
done:
    return status;
}

/* Calling a function and making an object look alike from here: callee, tuple of arguments. */
static imp_status do_call(imp_pickle *p)
{
    imp_value *arguments, *callee, *v = NULL;
    imp_status status;

    TRY(pop(p, &arguments));
    TRY(pop(p, &callee));
    if (arguments->kind != IMP_VALUE_TUPLE)
        return damaged(p, "the arguments of a call are no tuple");
    TRY(p->host.call(p->host.user, p, &v, callee, arguments));
    TRY(imp_pickle_push(p, &p->stack, v));
done:
    return status;
}

static imp_status do_persistent(imp_pickle *p)
{
    imp_value *id, *v = NULL;
    imp_status status;

    TRY(pop(p, &id));
    TRY(p->host.persistent(p->host.user, p, &v, id));
    TRY(imp_pickle_push(p, &p->stack, v));
done:
    return status;
}

/* Attributes of an ordered dictionary (PyTorch's _metadata) say nothing about the weights. */
static imp_status do_build(imp_pickle *p)
{
    imp_value *state, *object;
    imp_status status;

    TRY(pop(p, &state));
    TRY(top(p, &object));
    if (object->kind != IMP_VALUE_DICT || state->kind != IMP_VALUE_DICT)
        return imp_reader_fail(p->r, "its pickle sets the insides of an object, which impasto "
                                     "refuses; save only the state_dict() of the network");
done:
    return status;
}

static imp_status do_frame(imp_pickle *p)
{
    imp_status status;
    uint64_t n;

    TRY(take_number(p, &n, 8));
    if (n > p->len - p->at) return damaged(p, "it is cut short");
done:
    return status;
}

static imp_status do_protocol(imp_pickle *p)
{
    imp_status status;
    uint64_t version;

    TRY(take_number(p, &version, 1));
    if (version > 5) return damaged(p, "its protocol is newer than 5");
done:
    return status;
}

static imp_status do_stop(imp_pickle *p)
{
    p->stopped = true;
    return IMP_OK;
}

/* --- The machine ------------------------------------------------------------------------- */

static imp_status step(imp_pickle *p)
{
    const uint8_t *op;
    imp_status status;

    if ((status = take(p, &op, 1)) != IMP_OK) return status;
    switch (*op) {
    case 0x80: return do_protocol(p);
    case 0x95: return do_frame(p);
    case '.': return do_stop(p);
    case '(': return push_mark(p);
    case '0': return do_pop(p);
    case '1': return do_pop_mark(p);
    case '2': return do_duplicate(p);
    case 'N': return push_empty(p, IMP_VALUE_NONE);
    case 0x88: return push_integer(p, IMP_VALUE_BOOL, 1);
    case 0x89: return push_integer(p, IMP_VALUE_BOOL, 0);
    case 'K': return do_unsigned(p, 1);
    case 'M': return do_unsigned(p, 2);
    case 'J': return do_signed(p);
    case 0x8a: return do_long(p, 1);
    case 0x8b: return do_long(p, 4);
    case 'G': return do_real(p);
    case 'U': case 0x8c: case 'C': return do_text(p, 1);
    case 'T': case 'X': case 'B': return do_text(p, 4);
    case 0x8d: case 0x8e: return do_text(p, 8);
    case ')': return do_tuple(p, 0);
    case 0x85: return do_tuple(p, 1);
    case 0x86: return do_tuple(p, 2);
    case 0x87: return do_tuple(p, 3);
    case 't': return do_marked_tuple(p);
    case ']': return push_empty(p, IMP_VALUE_LIST);
    case 'a': return put_into(p, IMP_VALUE_LIST, 1);
    case 'e': return put_marked_into(p, IMP_VALUE_LIST);
    case '}': return push_empty(p, IMP_VALUE_DICT);
    case 's': return put_into(p, IMP_VALUE_DICT, 2);
    case 'u': return put_marked_into(p, IMP_VALUE_DICT);
    case 'q': return do_put(p, 1);
    case 'r': return do_put(p, 4);
    case 0x94: return memoize(p, p->memo.n);
    case 'h': return do_get(p, 1);
    case 'j': return do_get(p, 4);
    case 'c': return do_global(p);
    case 0x93: return do_stack_global(p);
    case 'R': case 0x81: return do_call(p);
    case 'Q': return do_persistent(p);
    case 'b': return do_build(p);
    default:
        return imp_reader_fail(p->r,
                               "its pickle has instruction 0x%02x at byte %zu, which no file "
                               "of weights uses; save only the state_dict() of the network",
                               *op, p->at - 1);
    }
}

imp_status imp_pickle_next(imp_pickle *p, const imp_value **value)
{
    imp_status status = IMP_OK;
    imp_value *v;

    *value = NULL;
    p->stack.n = p->memo.n = p->n_marks = 0;
    p->stopped = false;
    while (status == IMP_OK && !p->stopped)
        status = step(p);
    if (status == IMP_OK) status = pop(p, &v);
    if (status == IMP_OK) *value = v;
    return status;
}

imp_status imp_pickle_new(imp_pickle **out, imp_reader *r, const imp_pickle_host *host,
                          const uint8_t *data, size_t len)
{
    imp_status status;
    void *memory;

    *out = NULL;
    if ((status = imp_reader_alloc(r, &memory, 1, sizeof **out)) != IMP_OK) return status;
    *out = memory;
    (*out)->r = r;
    (*out)->host = *host;
    (*out)->data = data;
    (*out)->len = len;
    return IMP_OK;
}

void imp_pickle_free(imp_pickle *p)
{
    if (!p) return;
    for (chunk *c = p->chunks, *next; c; c = next) {
        next = c->next;
        imp_free(c);
    }
    imp_free(p);
}

size_t imp_pickle_offset(const imp_pickle *p)
{
    return p->at;
}

bool imp_value_size(const imp_value *v, size_t *n)
{
    if (v->kind != IMP_VALUE_INT || v->u.integer < 0) return false;
    *n = (size_t) v->u.integer;
    return true;
}
