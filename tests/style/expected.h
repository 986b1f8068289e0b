/* expected.h - numbers that PyTorch computed (tests/reference), and how ours compare with
 * them.
 *
 * A large tensor is known by its norm and a count sketch: each element is added, with a
 * sign, to one of 512 buckets, both picked by a hash of its index. Sketches are linear and
 * keep lengths to some 3 %, so the distance of two sketches tells the L2 distance of the
 * tensors over all their elements; tests/reference/reference.py says more. */
#ifndef IMP_EXPECTED_H
#define IMP_EXPECTED_H

#include "check.h"

#include <impasto/style.h>
#include <jansson.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/threads.h"
#include "engine/context.h"

enum { EXPECTED_BUCKETS = 512, EXPECTED_SAMPLES = 1024, EXPECTED_SEED = 20140906 };

static const char *expected_folder;
static imp_model *expected_model;      /* the real VGG19, NULL if it is not here         */
static const char *expected_missing;   /* why tests that need it are to be skipped, or NULL */
static imp_context *expected_ctx;

/* For main(), which hands on its only argument: the folder of the numbers. */
static inline void expected_begin(int argc, char **argv)
{
    static imp_error err;
    imp_status status = imp_context_new(&expected_ctx, NULL, &err);

    expected_folder = argc > 1 ? argv[1] : ".";
    if (status == IMP_OK) status = imp_model_open(&expected_model, "vgg19", &err);
    if (status == IMP_ENOMODEL) {
        expected_missing = err.message;
    } else if (status != IMP_OK) {
        printf("Bail out! %s\n", err.message);
        exit(1);
    }
    imp_threads_use(imp_context_threads(expected_ctx));
}

static inline int expected_done(void)
{
    imp_context_free(expected_ctx);
    imp_model_free(expected_model);
    return check_done();
}

static inline const char *expected_path(char *path, size_t size, const char *name)
{
    snprintf(path, size, "%s/%s", expected_folder, name);
    return path;
}

/* The file whole; ends the program without it. json_decref() it. The weights, if there are
 * any, must be those it was made with. */
static inline json_t *expected_read(const char *name)
{
    char path[1024];
    json_error_t why;
    json_t *root = json_load_file(expected_path(path, sizeof path, name), 0, &why);
    const char *sha256 = json_string_value(json_object_get(root, "weights-sha256"));

    if (!root || !sha256) {
        printf("Bail out! %s: %s\n", path, root ? "no weights-sha256" : why.text);
        exit(1);
    }
    if (expected_model) CHECK_TEXT(imp_model_sha256(expected_model), sha256);
    return root;
}

/* A picture, which must be the one that `root` was made with. The caller frees it. */
static inline imp_image *expected_picture(const json_t *root, const char *name)
{
    const json_t *known = json_object_get(json_object_get(root, "pictures"), name);
    char path[1024], sha256[IMP_SHA256_HEX];
    imp_image *image = NULL;
    imp_error err;

    if (imp_image_load(&image, expected_path(path, sizeof path, name), NULL, &err) != IMP_OK
        || imp_sha256_file(sha256, path, &err) != IMP_OK) {
        printf("Bail out! %s\n", err.message);
        exit(1);
    }
    CHECK_TEXT(sha256, json_string_value(known));
    return image;
}

static inline double expected_number(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);

    CHECK(json_is_number(number));
    return json_number_value(number);
}

static inline uint64_t expected_hash(uint64_t i)
{
    imp_random random = { i + EXPECTED_SEED };

    return imp_random_u64(&random);
}

/* The relative L2 distance of n floats, in the order (channel, row, column), from a
 * fingerprint. */
static inline double expected_distance(const json_t *fingerprint, const float *x, size_t n)
{
    const double norm = expected_number(fingerprint, "norm");
    const json_t *buckets = json_object_get(fingerprint, "sketch");
    double sketch[EXPECTED_BUCKETS] = { 0 }, sum = 0;

    CHECK(json_array_size(buckets) == EXPECTED_BUCKETS && norm > 0);
    for (size_t i = 0; i < n; i++) {
        const uint64_t hash = expected_hash(i);
        sketch[hash % EXPECTED_BUCKETS] += hash >> 63 ? -(double) x[i] : (double) x[i];
    }
    for (size_t b = 0; b < EXPECTED_BUCKETS; b++) {
        const double want = 1e-8 * (double) json_integer_value(json_array_get(buckets, b));
        const double d = sketch[b] / norm - want;
        sum += d * d;
    }
    return sqrt(sum);
}

static inline int expected_ascending(const void *a, const void *b)
{
    const double x = *(const double *) a, y = *(const double *) b;

    return (x > y) - (x < y);
}

/* The same over some elements by themselves, the worst quarter left out: what a unit that
 * lies at a jump of the gradient does not change. */
static inline double expected_distance_of_most(const json_t *fingerprint, const float *x,
                                               size_t n)
{
    const json_t *samples = json_object_get(fingerprint, "samples");
    const double norm = expected_number(fingerprint, "norm");
    double square[EXPECTED_SAMPLES], sum = 0;
    const size_t most = EXPECTED_SAMPLES / 4 * 3;

    CHECK(json_array_size(samples) == EXPECTED_SAMPLES);
    for (size_t i = 0; i < EXPECTED_SAMPLES; i++) {
        const double want = json_number_value(json_array_get(samples, i));
        const double d = x[expected_hash(i) % n] - want;
        square[i] = d * d;
    }
    qsort(square, EXPECTED_SAMPLES, sizeof *square, expected_ascending);
    for (size_t i = 0; i < most; i++) sum += square[i];
    return sqrt(sum / (double) most * (double) n) / norm;
}

static inline size_t expected_size(const imp_tensor *t)
{
    return (size_t) t->c * (size_t) t->h * (size_t) t->w;
}

/* A tensor's elements in that order, whatever its layout; its shape must be the
 * fingerprint's. The caller frees them. */
static inline float *expected_elements(const json_t *fingerprint, const imp_tensor *t)
{
    const json_t *shape = json_object_get(fingerprint, "shape");
    const size_t n = expected_size(t), floats = imp_tensor_floats(t);
    const int sides[3] = { t->c, t->h, t->w };
    float *host = imp_alloc(floats, sizeof *host), *x = imp_alloc(n, sizeof *x);
    size_t i = 0;

    for (size_t d = 0; d < 3; d++)
        CHECK(json_integer_value(json_array_get(shape, d)) == sides[d]);
    expected_ctx->ops->download(host, t->data, floats);
    for (int ch = 0; ch < t->c; ch++)
        for (int y = 0; y < t->h; y++)
            for (int col = 0; col < t->w; col++)
                x[i++] = host[imp_tensor_index(t, ch, y, col)];
    imp_free(host);
    return x;
}

static inline double expected_tensor_distance(const json_t *fingerprint, const imp_tensor *t)
{
    float *x = expected_elements(fingerprint, t);
    const double distance = expected_distance(fingerprint, x, expected_size(t));

    imp_free(x);
    return distance;
}

/* What sixteen convolutions in float, there and back, may add up to, with room for other
 * machines and faster methods (Winograd's). A wrong tap, channel order, mean, border or
 * constant is off by 1e-3 at the very least. */
static const double expected_tolerance = 1e-4;

/* Where a unit lies within rounding of 0, or two of a window within rounding of each other,
 * float decides unlike double, and that unit's gradient goes wholly astray: if a share of s of
 * all units does, the gradient is off by about sqrt(s). PyTorch's own float is off by up to
 * 1e-3 for that, all of it in 2 % of the pixels; F(6x6), whose maps are ten times as far from
 * double (7e-6), by up to 1.7e-3. With average pooling and few units it need not happen. */
static const double expected_jump = 3e-3;

/* Over all a gradient must be within expected_tolerance, or with jumps within expected_jump;
 * over three quarters of the pixels, of a large picture, which comes with samples, within
 * expected_tolerance. Returns the distance over all. */
static inline double expected_check_gradient(const json_t *fingerprint, const imp_tensor *t,
                                             bool jumps, const char *name)
{
    float *x = expected_elements(fingerprint, t);
    const size_t n = expected_size(t);
    const bool samples = json_object_get(fingerprint, "samples");
    const double all = expected_distance(fingerprint, x, n);
    const double most = samples ? expected_distance_of_most(fingerprint, x, n) : 0;

    if (samples) printf("# %s: gradient off by %.2g, %.2g over most\n", name, all, most);
    if (!(most <= expected_tolerance
          && all <= (jumps || samples ? expected_jump : expected_tolerance)))
        check_fail(__FILE__, __LINE__, "%s: gradient off by %.2g, %.2g over most", name, all,
                   most);
    imp_free(x);
    return all;
}

/* The plain C reference takes minutes for whole networks on large pictures. */
static inline bool expected_too_slow(const imp_image *image)
{
    return !strcmp(imp_context_backend(expected_ctx), "reference")
           && imp_image_width(image) * imp_image_height(image) > 200 * 150;
}

#endif
