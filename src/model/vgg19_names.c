/* vgg19_names.c - what others call the tensors of VGG19, and the name and layout used here. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "model/model.h"

enum { N_CONVS = 16, KERNEL = 3 };

/* The convolutions in order. */
static const struct conv {
    int block, index;        /* convBLOCK_INDEX                     */
    int feature;             /* position in torchvision's `features` */
    size_t in, out;
} convs[N_CONVS] = {
    { 1, 1, 0, 3, 64 },     { 1, 2, 2, 64, 64 },
    { 2, 1, 5, 64, 128 },   { 2, 2, 7, 128, 128 },
    { 3, 1, 10, 128, 256 }, { 3, 2, 12, 256, 256 },
    { 3, 3, 14, 256, 256 }, { 3, 4, 16, 256, 256 },
    { 4, 1, 19, 256, 512 }, { 4, 2, 21, 512, 512 },
    { 4, 3, 23, 512, 512 }, { 4, 4, 25, 512, 512 },
    { 5, 1, 28, 512, 512 }, { 5, 2, 30, 512, 512 },
    { 5, 3, 32, 512, 512 }, { 5, 4, 34, 512, 512 },
};

/* Where a tensor belongs. */
typedef struct place {
    int conv;
    bool bias;
    imp_convention convention;
} place;

/* --- Names ------------------------------------------------------------------------------- */

static const char *const keras_weight_ends[] = {
    "_W", "_W:0", "_W_1:0", "/kernel", "/kernel:0", "_kernel", "_kernel:0", ".kernel",
    ".weight",
};
static const char *const keras_bias_ends[] = {
    "_b", "_b:0", "_b_1:0", "/bias", "/bias:0", "_bias", "_bias:0", ".bias",
};

#define COUNT(array) (sizeof (array) / sizeof *(array))

static bool is_any(const char *s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(s, list[i])) return true;
    return false;
}

static int find_block(int block, int index)
{
    for (int i = 0; i < N_CONVS; i++)
        if (convs[i].block == block && convs[i].index == index) return i;
    return -1;
}

static int find_feature(int feature)
{
    for (int i = 0; i < N_CONVS; i++)
        if (convs[i].feature == feature) return i;
    return -1;
}

/* A number of at most two digits, without a leading zero; *s moves past it. -1 if none. */
static int read_number(const char **s)
{
    int n = 0, digits = 0;

    if (**s == '0') {
        ++*s;
        return **s >= '0' && **s <= '9' ? -1 : 0;
    }
    for (; digits < 2 && **s >= '0' && **s <= '9'; digits++, ++*s)
        n = 10 * n + (**s - '0');
    return digits && !(**s >= '0' && **s <= '9') ? n : -1;
}

/* Moves *s past `word`. */
static bool skip(const char **s, const char *word)
{
    const size_t n = strlen(word);

    if (strncmp(*s, word, n)) return false;
    *s += n;
    return true;
}

/* ".weight" or ".bias" at the end. */
static bool read_torch_end(place *p, const char *s)
{
    p->bias = !strcmp(s, ".bias");
    return p->conv >= 0 && (p->bias || !strcmp(s, ".weight"));
}

static bool read_torchvision(place *p, const char *s)
{
    if (!skip(&s, "features.")) return false;
    p->convention = IMP_CONVENTION_TORCHVISION;
    p->conv = find_feature(read_number(&s));
    return read_torch_end(p, s);
}

static bool read_canonical(place *p, const char *s)
{
    int block;

    if (!skip(&s, "conv")) return false;
    block = read_number(&s);
    if (!skip(&s, "_")) return false;
    p->convention = IMP_CONVENTION_CAFFE;
    p->conv = find_block(block, read_number(&s));
    return read_torch_end(p, s);
}

static bool read_keras(place *p, const char *s)
{
    int block;

    if (!skip(&s, "block")) return false;
    block = read_number(&s);
    if (!skip(&s, "_conv")) return false;
    p->convention = IMP_CONVENTION_CAFFE;
    p->conv = find_block(block, read_number(&s));
    p->bias = is_any(s, keras_bias_ends, COUNT(keras_bias_ends));
    return p->conv >= 0 && (p->bias || is_any(s, keras_weight_ends, COUNT(keras_weight_ends)));
}

/* Tries the whole name, then what follows each '.' and '/': "module.features.0.weight". */
static bool read_name(place *p, const char *name)
{
    for (const char *s = name; s; s = (s = strpbrk(s, "./")) ? s + 1 : NULL)
        if (read_torchvision(p, s) || read_canonical(p, s) || read_keras(p, s)) return true;
    return false;
}

bool imp_vgg19_wanted(const char *name)
{
    static const char *const coded[] = { "_W_q", "_W_table" };
    char plain[IMP_TENSOR_NAME];
    place p;

    if (read_name(&p, name)) return true;
    for (size_t i = 0; i < COUNT(coded); i++) {
        const size_t n = strlen(name), end = strlen(coded[i]);
        if (n <= end || n >= sizeof plain || strcmp(name + n - end, coded[i])) continue;
        snprintf(plain, sizeof plain, "%.*s_W", (int) (n - end), name);
        if (read_name(&p, plain)) return true;
    }
    return false;
}

/* --- Shapes ------------------------------------------------------------------------------ */

static bool has_shape(const imp_named_tensor *t, int n, size_t a, size_t b, size_t c, size_t d)
{
    const size_t want[4] = { a, b, c, d };

    if (t->n_dims != n) return false;
    for (int i = 0; i < n; i++)
        if (t->dims[i] != want[i]) return false;
    return true;
}

static void set_shape(imp_named_tensor *t, size_t out, size_t in)
{
    const size_t dims[4] = { out, in, KERNEL, KERNEL };

    memcpy(t->dims, dims, sizeof dims);
}

/* (H, W, I, O) to (O, I, H, W). */
static imp_status permute(imp_named_tensor *t, const struct conv *c, const char *name,
                          imp_error *err)
{
    const size_t taps = (size_t) KERNEL * KERNEL;
    float *to = imp_alloc(taps * c->in * c->out, sizeof *to);

    if (!to)
        return imp_fail(err, IMP_ENOMEM, "%s: no memory for the weights of %s", name, t->name);
    for (size_t o = 0; o < c->out; o++)
        for (size_t i = 0; i < c->in; i++)
            for (size_t k = 0; k < taps; k++)
                to[(o * c->in + i) * taps + k] = t->data[(k * c->in + i) * c->out + o];
    imp_free(t->data);
    t->data = to;
    set_shape(t, c->out, c->in);
    return IMP_OK;
}

static imp_status misshapen(const imp_named_tensor *t, const place *p, const char *name,
                            imp_error *err)
{
    const struct conv *c = &convs[p->conv];
    char shape[IMP_MAX_DIMS * 21 + 1] = "no dimensions";
    size_t used = 0;

    for (int i = 0; i < t->n_dims; i++)
        used += (size_t) snprintf(shape + used, sizeof shape - used, "%s%zu", i ? "x" : "",
                                  t->dims[i]);
    if (p->bias)
        return imp_fail(err, IMP_EFORMAT,
                        "%s: not VGG19: %s is %s, and conv%d_%d has a bias of %zu", name,
                        t->name, shape, c->block, c->index, c->out);
    return imp_fail(err, IMP_EFORMAT,
                    "%s: not VGG19: %s is %s, and conv%d_%d has weights of %zux%zux3x3 (or "
                    "3x3x%zux%zu)",
                    name, t->name, shape, c->block, c->index, c->out, c->in, c->in, c->out);
}

static imp_status check_layout(imp_named_tensor *t, const place *p, const char *name,
                               imp_error *err)
{
    const struct conv *c = &convs[p->conv];

    if (p->bias ? has_shape(t, 1, c->out, 0, 0, 0)
                : has_shape(t, 4, c->out, c->in, KERNEL, KERNEL))
        return IMP_OK;
    if (!p->bias && has_shape(t, 4, KERNEL, KERNEL, c->in, c->out))
        return permute(t, c, name, err);
    return misshapen(t, p, name, err);
}

static imp_status check_finite(const imp_named_tensor *t, const char *name, imp_error *err)
{
    const size_t n = imp_named_tensor_size(t);

    for (size_t i = 0; i < n; i++)
        if (!isfinite(t->data[i]))
            return imp_fail(err, IMP_EFORMAT,
                            "%s: %s holds a value that is no finite number; get the file "
                            "again",
                            name, t->name);
    return IMP_OK;
}

/* --- The whole network ------------------------------------------------------------------- */

static imp_status nothing_known(const imp_weights *w, const char *name, imp_error *err)
{
    if (w->n == 0)
        return imp_fail(err, IMP_EFORMAT,
                        "%s: holds no tensor of VGG19 (such as features.0.weight or "
                        "block1_conv1_W)",
                        name);
    return imp_fail(err, IMP_EFORMAT,
                    "%s: not VGG19: holds %zu tensors, the first of them %s, and none is "
                    "known (such as features.0.weight or block1_conv1_W)",
                    name, w->n, w->item[0].name);
}

/* The index + 1 of each convolution's weights [0] and bias [1]. */
typedef struct contents { size_t at[N_CONVS][2]; } contents;

/* Unknown tensors are dropped on the way. */
static imp_status sort_out(imp_weights *w, contents *seen, imp_convention *convention,
                           const char *name, imp_error *err)
{
    imp_status status = IMP_OK;
    size_t kept = 0;
    place p;

    for (size_t i = 0; i < w->n && status == IMP_OK; i++) {
        imp_named_tensor *t = &w->item[i];
        if (!read_name(&p, t->name)) {
            imp_free(t->data);
            t->data = NULL;
            continue;
        }
        if (seen->at[p.conv][p.bias])
            return imp_fail(err, IMP_EFORMAT,
                            "%s: holds the same tensor of conv%d_%d twice, as %s and as %s",
                            name, convs[p.conv].block, convs[p.conv].index,
                            w->item[seen->at[p.conv][p.bias] - 1].name, t->name);
        if (kept && p.convention != *convention)
            return imp_fail(err, IMP_EFORMAT,
                            "%s: mixes torchvision's names with others (%s, %s); the networks "
                            "expect different pictures",
                            name, w->item[0].name, t->name);
        *convention = p.convention;
        if ((status = check_layout(t, &p, name, err)) != IMP_OK) return status;
        if ((status = check_finite(t, name, err)) != IMP_OK) return status;
        if (kept != i) {
            w->item[kept] = *t;
            t->data = NULL;
        }
        seen->at[p.conv][p.bias] = ++kept;
    }
    w->n = kept;
    return status;
}

static imp_status check_complete(const contents *seen, const char *name, imp_error *err)
{
    int n = N_CONVS;

    while (n > 0 && !seen->at[n - 1][0] && !seen->at[n - 1][1])
        n--;
    for (int i = 0; i < n; i++)
        for (int bias = 0; bias < 2; bias++)
            if (!seen->at[i][bias])
                return imp_fail(err, IMP_EFORMAT,
                                "%s: not a whole VGG19: the %s of conv%d_%d (features.%d of "
                                "torchvision) is missing",
                                name, bias ? "bias" : "weight", convs[i].block, convs[i].index,
                                convs[i].feature);
    return IMP_OK;
}

imp_status imp_vgg19_canonical(imp_weights *w, imp_convention *convention, const char *name,
                               imp_error *err)
{
    contents seen = { 0 };
    imp_status status;
    place p;
    size_t i = 0;

    while (i < w->n && !read_name(&p, w->item[i].name))
        i++;
    if (i == w->n) return nothing_known(w, name, err);
    TRY(sort_out(w, &seen, convention, name, err));
    TRY(check_complete(&seen, name, err));
    for (int c = 0; c < N_CONVS; c++)
        for (int bias = 0; bias < 2; bias++)
            if (seen.at[c][bias])
                snprintf(w->item[seen.at[c][bias] - 1].name, IMP_TENSOR_NAME, "conv%d_%d.%s",
                         convs[c].block, convs[c].index, bias ? "bias" : "weight");
done:
    return status;
}
