/* check_painter_alloc.c - all memory is taken before the first step of a size, and running out
 * of it while it is taken is told, with nothing lost. */
#include "../engine/heap.h"
#include "pair.h"

#include "check.h"

#include <impasto/style.h>

#include "engine/context.h"
#include "made_up_job.h"
#include "made_up_model.h"

static imp_error err;
static imp_model *model;
static imp_image *picture;

static imp_context *new_context(const char *backend)
{
    imp_context_params params;
    imp_context *ctx = NULL;

    imp_context_params_init(&params);
    params.backend = backend;
    params.max_memory = 1 << 30;   /* asking the system for it may fail without harm */
    if (imp_context_new(&ctx, &params, &err) != IMP_OK) exit(1);
    return ctx;
}

static imp_params shallow_params(void)
{
    imp_params params = small_params();

    SET(&params, "style-layers", "relu1_1,relu2_1", "content-layers", "relu2_1", "tv-weight",
        "1");
    return params;
}

/* The same in two sizes, with all that can be carried along. */
static imp_params two_sizes(const char *optimiser)
{
    imp_params params = shallow_params();

    SET(&params, "start-size", "12", "scale-factor", "2", "steps", "2,3", "average", "0.9",
        "result", "average", "carry", "true", "detail", "0.5", "optimiser", optimiser,
        "history", "3", "metric", "bands");
    return params;
}

/* What three steps take, after two that may fill caches and start threads. */
static heap_count count_steps(const char *backend, const char *style_loss,
                              const char *optimiser)
{
    imp_params params = shallow_params();
    imp_context *ctx = new_context(backend);
    imp_painter *p = NULL;
    heap_count count = { 0 };

    SET(&params, "style-loss", style_loss, "optimiser", optimiser, "metric", "bands");
    CHECK_STATUS(imp_painter_new(&p, ctx, model, PAIR(picture, picture), &params, &err),
                 IMP_OK);
    CHECK_STATUS(imp_painter_step(p, 2, NULL, &err), IMP_OK);
    heap_watch(true);
    CHECK_STATUS(imp_painter_step(p, 3, NULL, &err), IMP_OK);
    heap_watch(false);
    count = heap;
    imp_painter_free(p);
    imp_context_free(ctx);
    return count;
}

static void test_steps_allocate_nothing(void)
{
    if (!HEAP_COUNTED) CHECK_SKIP("a sanitizer has the heap to itself");
    CHECK(count_steps("c", "gram", "adam").calls == 0);
    CHECK(count_steps("c", "wasserstein", "adam").calls == 0);
    CHECK(count_steps("c", "gram", "lbfgs").calls == 0);
}

/* oneDNN makes a list of arguments for each call, which it does not let its users keep. */
static void test_steps_allocate_small_change_only(void)
{
    heap_count count;

    if (!HEAP_COUNTED) CHECK_SKIP("a sanitizer has the heap to itself");
    if (!imp_ops_find("onednn")) CHECK_SKIP("oneDNN was left out of this build");
    count = count_steps("onednn", "gram", "adam");
    CHECK(count.largest < 4096);
    CHECK(count.live == 0);
}

/* Makes a painter whose k-th allocation fails; false if there are not so many. */
static bool fail_at(size_t k, const imp_context *ctx, const imp_params *params)
{
    imp_painter *p = NULL;
    imp_status status;

    heap_fail_at = k;
    heap_watch(true);
    status = imp_painter_new(&p, ctx, model, PAIR(picture, picture), params, &err);
    heap_fail_at = 0;
    imp_painter_free(p);
    heap_watch(false);
    CHECK(heap.live == 0);
    if (heap.calls < k) CHECK(status == IMP_OK);
    else CHECK(status == IMP_ENOMEM && *err.message);
    return heap.calls >= k;
}

/* The k-th allocation fails, for every k there is. */
static void torture(const imp_params *params)
{
    imp_context *ctx = new_context("c");
    size_t k = 1;

    while (k < 10000 && fail_at(k, ctx, params)) k++;
    imp_context_free(ctx);
    printf("# %zu allocations\n", k - 1);
    CHECK(k > 30);   /* or the counter sees nothing */
}

static void test_each_allocation_failing(void)
{
    const imp_params one = shallow_params(), two = two_sizes("adam");

    if (!HEAP_COUNTED) CHECK_SKIP("a sanitizer has the heap to itself");
    torture(&one);
    torture(&two);
}

/* --- From one size to the next ----------------------------------------------------------- */

/* A painter at the end of its first size. */
static imp_painter *at_the_change(const imp_context *ctx, const imp_params *params)
{
    imp_painter *p = NULL;

    if (imp_painter_new(&p, ctx, model, PAIR(picture, picture), params, &err) != IMP_OK
        || imp_painter_step(p, 2, NULL, &err) != IMP_OK)
        exit(1);
    return p;
}

static imp_image *picture_of(const imp_painter *p)
{
    imp_image *image = NULL;

    if (imp_painter_image(&image, p, &err) != IMP_OK) exit(1);
    return image;
}

/* The picture is as it was, or differs; frees it. */
static bool same_picture(const imp_painter *p, const imp_image *want)
{
    imp_image *got = picture_of(p);
    const bool same = imp_image_width(got) == imp_image_width(want)
                      && largest_difference(got, want) == 0;

    imp_image_free(got);
    return same;
}

/* The k-th allocation of the change fails: nothing has changed, and the next try goes on as if
 * nothing had been. False if the change has not so many. */
static bool fail_change_at(size_t k, const imp_context *ctx, const imp_params *params,
                           const imp_image *before, const imp_image *after)
{
    imp_painter *p = at_the_change(ctx, params);
    imp_progress at;
    imp_status status;
    bool failed;

    heap_fail_at = k;
    heap_watch(true);
    status = imp_painter_step(p, 3, &at, &err);
    heap_fail_at = 0;
    failed = heap.calls >= k;
    if (failed) {
        CHECK(status == IMP_ENOMEM && *err.message);
        CHECK(at.step == 2 && at.scale == 1 && at.width == 12 && !at.done);
        CHECK(same_picture(p, before));
        CHECK_STATUS(imp_painter_step(p, 3, &at, &err), IMP_OK);
    }
    CHECK(at.step == 5 && at.scale == 2 && at.width == 24 && at.done);
    CHECK(same_picture(p, after));
    imp_painter_free(p);
    heap_watch(false);
    CHECK(heap.live == 0);
    return failed;
}

static void torture_change(const imp_params *params)
{
    imp_context *ctx = new_context("c");
    imp_painter *p = at_the_change(ctx, params);
    imp_image *before = picture_of(p), *after;
    size_t k = 1;

    CHECK_STATUS(imp_painter_step(p, 3, NULL, &err), IMP_OK);
    after = picture_of(p);
    while (k < 10000 && fail_change_at(k, ctx, params, before, after)) k++;
    printf("# %zu allocations\n", k - 1);
    CHECK(k > 20);
    imp_painter_free(p);
    imp_image_free(before);
    imp_image_free(after);
    imp_context_free(ctx);
}

static void test_each_allocation_of_a_change_failing(void)
{
    const imp_params adam = two_sizes("adam"), lbfgs = two_sizes("lbfgs");

    if (!HEAP_COUNTED) CHECK_SKIP("a sanitizer has the heap to itself");
    torture_change(&adam);
    torture_change(&lbfgs);
}

int main(void)
{
    model = made_up_model("conv2_1");
    if (imp_image_new(&picture, 24, 18, true, &err) != IMP_OK) return 1;
    CHECK_RUN(test_steps_allocate_nothing);
    CHECK_RUN(test_steps_allocate_small_change_only);
    CHECK_RUN(test_each_allocation_failing);
    CHECK_RUN(test_each_allocation_of_a_change_failing);
    imp_image_free(picture);
    imp_model_free(model);
    return check_done();
}
