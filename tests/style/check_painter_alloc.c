/* check_painter_alloc.c - all memory is taken before the first step, and running out of it
 * while it is taken is told, with nothing lost. */
#include "../engine/heap.h"

#include "check.h"

#include <impasto/style.h>

#include "engine/context.h"
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
    imp_params params;

    if (imp_params_init(&params, "default", &err) != IMP_OK
        || imp_params_set(&params, "size", "keep", &err) != IMP_OK
        || imp_params_set(&params, "style-layers", "relu1_1,relu2_1", &err) != IMP_OK
        || imp_params_set(&params, "content-layers", "relu2_1", &err) != IMP_OK
        || imp_params_set(&params, "tv-weight", "1", &err) != IMP_OK)
        exit(1);
    return params;
}

/* What three steps take, after two that may fill caches and start threads. */
static heap_count count_steps(const char *backend)
{
    const imp_params params = shallow_params();
    imp_context *ctx = new_context(backend);
    imp_painter *p = NULL;
    heap_count count = { 0 };

    CHECK_STATUS(imp_painter_new(&p, ctx, model, picture, picture, NULL, &params, &err),
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
    CHECK(count_steps("c").calls == 0);
}

/* oneDNN makes a list of arguments for each call, which it does not let its users keep. */
static void test_steps_allocate_small_change_only(void)
{
    heap_count count;

    if (!HEAP_COUNTED) CHECK_SKIP("a sanitizer has the heap to itself");
    if (!imp_ops_find("onednn")) CHECK_SKIP("oneDNN was left out of this build");
    count = count_steps("onednn");
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
    status = imp_painter_new(&p, ctx, model, picture, picture, NULL, params, &err);
    heap_fail_at = 0;
    imp_painter_free(p);
    heap_watch(false);
    CHECK(heap.live == 0);
    if (heap.calls < k) CHECK(status == IMP_OK);
    else CHECK(status == IMP_ENOMEM && *err.message);
    return heap.calls >= k;
}

/* The k-th allocation fails, for every k there is. */
static void test_each_allocation_failing(void)
{
    const imp_params params = shallow_params();
    imp_context *ctx = new_context("c");
    size_t k = 1;

    while (HEAP_COUNTED && k < 10000 && fail_at(k, ctx, &params)) k++;
    imp_context_free(ctx);
    if (!HEAP_COUNTED) CHECK_SKIP("a sanitizer has the heap to itself");
    printf("# %zu allocations\n", k - 1);
    CHECK(k > 30);   /* or the counter sees nothing */
}

int main(void)
{
    model = made_up_model("conv2_1");
    if (imp_image_new(&picture, 24, 18, true, &err) != IMP_OK) return 1;
    CHECK_RUN(test_steps_allocate_nothing);
    CHECK_RUN(test_steps_allocate_small_change_only);
    CHECK_RUN(test_each_allocation_failing);
    imp_image_free(picture);
    imp_model_free(model);
    return check_done();
}
