/* check_segment.c - what segmenters refuse, and why; classes, areas; sizes; many threads. */
#include "check.h"

#include "engine/context.h"
#include "made_up_deeplab.h"
#include "segment/segmenter.h"
#include "segment/tiles.h"

static imp_context *ctx;
static imp_error err;

/* --- Files ------------------------------------------------------------------------------- */

/* The smallest of the networks, which all of this holds for. */
static const imp_deeplab *mobilenet(void)
{
    return imp_deeplab_known(2);
}

static imp_named_tensor *tensor(imp_weights *w, const char *name)
{
    const imp_named_tensor *t = imp_weights_find(w, name);

    if (!t) check_fail(__FILE__, __LINE__, "%s: no such tensor", name);
    return t ? &w->item[t - w->item] : w->item;
}

/* What is wrong with the table, which is freed. */
static const char *refusal(imp_weights *w)
{
    imp_segmenter *segmenter = NULL;

    err.message[0] = '\0';
    CHECK(imp_segmenter_from(&segmenter, ctx, w, "file", &err) == IMP_EFORMAT);
    CHECK(!segmenter);
    imp_weights_free(w);
    return err.message;
}

static void test_missing(void)
{
    imp_weights *w = made_up_deeplab(mobilenet(), IMP_CLASSES);

    snprintf(tensor(w, "backbone.4.block.1.1.running_var")->name, IMP_TENSOR_NAME, "other");
    CHECK_TEXT(refusal(w), "file: tensor backbone.4.block.1.1.running_var is missing; fetch "
               "or save the weights again");
}

static void test_misshapen(void)
{
    imp_weights *w = made_up_deeplab(mobilenet(), IMP_CLASSES);

    tensor(w, "backbone.0.0.weight")->dims[2] = 5;
    CHECK_TEXT(refusal(w), "file: tensor backbone.0.0.weight is 16 x 3 x 5 x 3, not 16 x 3 x "
               "3 x 3; these are the weights of another network");
    w = made_up_deeplab(mobilenet(), IMP_CLASSES);
    tensor(w, "backbone.0.1.bias")->n_dims = 0;
    CHECK_TEXT(refusal(w), "file: tensor backbone.0.1.bias is a number, not 16; these are the "
               "weights of another network");
}

static void test_too_many(void)
{
    imp_weights *w = made_up_deeplab(mobilenet(), IMP_CLASSES);
    const size_t one = 1;

    made_up_add(w, "classifier.5", "bias", &one, 1);
    CHECK_TEXT(refusal(w), "file: tensor classifier.5.bias belongs to no part of the network; "
               "these are the weights of another one");
}

static void test_other_classes(void)
{
    CHECK_TEXT(refusal(made_up_deeplab(mobilenet(), 91)),
               "file: tells 91 classes apart, not the 21 of PASCAL VOC; use weights that were "
               "trained with VOC's labels");
}

static void test_other_network(void)
{
    imp_weights *w = made_up_deeplab(mobilenet(), IMP_CLASSES);

    for (size_t i = 0; i < w->n; i++) memcpy(w->item[i].name, "features", 8);
    CHECK_TEXT(refusal(w), "file: not a DeepLabV3 over ResNet101, ResNet50 or "
               "MobileNetV3-Large as torchvision saves them; `impasto model list` names some "
               "that are");
}

static void test_names(void)
{
    imp_segmenter *segmenter = NULL;

    CHECK(imp_segmenter_new(&segmenter, ctx, "deeplab", &err) == IMP_EINVAL);
    CHECK(strstr(err.message, "deeplabv3-mobilenet-v3-large"));
    CHECK(imp_segmenter_new(&segmenter, ctx, "./there-is-none.pth", &err) == IMP_EIO);
    CHECK(!segmenter);
}

/* --- Classes and areas ------------------------------------------------------------------- */

static void test_classes(void)
{
    CHECK(imp_class_known(IMP_CLASSES - 1) && !imp_class_known(IMP_CLASSES));
    for (int i = 0; i < IMP_CLASSES; i++) {
        const uint8_t *rgb = imp_class_known((size_t) i)->rgb;
        CHECK(imp_class_find(imp_class_known((size_t) i)->name) == i);
        for (int k = 0; k < 3; k++)   /* every third bit of the number, the lowest on top */
            CHECK(rgb[k] == ((i >> k & 1) << 7 | (i >> (k + 3) & 1) << 6));
    }
    CHECK(imp_class_find("Dining-Table") == 11 && imp_class_find("diningtable") == 11);
    CHECK(imp_class_find("tvmonitor") == 20 && imp_class_find("tv_monitor") == 20);
    CHECK(imp_class_find("per") == -1 && imp_class_find("") == -1);
    CHECK(imp_class_find("persons") == -1);
}

static void test_areas(void)
{
    static const uint8_t labels[] = { 0, 0, 5, 0,
                                      0, 5, 0, 0,
                                      5, 5, 0, 20 };
    imp_class_area areas[IMP_CLASSES];
    const imp_class_area *five = &areas[5], *last = &areas[20];

    imp_class_areas(areas, labels, 4, 3);
    CHECK(areas[0].pixels == 7 && areas[0].width == 4 && areas[0].height == 3);
    CHECK(five->pixels == 4 && five->x == 0 && five->y == 0);
    CHECK(five->width == 3 && five->height == 3);
    CHECK(last->pixels == 1 && last->x == 3 && last->y == 2);
    CHECK(last->width == 1 && last->height == 1);
    CHECK(areas[1].pixels == 0 && areas[1].width == 0);
}

/* --- Looking ----------------------------------------------------------------------------- */

static imp_segmenter *segmenter;

static imp_image *noise(size_t w, size_t h)
{
    imp_random random = { w * h };
    imp_image *image = NULL;

    if (imp_image_new(&image, w, h, false, &err) != IMP_OK) return NULL;
    for (size_t i = 0; i < 3 * w * h; i++)
        imp_image_rgb(image)[i] = (float) imp_random_uniform(&random);
    return image;
}

/* Even a picture of one pixel; probabilities add up to 1, to the rounding of 21 floats, and
 * the label is the likeliest. */
static void test_sizes(void)
{
    static const struct { size_t w, h; } sizes[] = { { 1, 1 }, { 3, 200 }, { 67, 50 } };

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const imp_segment_params params = { .size = { IMP_SIZE_SHORT, 40, 0 } };
        const size_t n = sizes[i].w * sizes[i].h;
        imp_image *image = noise(sizes[i].w, sizes[i].h);
        float *sum = imp_alloc(n, sizeof *sum), *most = imp_alloc(n, sizeof *most);
        uint8_t *best = imp_alloc(n, 1), *labels = imp_alloc(n, 1);
        imp_segmentation *found = NULL;

        CHECK_OK(imp_segmenter_run(&found, segmenter, image, &params, &err));
        CHECK(imp_segmentation_width(found) == sizes[i].w);
        CHECK(imp_segmentation_height(found) == sizes[i].h);
        imp_segmentation_labels(found, labels);
        for (int k = 0; k < IMP_CLASSES; k++) {
            imp_mask *mask = NULL;
            CHECK_OK(imp_segmentation_mask(&mask, found, k, &err));
            for (size_t p = 0; p < n; p++) {
                const float v = imp_mask_values(mask)[p];
                sum[p] += v;
                if (v > most[p]) most[p] = v, best[p] = (uint8_t) k;
            }
            imp_mask_free(mask);
        }
        for (size_t p = 0; p < n; p++) {
            CHECK_CLOSE(sum[p], 1, 1e-5);
            CHECK(labels[p] == best[p]);
        }
        CHECK(imp_segmentation_mask(&(imp_mask *) { NULL }, found, IMP_CLASSES, &err)
              == IMP_EINVAL);
        imp_segmentation_free(found);
        imp_image_free(image);
        imp_free(sum), imp_free(most), imp_free(best), imp_free(labels);
    }
}

/* One segmenter under several threads at once gives the same bits as under one. */
static void test_shared(void)
{
    enum { SHARERS = 3 };
    const imp_segment_params params = { .size = { .mode = IMP_SIZE_KEEP } };
    imp_image *image = noise(60, 40);
    imp_segmentation *found[SHARERS + 1] = { NULL };

    CHECK_OK(imp_segmenter_run(&found[0], segmenter, image, &params, NULL));
    #pragma omp parallel for num_threads(SHARERS)
    for (int i = 1; i <= SHARERS; i++)
        if (imp_segmenter_run(&found[i], segmenter, image, &params, NULL) != IMP_OK)
            found[i] = NULL;
    for (int i = 1; i <= SHARERS; i++) {
        CHECK(found[i]);
        if (found[i])
            CHECK(!memcmp(found[i]->logits, found[0]->logits,
                          (size_t) (found[0]->w * found[0]->h) * IMP_CLASSES * sizeof(float)));
    }
    for (int i = 0; i <= SHARERS; i++) imp_segmentation_free(found[i]);
    imp_image_free(image);
}

/* --- Tiles ------------------------------------------------------------------------------- */

/* Tiles begin with the picture and at its places, overlap, and leave nothing out. */
static void check_tiles(const imp_tiles *t, int side, int tile, int n)
{
    int end = 0;

    for (int i = 0; i < n; i++) {
        const int begin = imp_tiles_begin(side, tile, t->stride, i, n);
        CHECK(begin % t->stride == 0 && begin < side);
        CHECK(i ? begin < end - tile / 8 : begin == 0);
        end = begin + tile;
    }
    CHECK(end >= side && (n > 1 || end == side));
}

/* What a network over so many pixels takes, and the pixels themselves. */
static uint64_t bytes_of(int w, int h)
{
    uint64_t bytes = 0;

    CHECK(imp_graph_run_bytes(&bytes, segmenter->weights, h, w, &err) == IMP_OK);
    return bytes + 3 * sizeof(float) * (uint64_t) (w * h);
}

static void test_tiles(void)
{
    imp_tiles t;

    for (int w = 200; w < 2000; w += 173)
        for (uint64_t room = 4 << 20; room < 64 << 20; room *= 2) {
            CHECK_OK(imp_tiles_fit(&t, segmenter->weights, w, 333, 16, room, &err));
            check_tiles(&t, w, t.tile_w, t.across);
            check_tiles(&t, 333, t.tile_h, t.down);
            CHECK(bytes_of(t.tile_w, t.tile_h) <= room);
            CHECK((t.across * t.down == 1) == (bytes_of(w, 333) <= room));
        }
    CHECK(imp_tiles_fit(&t, segmenter->weights, 600, 600, 16, 1 << 20, &err) == IMP_ENOMEM);
}

static imp_image *part(const imp_image *from, size_t left, size_t top, size_t w, size_t h)
{
    const float *rgb = imp_image_rgb_const(from);
    imp_image *image = NULL;

    if (imp_image_new(&image, w, h, false, &err) != IMP_OK) return NULL;
    for (size_t y = 0; y < h; y++)
        memcpy(imp_image_rgb(image) + 3 * y * w,
               rgb + 3 * ((top + y) * imp_image_width(from) + left), 3 * w * sizeof *rgb);
    return image;
}

/* `tiled` at a place is what the tile that begins at (left, top) has there by itself, but for
 * the rounding of a product and a quotient. */
static void check_place(const imp_segmentation *tiled, const imp_image *image,
                        const imp_tiles *t, int left, int top, int x, int y)
{
    const imp_segment_params params = { .size = { .mode = IMP_SIZE_KEEP } };
    imp_image *tile = part(image, (size_t) left, (size_t) top, (size_t) t->tile_w,
                           (size_t) t->tile_h);
    const int own_x = x - left / t->stride, own_y = y - top / t->stride;
    imp_segmentation *own = NULL;

    CHECK_OK(imp_segmenter_run(&own, segmenter, tile, &params, &err));
    for (int k = 0; k < IMP_CLASSES; k++)
        CHECK_CLOSE(tiled->logits[(y * tiled->w + x) * IMP_CLASSES + k],
                    own->logits[(own_y * own->w + own_x) * IMP_CLASSES + k], 1e-6);
    imp_segmentation_free(own);
    imp_image_free(tile);
}

/* Where only one tile is, in corners, the result is that tile's; the middle is between those
 * of several and thus a number at all. */
static void test_short_of_memory(void)
{
    enum { ROOM = 16 << 20, W = 800, H = 496 };   /* 2 x 2 tiles, with 4 MiB to spare */
    const imp_segment_params params = { .size = { .mode = IMP_SIZE_KEEP } };
    imp_image *image = noise(W, H);
    imp_context narrow = *ctx;
    imp_segmenter same = *segmenter;
    imp_segmentation *found = NULL;
    int left, top;
    imp_tiles t;

    CHECK_OK(imp_tiles_fit(&t, segmenter->weights, W, H, 16, ROOM, &err));
    CHECK(t.across > 1 && t.down > 1);
    narrow.max_memory = imp_memory_resident() + ROOM;
    same.ctx = &narrow;
    CHECK_OK(imp_segmenter_run(&found, &same, image, &params, &err));
    left = imp_tiles_begin(W, t.tile_w, t.stride, t.across - 1, t.across);
    top = imp_tiles_begin(H, t.tile_h, t.stride, t.down - 1, t.down);
    check_place(found, image, &t, 0, 0, 0, 1);
    check_place(found, image, &t, left, 0, W / 16 - 2, 0);
    check_place(found, image, &t, left, top, W / 16 - 1, H / 16 - 2);
    for (int i = 0; i < found->w * found->h * IMP_CLASSES; i++)
        CHECK(isfinite(found->logits[i]));
    imp_segmentation_free(found);
    narrow.max_memory = 1 << 20;
    CHECK(imp_segmenter_run(&found, &same, image, &params, &err) == IMP_ENOMEM);
    CHECK(!found);
    imp_image_free(image);
}

/* --- Masks to paint with ----------------------------------------------------------------- */

enum { SCENE = 60, CAT = 8, DOG = 12 };

/* A cat at the left, a dog at the right, and a dog's speck below. */
static int thing_at(size_t x, size_t y)
{
    if (x == 30 && y == 55) return DOG;
    if (y < 10 || y >= 40) return 0;
    return x >= 5 && x < 25 ? CAT : x >= 35 && x < 55 ? DOG : 0;
}

/* What is seen there, each thing in its colour. */
static imp_segmentation *scene(imp_image **image)
{
    imp_segmentation *found = NULL;

    if (imp_segmentation_new(&found, SCENE, SCENE, SCENE, SCENE, &err) != IMP_OK
        || imp_image_new(image, SCENE, SCENE, false, &err) != IMP_OK) exit(1);
    for (size_t i = 0; i < SCENE * SCENE; i++) {
        const int thing = thing_at(i % SCENE, i / SCENE);
        found->logits[i * IMP_CLASSES + (size_t) thing] = 9;
        imp_image_rgb(*image)[3 * i] = (float) thing / IMP_CLASSES;
    }
    return found;
}

static float at(const imp_mask *mask, size_t x, size_t y)
{
    return imp_mask_values_const(mask)[y * SCENE + x];
}

/* Of 60 x 60 pixels a speck has less than 7.2. */
static void test_cut(void)
{
    imp_image *image, *other = noise(SCENE, 10);
    imp_segmentation *found = scene(&image);
    bool wanted[IMP_CLASSES] = { [DOG] = true };
    imp_mask *mask = NULL;

    CHECK_STATUS(imp_segmentation_cut(&mask, found, wanted, other, &err), IMP_EINVAL);
    CHECK(!mask);
    CHECK_OK(imp_segmentation_cut(&mask, found, wanted, image, &err));
    CHECK(at(mask, 45, 25) > 0.95f && at(mask, 15, 25) < 0.05f && at(mask, 30, 55) < 0.05f);
    imp_mask_free(mask);
    wanted[CAT] = true;
    CHECK_OK(imp_segmentation_cut(&mask, found, wanted, image, &err));
    CHECK(at(mask, 45, 25) > 0.95f && at(mask, 15, 25) > 0.95f && at(mask, 30, 25) < 0.05f);
    imp_mask_free(mask);
    CHECK_OK(imp_segmentation_any(&mask, found, wanted, &err));
    CHECK(at(mask, 30, 55) > 0.95f);
    imp_mask_free(mask);
    imp_segmentation_free(found);
    imp_image_free(image);
    imp_image_free(other);
}

/* The part at a pixel and no other, be it a speck, or ground. */
static void test_cut_at(void)
{
    imp_image *image;
    imp_segmentation *found = scene(&image);
    imp_mask *mask = NULL;
    int thing;

    CHECK_OK(imp_segmentation_cut_at(&mask, &thing, found, 36, 11, image, &err));
    CHECK(thing == DOG && at(mask, 45, 25) > 0.95f && at(mask, 15, 25) < 0.05f);
    CHECK(at(mask, 30, 55) < 0.05f);
    imp_mask_free(mask);
    CHECK_OK(imp_segmentation_cut_at(&mask, &thing, found, 30, 25, image, &err));
    CHECK(thing == 0 && at(mask, 45, 25) < 0.05f && at(mask, 2, 2) > 0.95f);
    imp_mask_free(mask);
    CHECK_OK(imp_segmentation_cut_at(&mask, &thing, found, 30, 55, image, &err));
    CHECK(thing == DOG && at(mask, 45, 25) < 0.05f && at(mask, 30, 55) > 0.2f);
    imp_mask_free(mask);
    CHECK_STATUS(imp_segmentation_cut_at(&mask, &thing, found, SCENE, 0, image, &err),
                 IMP_EINVAL);
    CHECK(!mask);
    imp_segmentation_free(found);
    imp_image_free(image);
}

int main(void)
{
    imp_weights *w = made_up_deeplab(mobilenet(), IMP_CLASSES);

    if (imp_context_new(&ctx, &(imp_context_params) { .threads = 2 }, &err) != IMP_OK
        || imp_segmenter_from(&segmenter, ctx, w, "made-up", &err) != IMP_OK) {
        printf("Bail out! %s\n", err.message);
        return 1;
    }
    imp_weights_free(w);
    CHECK_RUN(test_missing);
    CHECK_RUN(test_misshapen);
    CHECK_RUN(test_too_many);
    CHECK_RUN(test_other_classes);
    CHECK_RUN(test_other_network);
    CHECK_RUN(test_names);
    CHECK_RUN(test_classes);
    CHECK_RUN(test_areas);
    CHECK_RUN(test_sizes);
    CHECK_RUN(test_shared);
    CHECK_RUN(test_tiles);
    CHECK_RUN(test_short_of_memory);
    CHECK_RUN(test_cut);
    CHECK_RUN(test_cut_at);
    imp_segmenter_free(segmenter);
    imp_context_free(ctx);
    return check_done();
}
