/* check_segment_alloc.c - each allocation of a segmenter and of a look failing in turn is
 * told, with nothing lost. */
#include "../engine/heap.h"

#include "check.h"

#include "made_up_deeplab.h"
#include "segment/segmenter.h"

static imp_context *ctx;
static imp_error err;

/* Makes one, whose k-th allocation fails: false if there are not so many. */
typedef bool attempt(size_t k);

static void begin(size_t k)
{
    heap_fail_at = k;
    heap_watch(true);
}

/* After all that was made is freed. */
static bool end(size_t k, imp_status status)
{
    heap_watch(false);
    heap_fail_at = 0;
    CHECK(heap.live == 0);
    if (heap.calls < k) CHECK(status == IMP_OK);
    else CHECK(status == IMP_ENOMEM && strstr(err.message, "no memory"));
    return heap.calls >= k;
}

static void check_each(attempt *fail_at, size_t least)
{
    size_t k = 1;

    while (k < 1000 && fail_at(k)) k++;
    printf("# %zu allocations\n", k - 1);
    CHECK(k > least && k < 1000);
}

/* --- A segmenter ------------------------------------------------------------------------- */

static imp_weights *smallest(void)
{
    return made_up_deeplab(imp_deeplab_known(2), IMP_CLASSES);
}

static bool new_fails_at(size_t k)
{
    imp_weights *weights = smallest();   /* used up each time */
    imp_segmenter *s = NULL;
    imp_status status;
    bool there;

    begin(k);
    status = imp_segmenter_from(&s, ctx, weights, "made-up", &err);
    CHECK(status == IMP_OK || !s);
    imp_segmenter_free(s);
    there = end(k, status);
    imp_weights_free(weights);
    return there;
}

/* At least one for each filter. */
static void test_new(void)
{
    if (!HEAP_COUNTED) CHECK_SKIP("a sanitizer has the heap to itself");
    check_each(new_fails_at, 60);
}

/* --- A look ------------------------------------------------------------------------------ */

static imp_segmenter *segmenter;
static imp_image *image;

/* One, and what comes of it. */
static imp_status look(void)
{
    const imp_segment_params params = { .size = { IMP_SIZE_SHORT, 24, 0 } };
    imp_segmentation *found;
    imp_mask *mask = NULL;
    imp_status status = imp_segmenter_run(&found, segmenter, image, &params, &err);

    CHECK(status == IMP_OK || !found);
    if (status == IMP_OK) status = imp_segmentation_mask(&mask, found, 1, &err);
    CHECK(status == IMP_OK || !mask);
    imp_mask_free(mask);
    imp_segmentation_free(found);
    return status;
}

static bool look_fails_at(size_t k)
{
    begin(k);
    return end(k, look());
}

static void test_look(void)
{
    imp_weights *weights;

    if (!HEAP_COUNTED) CHECK_SKIP("a sanitizer has the heap to itself");
    weights = smallest();
    CHECK_OK(imp_segmenter_from(&segmenter, ctx, weights, "made-up", &err));
    CHECK_OK(imp_image_new(&image, 50, 35, false, &err));
    CHECK_OK(look());   /* and starts OpenMP's threads */
    check_each(look_fails_at, 120);
    imp_image_free(image);
    imp_segmenter_free(segmenter);
    imp_weights_free(weights);
}

int main(void)
{
    /* Our own filters, every allocation of which is ours; memory that needs no asking for. */
    const imp_context_params params = { .threads = 2, .backend = "c", .max_memory = 1 << 30 };

    if (imp_context_new(&ctx, &params, &err) != IMP_OK) {
        printf("Bail out! %s\n", err.message);
        return 1;
    }
    CHECK_RUN(test_new);
    CHECK_RUN(test_look);
    imp_context_free(ctx);
    return check_done();
}
