/* check_deeplab.c - whole networks against torchvision in float64: logits, the class of every
 * pixel, probabilities (tests/reference/deeplab.py). */
#include "check.h"

#include <jansson.h>

#include "base/hash.h"
#include "base/threads.h"
#include "made_up_deeplab.h"
#include "segment/segmenter.h"

static const char *folder;
static json_t *root;
static imp_context *ctx;
static imp_error err;

/* L2 over all logits, and of the worst one in units of the greatest. A hundred layers of float
 * are off by 2e-6; a wrong padding, order of channels or constant by more than 1e-2. */
static const double TOLERANCE = 1e-5, WORST = 1e-4;

/* Of the pixels' classes: where two are as likely float decides unlike double. */
static const double EQUAL = 0.999;

static const char *path_of(char *path, size_t size, const char *name)
{
    snprintf(path, size, "%s/%s", folder, name);
    return path;
}

/* A picture, which must be the one that the numbers were made with. */
static void load_picture(imp_image **image, const char *name)
{
    const json_t *known = json_object_get(json_object_get(root, "pictures"), name);
    char path[1024], sha256[IMP_SHA256_HEX];

    CHECK_OK(imp_image_load(image, path_of(path, sizeof path, name), NULL, &err));
    CHECK_OK(imp_sha256_file(sha256, path, &err));
    CHECK_TEXT(sha256, json_string_value(known));
}

static size_t size_of(const json_t *item, const char *key)
{
    return (size_t) json_integer_value(json_object_get(item, key));
}

static void crop(imp_image **part, const imp_image *from, const json_t *item)
{
    const size_t left = size_of(item, "left"), top = size_of(item, "top");
    const size_t w = size_of(item, "width"), h = size_of(item, "height");
    const float *rgb = imp_image_rgb_const(from);

    CHECK_OK(imp_image_new(part, w, h, false, &err));
    for (size_t y = 0; y < h; y++)
        memcpy(imp_image_rgb(*part) + 3 * y * w,
               rgb + 3 * ((top + y) * imp_image_width(from) + left), 3 * w * sizeof *rgb);
}

static void compare_logits(const json_t *item, const imp_segmentation *found, const char *name)
{
    const json_t *shape = json_object_get(item, "shape"), *logits;
    double d2 = 0, s2 = 0, worst = 0, most = 0;
    size_t i = 0;

    CHECK(json_integer_value(json_array_get(shape, 0)) == IMP_CLASSES);
    CHECK(json_integer_value(json_array_get(shape, 1)) == found->h);
    CHECK(json_integer_value(json_array_get(shape, 2)) == found->w);
    logits = json_object_get(item, "logits");
    for (int k = 0; k < IMP_CLASSES; k++)
        for (int p = 0; p < found->h * found->w; p++) {
            const double want = json_number_value(json_array_get(logits, i++));
            const double d = fabs((double) found->logits[p * IMP_CLASSES + k] - want);
            d2 += d * d;
            s2 += want * want;
            worst = fmax(worst, d);
            most = fmax(most, fabs(want));
        }
    printf("# %s, %zux%zu: logits off by %.2g, the worst by %.2g\n", name, found->width,
           found->height, sqrt(d2 / s2), worst / most);
    CHECK(sqrt(d2 / s2) <= TOLERANCE);
    CHECK(worst <= WORST * most);
}

static void compare_classes(const json_t *item, const imp_segmentation *found)
{
    const char *classes = json_string_value(json_object_get(item, "classes"));
    const size_t n = found->width * found->height;
    uint8_t *labels = imp_alloc(n, 1);
    size_t equal = 0;

    imp_segmentation_labels(found, labels);
    CHECK(classes && strlen(classes) == n);
    for (size_t i = 0; i < n; i++) equal += labels[i] == classes[i] - 'A';
    CHECK((double) equal >= EQUAL * (double) n);
    imp_free(labels);
}

/* A logit of 20 is off by 1e-4 at most, and so is the logarithm of a probability. */
static void compare_probabilities(const json_t *item, const imp_segmentation *found)
{
    const json_t *pixels = json_object_get(item, "probabilities");

    for (int k = 0; k < IMP_CLASSES; k++) {
        imp_mask *mask = NULL;
        CHECK_OK(imp_segmentation_mask(&mask, found, k, &err));
        for (size_t i = 0; i < json_array_size(pixels); i++) {
            const json_t *pixel = json_array_get(pixels, i);
            const json_t *of = json_array_get(json_object_get(pixel, "of"), (size_t) k);
            const size_t at = size_of(pixel, "y") * found->width + size_of(pixel, "x");
            CHECK(fabs((double) imp_mask_values(mask)[at] - json_number_value(of)) < 1e-4);
        }
        imp_mask_free(mask);
    }
}

/* At its own size, as the script looks at it. */
static void check_case(const imp_segmenter *segmenter, const json_t *item, const char *name)
{
    const imp_segment_params params = { .size = { .mode = IMP_SIZE_KEEP } };
    imp_image *picture = NULL, *image = NULL;
    imp_segmentation *found = NULL;

    load_picture(&picture, json_string_value(json_object_get(item, "picture")));
    crop(&image, picture, item);
    CHECK_OK(imp_segmenter_run(&found, segmenter, image, &params, &err));
    compare_logits(item, found, name);
    compare_classes(item, found);
    compare_probabilities(item, found);
    imp_segmentation_free(found);
    imp_image_free(image);
    imp_image_free(picture);
}

static void check_network(size_t i)
{
    const json_t *item = json_array_get(json_object_get(root, "networks"), i);
    const json_t *cases = json_object_get(item, "cases");
    const imp_deeplab *network = imp_deeplab_known(i);
    imp_weights *weights = made_up_deeplab(network, IMP_CLASSES);
    imp_segmenter *segmenter = NULL;

    CHECK_OK(imp_segmenter_from(&segmenter, ctx, weights, "made-up", &err));
    imp_weights_free(weights);
    CHECK_TEXT(imp_segmenter_network(segmenter), network->name);
    CHECK(json_array_size(cases) == 3);
    for (size_t k = 0; k < json_array_size(cases); k++)
        check_case(segmenter, json_array_get(cases, k), network->name);
    imp_segmenter_free(segmenter);
}

static void test_resnet101(void)
{
    check_network(0);
}

static void test_resnet50(void)
{
    check_network(1);
}

static void test_mobilenet(void)
{
    check_network(2);
}

int main(int argc, char **argv)
{
    char path[1024];
    json_error_t why;

    folder = argc > 1 ? argv[1] : ".";
    root = json_load_file(path_of(path, sizeof path, "deeplab.json"), 0, &why);
    if (!root || imp_context_new(&ctx, NULL, &err) != IMP_OK) {
        printf("Bail out! %s: %s\n", path, root ? err.message : why.text);
        return 1;
    }
    CHECK_RUN(test_resnet101);
    CHECK_RUN(test_resnet50);
    CHECK_RUN(test_mobilenet);
    imp_context_free(ctx);
    json_decref(root);
    return check_done();
}
