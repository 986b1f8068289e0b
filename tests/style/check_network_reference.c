/* check_network_reference.c - VGG19 with its real weights against PyTorch in float64: every
 * tap, and the way back from all of them, for each pooling and padding
 * (tests/reference/network.py). */
#include "expected.h"

#include "engine/network.h"
#include "model/model.h"

static imp_error err;
static json_t *root;

static bool find_weights(void *user, const char *layer, const float **weight,
                         const float **bias, int *out_c, int *in_c, int *kernel)
{
    char name[IMP_TENSOR_NAME];
    const imp_named_tensor *w, *b;

    (void) user;
    snprintf(name, sizeof name, "%s.weight", layer);
    w = imp_weights_find(expected_model->weights, name);
    snprintf(name, sizeof name, "%s.bias", layer);
    b = imp_weights_find(expected_model->weights, name);
    if (!w || !b) return false;
    *weight = w->data;
    *bias = b->data;
    *out_c = (int) w->dims[0];
    *in_c = (int) w->dims[1];
    *kernel = (int) w->dims[2];
    return true;
}

/* The index of a case's word in a list. */
static int choice(const json_t *item, const char *key, const char *const words[], int n)
{
    const char *word = json_string_value(json_object_get(item, key));

    for (int i = 0; i < n; i++)
        if (word && !strcmp(word, words[i])) return i;
    check_fail(__FILE__, __LINE__, "%s: unknown", key);
    return 0;
}

static imp_pass_desc desc_of(json_t *item, const imp_image *image)
{
    static const char *const poolings[] = { "max", "average", "l2" };
    static const char *const paddings[] = { "zero", "replicate" };
    imp_pass_desc desc = {
        .network = &imp_vgg19,
        .h = (int) imp_image_height(image), .w = (int) imp_image_width(image),
        .pooling = (imp_pooling) choice(item, "pooling", poolings, 3),
        .padding = (imp_padding) choice(item, "padding", paddings, 2), .backward = true,
    };
    const char *layer;
    json_t *value;

    json_object_foreach(json_object_get(item, "taps"), layer, value)
        desc.taps[desc.n_taps++] = imp_network_find(&imp_vgg19, layer);
    return desc;
}

/* B, G, R in 0..255 less the means of the network's training pictures: written out here
 * once more. */
static void fill_input(imp_tensor *input, const imp_image *image)
{
    static const double mean[3] = { 103.939, 116.779, 123.68 };
    const size_t n = imp_image_width(image) * imp_image_height(image);
    const float *rgb = imp_image_rgb_const(image);
    float *planes = imp_alloc(3 * n, sizeof *planes);

    for (size_t ch = 0; ch < 3; ch++)
        for (size_t i = 0; i < n; i++)
            planes[ch * n + i] = (float) (255.0 * rgb[3 * i + 2 - ch] - mean[ch]);
    expected_ctx->ops->upload(input->data, planes, 3 * n);
    imp_free(planes);
}

/* What the way back needs: the loss is half the sum of the taps' squares, each over its
 * known norm's. */
typedef struct pull {
    double scale[2 * IMP_MAX_LAYERS];
    float *zeros;
} pull;

static void add_gradient(void *user, int tap, const imp_tensor *output, imp_tensor *grad)
{
    const pull *p = user;
    const size_t n = imp_tensor_floats(output);

    expected_ctx->ops->add_difference(grad->data, output->data, p->zeros, p->scale[tap], n);
}

static void compare(json_t *item, const imp_pass_desc *desc, imp_pass *pass)
{
    const imp_ops *ops = expected_ctx->ops;
    pull p = { .zeros = ops->alloc((size_t) (desc->h * desc->w) * 64) };   /* as conv1_1 */
    const char *layer, *worst_layer = "";
    double worst = 0, d;
    json_t *value;
    int tap = 0;

    imp_pass_forward(pass);
    json_object_foreach(json_object_get(item, "taps"), layer, value) {
        const double norm = expected_number(value, "norm");
        p.scale[tap] = 1 / (norm * norm);
        d = expected_tensor_distance(value, imp_pass_tap(pass, tap++));
        if (!(d <= expected_tolerance))
            check_fail(__FILE__, __LINE__, "%s: relative L2 error %.2g", layer, d);
        if (!(d <= worst)) worst = d, worst_layer = layer;
    }
    d = expected_check_gradient(json_object_get(item, "gradient"),
                                imp_pass_backward(pass, add_gradient, &p),
                                desc->pooling != IMP_POOL_AVERAGE, "all taps");
    printf("# %dx%d, %s pooling, %s padding: worst of %d taps %s %.2g, gradient %.2g\n",
           desc->w, desc->h, json_string_value(json_object_get(item, "pooling")),
           json_string_value(json_object_get(item, "padding")), tap, worst_layer, worst, d);
    ops->free(p.zeros);
}

static void check_case(size_t i)
{
    json_t *item = json_array_get(json_object_get(root, "cases"), i);
    const char *name = json_string_value(json_object_get(item, "picture"));
    imp_image *image = expected_picture(root, name);
    const imp_pass_desc desc = desc_of(item, image);
    imp_pass *pass = NULL;

    if (expected_too_slow(image)) {
        check_skip_reason = "without oneDNN this would take minutes";
    } else if (imp_pass_new(&pass, expected_ctx->ops, &desc, find_weights, NULL, &err)
               != IMP_OK) {
        check_fail(__FILE__, __LINE__, "%s", err.message);
    } else {
        fill_input(imp_pass_input(pass), image);
        compare(item, &desc, pass);
    }
    imp_pass_free(pass);
    imp_image_free(image);
}

static void test_every_tap_of_a_real_sized_picture(void)
{
    if (expected_missing) CHECK_SKIP(expected_missing);
    check_case(0);
}

static void test_pooling_and_padding_at_odd_sizes(void)
{
    const size_t n = json_array_size(json_object_get(root, "cases"));

    if (expected_missing) CHECK_SKIP(expected_missing);
    CHECK(n == 6);
    for (size_t i = 1; i < n; i++) check_case(i);
}

int main(int argc, char **argv)
{
    expected_begin(argc, argv);
    root = expected_read("network.json");
    CHECK_RUN(test_every_tap_of_a_real_sized_picture);
    CHECK_RUN(test_pooling_and_padding_at_odd_sizes);
    json_decref(root);
    return expected_done();
}
