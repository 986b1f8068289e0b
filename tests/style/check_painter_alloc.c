/* check_painter_alloc.c - all memory is taken before the first step of a size, and running out
 * of it while it is taken is told, with nothing lost. */
#include "../engine/heap.h"
#include "pair.h"

#include "check.h"

#include <unistd.h>

#include <impasto/style.h>

#include "base/memory.h"
#include "engine/context.h"
#include "made_up_job.h"
#include "made_up_model.h"
#include "style/painter_plan.h"
#include "style/style_loss.h"

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
static bool fail_at(size_t k, const imp_context *ctx, const imp_inputs *inputs,
                    const imp_params *params, imp_error *why)
{
    imp_painter *p = NULL;
    imp_status status;

    heap_fail_at = k;
    heap_watch(true);
    status = imp_painter_new(&p, ctx, model, inputs, params, why);
    heap_fail_at = 0;
    imp_painter_free(p);
    heap_watch(false);
    CHECK(heap.live == 0);
    if (heap.calls < k) CHECK(status == IMP_OK);
    else CHECK(status == IMP_ENOMEM && (!why || *why->message));
    return heap.calls >= k;
}

/* The k-th allocation fails, for every k there is. `why` may be NULL. */
static void torture(const imp_inputs *inputs, const imp_params *params, imp_error *why)
{
    imp_context *ctx = new_context("c");
    size_t k = 1;

    while (k < 10000 && fail_at(k, ctx, inputs, params, why)) k++;
    imp_context_free(ctx);
    printf("# %zu allocations\n", k - 1);
    CHECK(k > 30);   /* or the counter sees nothing */
}

static void test_each_allocation_failing(void)
{
    const imp_params one = shallow_params(), two = two_sizes("adam");

    if (!HEAP_COUNTED) CHECK_SKIP("a sanitizer has the heap to itself");
    torture(PAIR(picture, picture), &one, &err);
    torture(PAIR(picture, picture), &one, NULL);
    torture(PAIR(picture, picture), &two, &err);
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

/* --- Saved and taken up again ------------------------------------------------------------ */

static char file[] = "/tmp/impasto-alloc.XXXXXX";

/* The k-th allocation of saving fails, with nothing lost, and the painter goes on.
 * False if there are not so many. */
static bool fail_save_at(size_t k, imp_painter *p)
{
    imp_status status;
    bool failed;

    heap_fail_at = k;
    heap_watch(true);
    status = imp_painter_save(p, file, &err);
    heap_fail_at = 0;
    heap_watch(false);
    failed = heap.calls >= k;
    CHECK(heap.live == 0);
    CHECK(status == IMP_OK || (failed && status == IMP_ENOMEM && *err.message));
    return failed;
}

static bool fail_resume_at(size_t k, const imp_context *ctx, const imp_params *params,
                           const imp_image *after)
{
    imp_painter *p = NULL;
    imp_status status;
    bool failed;

    heap_fail_at = k;
    heap_watch(true);
    status = imp_painter_resume(&p, ctx, model, PAIR(picture, picture), params, file, &err);
    heap_fail_at = 0;
    failed = heap.calls >= k;
    CHECK((status == IMP_OK) == (p != NULL));
    CHECK(p || (failed && status == IMP_ENOMEM && *err.message));
    if (p) {
        CHECK_STATUS(imp_painter_step(p, 10, NULL, &err), IMP_OK);
        CHECK(same_picture(p, after));
    }
    imp_painter_free(p);
    heap_watch(false);
    CHECK(heap.live == 0);
    return failed;
}

/* In the first size, between the two, with the change to the second failed. */
static void torture_checkpoint(const imp_params *params)
{
    imp_context *ctx = new_context("c");

    for (int at = 1; at <= 3; at++) {
        imp_painter *p = NULL;
        imp_image *after;
        size_t saves = 1, resumes = 1;

        CHECK_OK(imp_painter_new(&p, ctx, model, PAIR(picture, picture), params, &err));
        CHECK_OK(imp_painter_step(p, at < 2 ? at : 2, NULL, &err));
        if (at == 3) {
            heap_fail_at = 12;
            heap_watch(true);
            CHECK_STATUS(imp_painter_step(p, 1, NULL, &err), IMP_ENOMEM);
            heap_watch(false);
            heap_fail_at = 0;
        }
        while (saves < 100 && fail_save_at(saves, p)) saves++;
        CHECK_OK(imp_painter_step(p, 10, NULL, &err));
        after = picture_of(p);
        while (resumes < 1000 && fail_resume_at(resumes, ctx, params, after)) resumes++;
        printf("# %zu and %zu allocations\n", saves - 1, resumes - 1);
        CHECK(saves > 5 && resumes > 50);
        imp_image_free(after);
        imp_painter_free(p);
    }
    imp_context_free(ctx);
}

static void test_each_allocation_of_a_checkpoint_failing(void)
{
    imp_params params = two_sizes("lbfgs");
    int fd;

    if (!HEAP_COUNTED) CHECK_SKIP("a sanitizer has the heap to itself");
    if ((fd = mkstemp(file)) < 0) CHECK_SKIP("there is no folder for temporary files");
    torture_checkpoint(&params);
    SET(&params, "carry", "false", "optimiser", "adam");
    torture_checkpoint(&params);
    close(fd);
    unlink(file);
}

/* --- Masks ------------------------------------------------------------------------------- */

enum { WIDE = 48, HIGH = 40, BAND = 12 };

/* Rows from `from` to before `to`. */
static imp_mask *rows(size_t from, size_t to)
{
    imp_mask *mask;

    if (imp_mask_new(&mask, WIDE, HIGH, &err) != IMP_OK) exit(1);
    for (size_t i = WIDE * from; i < WIDE * to; i++) imp_mask_values(mask)[i] = 1;
    return mask;
}

/* Three styles in bands that relu2_1 has 144 pixels of: not many more than channels. */
typedef struct masked { imp_mask *band[3], *keep; imp_inputs inputs; } masked;

static masked masked_new(const imp_image *image, bool regions, bool parts)
{
    masked m = { .keep = rows(0, 2), .inputs = imp_inputs_of(image, image) };

    m.inputs.styles = 3;
    for (int i = 0; i < 3; i++) {
        m.band[i] = rows((size_t) i * BAND, (size_t) (i + 1) * BAND);
        m.inputs.style[i] = (imp_style) {
            .painting = image, .weight = 1, .scale = 1,
            .region = regions ? m.band[i] : NULL, .source = parts ? m.band[2 - i] : NULL,
        };
    }
    m.inputs.content = regions ? m.band[1] : NULL;
    m.inputs.keep = regions ? m.keep : NULL;
    return m;
}

static void masked_free(masked *m)
{
    for (int i = 0; i < 3; i++) imp_mask_free(m->band[i]);
    imp_mask_free(m->keep);
}

/* Of two painters the second, which finds made what libraries make once. */
static size_t taken(const imp_context *ctx, const imp_inputs *inputs, const imp_params *params)
{
    imp_painter *p = NULL;

    for (int i = 0; i < 2; i++) {
        heap_watch(true);
        CHECK_STATUS(imp_painter_new(&p, ctx, model, inputs, params, &err), IMP_OK);
        CHECK_STATUS(imp_painter_step(p, 100, NULL, &err), IMP_OK);
        heap_watch(false);
        imp_painter_free(p);
    }
    return heap.peak_bytes;
}

/* Besides what the plan knows: the painter itself, names, what lives for a moment. */
static const size_t other = 48 << 10;

/* By one thread: LAPACK takes half a megabyte for its own use when it has more. */
static void check_plan(const imp_inputs *inputs, const imp_params *params, const char *name)
{
    imp_context_params one;
    imp_context *ctx = NULL;
    imp_plan plan = { .memory = 0 };
    uint64_t planned;
    size_t most;

    imp_context_params_init(&one);
    one.backend = "c";
    one.threads = 1;
    one.max_memory = 1 << 30;
    CHECK_OK(imp_context_new(&ctx, &one, &err));
    CHECK_OK(imp_plan_make(&plan, ctx, model, inputs, params, &err));
    planned = plan.memory - imp_memory_resident();
    most = taken(ctx, inputs, params);
    if (most > planned + other)
        check_fail(__FILE__, __LINE__, "%s: %zu kB taken and %zu kB planned", name,
                   most / 1000, (size_t) planned / 1000);
    printf("# %s: %zu kB of %zu kB planned\n", name, most / 1000, (size_t) planned / 1000);
    imp_context_free(ctx);
}

static void test_plans_with_masks(void)
{
    static const char *const losses[] = { "gram", "wasserstein" };
    static const char *const layers[] = { "relu1_1", "relu2_1", "relu1_1,conv1_2,relu2_1" };
    static const char *const starts[] = { "0", "24" };
    imp_image *image;
    char name[64];

    if (!HEAP_COUNTED) CHECK_SKIP("a sanitizer has the heap to itself");
    image = waves(WIDE, HIGH, 0.4, 3);
    for (int i = 0; i < 2 * 3 * 2 * 4; i++) {
        const bool regions = i & 1, parts = i & 2;
        masked m = masked_new(image, regions, parts);
        imp_params params = two_sizes("adam");
        SET(&params, "start-size", starts[i / 4 % 2], "style-loss", losses[i / 8 % 2],
            "style-layers", layers[i / 16], "content-layers", layers[i / 16]);
        snprintf(name, sizeof name, "%s, %s, %s%s%s", losses[i / 8 % 2], layers[i / 16],
                 i / 4 % 2 ? "two sizes" : "one size", regions ? ", regions" : "",
                 parts ? ", parts" : "");
        check_plan(&m.inputs, &params, name);
        masked_free(&m);
    }
    imp_image_free(image);
}

static void test_each_allocation_for_masks_failing(void)
{
    imp_params params = two_sizes("adam");
    imp_image *image;
    masked m;

    if (!HEAP_COUNTED) CHECK_SKIP("a sanitizer has the heap to itself");
    image = waves(WIDE, HIGH, 0.4, 3);
    m = masked_new(image, true, true);
    SET(&params, "start-size", "24", "style-layers", "relu1_1", "content-layers", "relu1_1");
    torture(&m.inputs, &params, &err);   /* not Wasserstein: OpenBLAS ends the program */
    masked_free(&m);
    imp_image_free(image);
}

/* Of as few pixels as channels, and a few more, more is taken than of the whole. */
static void test_losses_of_regions(void)
{
    static const size_t pixels[] = { 1, 63, 64, 79, 80, 81, 191, 192 };
    const imp_tensor shape = { NULL, 64, 4, WIDE, IMP_BLOCK };
    imp_params params = small_params();
    imp_context *ctx;

    if (!HEAP_COUNTED) CHECK_SKIP("a sanitizer has the heap to itself");
    ctx = new_context("c");
    SET(&params, "style-loss", "wasserstein");
    const uint64_t planned = imp_style_loss_bytes(&params, &shape, true)
                             + imp_region_bytes(&shape);
    for (size_t i = 0; i < sizeof pixels / sizeof *pixels; i++) {
        imp_style_loss loss;
        imp_mask *mask;
        CHECK_OK(imp_mask_new(&mask, WIDE, 4, &err));
        for (size_t k = 0; k < pixels[i]; k++) imp_mask_values(mask)[k] = 1;
        heap_watch(true);
        CHECK_STATUS(imp_style_loss_init(&loss, ctx->ops, &params, &shape, mask, 1, &err),
                     IMP_OK);
        heap_watch(false);
        CHECK(heap.live_bytes <= planned + 1024);   /* what alignment takes */
        imp_style_loss_free(&loss);
        imp_mask_free(mask);
    }
    imp_context_free(ctx);
}

int main(void)
{
    model = made_up_model("conv2_1");
    if (imp_image_new(&picture, 24, 18, true, &err) != IMP_OK) return 1;
    CHECK_RUN(test_steps_allocate_nothing);
    CHECK_RUN(test_steps_allocate_small_change_only);
    CHECK_RUN(test_each_allocation_failing);
    CHECK_RUN(test_each_allocation_of_a_change_failing);
    CHECK_RUN(test_each_allocation_of_a_checkpoint_failing);
    CHECK_RUN(test_plans_with_masks);
    CHECK_RUN(test_each_allocation_for_masks_failing);
    CHECK_RUN(test_losses_of_regions);
    imp_image_free(picture);
    imp_model_free(model);
    return check_done();
}
