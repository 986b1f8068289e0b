/* check_regions.c - masks in the recipe, with made-up weights: who gets which pixel, masks
 * carried through the network, packed pixels, the objective's gradient, what is kept. The
 * losses themselves: check_guided.c. */
#include "check.h"
#include "pair.h"

#include <impasto/style.h>

#include "base/error.h"
#include "engine/context.h"
#include "made_up_job.h"
#include "made_up_model.h"
#include "style/guide.h"
#include "style/inputs.h"
#include "style/objective.h"
#include "style/region.h"
#include "style/style_loss.h"
#include "style/variable.h"

static imp_error err;
static imp_context *ctx;
static imp_model *model;
static imp_image *photo, *painting;

enum { W = 8, H = 6 };

/* 1 from column `from` to before column `to`, scaled. */
static imp_mask *columns(size_t w, size_t h, size_t from, size_t to, double value)
{
    imp_mask *mask;

    if (imp_mask_new(&mask, w, h, &err) != IMP_OK) exit(1);
    for (size_t i = 0; i < w * h; i++)
        if (i % w >= from && i % w < to) imp_mask_values(mask)[i] = (float) value;
    return mask;
}

static imp_mask *full(const imp_image *image)
{
    const size_t w = imp_image_width(image), h = imp_image_height(image);

    return columns(w, h, 0, w, 1);
}

/* 0 and 1 with soft and hard edges between. */
static imp_mask *patches(size_t w, size_t h, uint64_t seed)
{
    imp_random random = { seed };
    imp_mask *mask = columns(w, h, 0, 0, 0);

    for (size_t i = 0; i < w * h; i++)
        imp_mask_values(mask)[i]
            = (float) fmin(fmax(3 * imp_random_uniform(&random) - 1, 0), 1);
    return mask;
}

/* --- Regions ----------------------------------------------------------------------------- */

static imp_inputs three_styles(void)
{
    imp_inputs in = { .photo = photo, .styles = 3 };

    for (int i = 0; i < 3; i++)
        in.style[i] = (imp_style) { .painting = painting, .weight = 1, .scale = 1 };
    return in;
}

static double at(const imp_regions *r, int style, size_t x)
{
    return (double) imp_mask_values_const(r->mask[style])[2 * W + x];
}

static void test_regions_part_the_picture(void)
{
    imp_mask *left = columns(W, H, 0, 3, 1), *right = columns(W, H, 5, 8, 1);
    imp_inputs in = three_styles();
    imp_regions r;

    in.style[0].region = left;
    in.style[2].region = right;
    CHECK_OK(imp_regions_make(&r, &in, W, H, &err));
    for (size_t x = 0; x < W; x++) {
        CHECK(at(&r, 0, x) == (x < 3));
        CHECK(at(&r, 1, x) == (x >= 3 && x < 5));
        CHECK(at(&r, 2, x) == (x >= 5));
    }
    CHECK_CLOSE(r.weight[0], 3.0 / 8, 1e-12);
    CHECK_CLOSE(r.weight[1], 2.0 / 8, 1e-12);
    CHECK_CLOSE(r.weight[2], 3.0 / 8, 1e-12);
    imp_regions_free(&r);
    imp_mask_free(left);
    imp_mask_free(right);
}

/* Over each other in columns 2 to 4, the one soft; nobody in 6 and 7. */
static void test_overlaps_are_shared_and_gaps_stay(void)
{
    imp_mask *left = columns(W, H, 0, 5, 1), *right = columns(W, H, 2, 6, 0.5);
    imp_inputs in = three_styles();
    imp_regions r;

    in.styles = 2;
    in.style[0].region = left;
    in.style[1].region = right;
    in.style[1].weight = 3;
    CHECK_OK(imp_regions_make(&r, &in, W, H, &err));
    for (size_t x = 0; x < W; x++) {   /* 1e-7: the masks are floats */
        const bool both = x >= 2 && x < 5;
        CHECK_CLOSE(at(&r, 0, x), both ? 2.0 / 3 : x < 2, 1e-7);
        CHECK_CLOSE(at(&r, 1, x), both ? 1.0 / 3 : x == 5 ? 0.5 : 0, 1e-7);
    }
    const double a = 4.0 / 8, b = 1.5 / 8, by = (a + b) / (a + 3 * b);
    CHECK_CLOSE(r.weight[0], by * a, 1e-7);
    CHECK_CLOSE(r.weight[1], by * 3 * b, 1e-7);
    imp_regions_free(&r);
    imp_mask_free(left);
    imp_mask_free(right);
}

/* Two styles without masks share what the third and what is kept leave. */
static void test_the_rest_and_what_is_kept(void)
{
    imp_mask *left = columns(W, H, 0, 4, 0.5), *keep = columns(W, H, 3, 6, 0.75);
    imp_inputs in = three_styles();
    imp_regions r;

    in.style[1].region = left;
    in.keep = keep;
    CHECK_OK(imp_regions_make(&r, &in, W, H, &err));
    for (size_t x = 0; x < W; x++) {
        const double free = x >= 3 && x < 6 ? 0.25 : 1, taken = x < 4 ? 0.5 : 0;
        CHECK_CLOSE(at(&r, 1, x), taken * free, 1e-7);
        CHECK_CLOSE(at(&r, 0, x), (1 - taken) / 2 * free, 1e-7);
        CHECK_CLOSE(at(&r, 2, x), (1 - taken) / 2 * free, 1e-7);
    }
    CHECK_CLOSE(r.weight[0] + r.weight[1] + r.weight[2], (5 + 3 * 0.25) / 8, 1e-7);
    imp_regions_free(&r);
    imp_mask_free(left);
    imp_mask_free(keep);
}

static void test_shares(void)
{
    imp_mask *left = columns(W, H, 0, 6, 1), *right = columns(W, H, 4, 6, 0.5);
    imp_mask *keep = columns(W, H, 0, 2, 1);
    imp_inputs in = three_styles();
    double share[IMP_MAX_STYLES];

    CHECK_OK(imp_regions_shares(share, &in, W, H, &err));
    CHECK_CLOSE(share[0] + share[2], 2, 1e-12);
    in.style[0].region = left;
    in.style[1].region = right;
    CHECK_OK(imp_regions_shares(share, &in, W, H, &err));
    CHECK_CLOSE(share[0], 6.0 / 8, 1e-7);   /* 1e-7: the masks are floats */
    CHECK_CLOSE(share[1], 1.0 / 8, 1e-7);
    CHECK_CLOSE(share[2], 2.0 / 8, 1e-7);
    in.keep = keep;
    CHECK_OK(imp_regions_shares(share, &in, W / 2, H / 2, &err));
    CHECK_CLOSE(share[0], 4.0 / 8, 1e-7);
    CHECK_CLOSE(share[2], 2.0 / 8, 1e-7);
    imp_mask_free(left);
    imp_mask_free(right);
    imp_mask_free(keep);
}

/* Weights are as without regions, and masks that are the same everywhere are none. */
static void test_full_and_even_masks_are_none(void)
{
    imp_mask *all = columns(W, H, 0, W, 1), *grey = columns(W, H, 0, W, 0.25);
    imp_inputs in = three_styles();
    imp_regions r;

    in.styles = 1;
    in.style[0].region = all;
    CHECK_OK(imp_regions_make(&r, &in, W, H, &err));
    CHECK(!r.mask[0] && r.weight[0] == 1);
    imp_regions_free(&r);

    in.styles = 2;
    in.style[0].region = grey;
    in.style[1].weight = 2;
    CHECK_OK(imp_regions_make(&r, &in, W, H, &err));
    CHECK(!r.mask[0] && !r.mask[1]);
    CHECK_CLOSE(r.weight[1] / r.weight[0], 2 * 3.0, 1e-7);
    CHECK_CLOSE(r.weight[1] + r.weight[0], 1, 1e-7);
    imp_regions_free(&r);
    imp_mask_free(all);
    imp_mask_free(grey);
}

/* The same for who wants to look at it: nothing left is no error. */
static void test_shares_can_be_seen(void)
{
    imp_mask *left = columns(W, H, 0, 4, 1), *keep = columns(W, H, 3, 6, 1);
    imp_mask *share[IMP_MAX_STYLES];
    imp_inputs in = three_styles();

    in.styles = 2;
    in.style[1].region = left;
    in.keep = keep;
    CHECK_OK(imp_inputs_shares(share, &in, W, H, &err));
    CHECK(share[0] && share[1] && !share[2]);
    for (size_t x = 0; x < W; x++) {
        CHECK(imp_mask_values_const(share[0])[x] == (x >= 6));
        CHECK(imp_mask_values_const(share[1])[x] == (x < 3));
    }
    for (int i = 0; i < 2; i++) imp_mask_free(share[i]);
    in.keep = left;
    CHECK_OK(imp_inputs_shares(share, &in, W, H, &err));
    for (size_t x = 0; x < W; x++) CHECK(imp_mask_values_const(share[1])[x] == 0);
    for (int i = 0; i < 2; i++) imp_mask_free(share[i]);
    CHECK_STATUS(imp_inputs_shares(share, &in, 0, H, &err), IMP_EINVAL);
    CHECK(!share[0] && !share[1]);
    in.styles = IMP_MAX_STYLES + 1;
    CHECK_STATUS(imp_inputs_shares(share, &in, W, H, &err), IMP_EINVAL);
    imp_mask_free(left);
    imp_mask_free(keep);
}

static bool says(const char *what)
{
    if (strstr(err.message, what)) return true;
    printf("# \"%s\" lacks \"%s\"\n", err.message, what);
    return false;
}

static void test_empty_regions_are_refused(void)
{
    imp_mask *none = columns(W, H, 0, 0, 0), *all = columns(W, H, 0, W, 1);
    imp_inputs in = three_styles();
    imp_regions r;

    in.style[1].region = none;
    CHECK_STATUS(imp_regions_make(&r, &in, W, H, &err), IMP_EINVAL);
    CHECK(says("style 2: its region is empty"));
    imp_regions_free(&r);
    in.style[1].name = "wave.jpg";
    CHECK_STATUS(imp_regions_make(&r, &in, W, H, &err), IMP_EINVAL);
    CHECK(says("wave.jpg: its region is empty"));
    in.style[1].name = NULL;
    imp_regions_free(&r);
    in.style[1].region = all;
    CHECK_STATUS(imp_regions_make(&r, &in, W, H, &err), IMP_EINVAL);
    CHECK(says("style 1: the other regions leave nothing"));
    imp_regions_free(&r);
    in.styles = 1;
    in.keep = all;
    CHECK_STATUS(imp_regions_make(&r, &in, W, H, &err), IMP_EINVAL);
    CHECK(says("style 1: ") && says("keep less"));
    imp_regions_free(&r);
    in.style[0].region = all;
    CHECK_STATUS(imp_regions_make(&r, &in, W, H, &err), IMP_EINVAL);
    CHECK(says("style 1: its region") && says("keep less"));
    imp_regions_free(&r);
    imp_mask_free(none);
    imp_mask_free(all);
}

/* --- Masks at the layers ----------------------------------------------------------------- */

/* Which pixels of the picture each unit sees: `pixels` flags a unit, units row by row. */
typedef struct reach { size_t w, h, pixels; bool *flag; } reach;

static reach reach_new(size_t w, size_t h, size_t pixels)
{
    return (reach) { w, h, pixels, imp_alloc(w * h * pixels, sizeof(bool)) };
}

static void join(const reach *to, size_t unit, const reach *from, size_t x, size_t y)
{
    if (x >= from->w || y >= from->h) return;
    for (size_t p = 0; p < to->pixels; p++)
        to->flag[unit * to->pixels + p] |= from->flag[(y * from->w + x) * to->pixels + p];
}

/* Of the next layer's units; those of a pooling see their own two by two alone. */
static reach reach_next(const reach *from, bool pool)
{
    reach to = reach_new(pool ? from->w / 2 : from->w, pool ? from->h / 2 : from->h,
                         from->pixels);

    for (size_t y = 0; y < to.h; y++)
        for (size_t x = 0; x < to.w; x++)
            for (size_t i = 0; i < (pool ? 4 : 9); i++)   /* x - 1 of 0 is beyond all */
                join(&to, y * to.w + x, from, pool ? 2 * x + i % 2 : x + i % 3 - 1,
                     pool ? 2 * y + i / 2 : y + i / 3 - 1);
    return to;
}

/* What the mask comes to over all that a unit sees. */
static double seen_by(const reach *r, size_t unit, const imp_mask *mask, imp_guide rule)
{
    const float *m = imp_mask_values_const(mask);
    double least = 1, most = 0, sum = 0, n = 0;

    for (size_t p = 0; p < r->pixels; p++) {
        if (!r->flag[unit * r->pixels + p]) continue;
        least = fmin(least, (double) m[p]);
        most = fmax(most, (double) m[p]);
        sum += (double) m[p];
        n++;
    }
    return rule == IMP_GUIDE_INSIDE ? least : rule == IMP_GUIDE_ALL ? most : sum / n;
}

static void compare_guide(const imp_mask *guide, const reach *r, const imp_mask *mask,
                          imp_guide rule)
{
    CHECK(imp_mask_width(guide) == r->w && imp_mask_height(guide) == r->h);
    for (size_t i = 0; i < r->w * r->h; i++)   /* 1e-6: means of up to 64 floats */
        CHECK_CLOSE(imp_mask_values_const(guide)[i], seen_by(r, i, mask, rule), 1e-6);
}

/* Soft within, so wide that what units see of it differs from layer to layer. */
static imp_mask *dome(size_t w, size_t h)
{
    imp_mask *mask = columns(w, h, 0, 0, 0);

    for (size_t i = 0; i < w * h; i++) {
        const double x = (double) (i % w) - 0.6 * (double) w;
        const double y = (double) (i / w) - 0.4 * (double) h;
        imp_mask_values(mask)[i] = (float) fmax(1 - 0.06 * hypot(x, y), 0);
    }
    return mask;
}

static void check_guide(size_t w, size_t h, imp_guide rule)
{
    enum { LAYERS = 14 };                      /* to relu3_2 */
    imp_mask *mask = dome(w, h), *guide[LAYERS];
    int layers[LAYERS];
    reach r = reach_new(w, h, w * h);

    for (int i = 0; i < LAYERS; i++) layers[i] = LAYERS - 1 - i;   /* any order */
    for (size_t i = 0; i < w * h; i++) r.flag[i * w * h + i] = true;
    CHECK_OK(imp_guide_carry(guide, mask, &imp_vgg19, layers, LAYERS, rule, &err));
    for (int l = 0; l < LAYERS; l++) {
        const imp_layer_kind kind = imp_vgg19.layer[l].kind;
        const bool pool = kind == IMP_LAYER_POOL;
        if (pool || (kind == IMP_LAYER_CONV && rule != IMP_GUIDE_SIMPLE)) {
            reach next = reach_next(&r, pool);
            imp_free(r.flag);
            r = next;
        }
        compare_guide(guide[LAYERS - 1 - l], &r, mask, rule);
        imp_mask_free(guide[LAYERS - 1 - l]);
    }
    imp_free(r.flag);
    imp_mask_free(mask);
}

static void test_guides_are_what_units_see(void)
{
    for (imp_guide rule = IMP_GUIDE_SIMPLE; rule <= IMP_GUIDE_ALL; rule++) {
        check_guide(24, 20, rule);
        check_guide(13, 11, rule);
        check_guide(4, 31, rule);
    }
}

/* --- Packed pixels ----------------------------------------------------------------------- */

/* Of half the squares of what is seen. */
static void itself(const void *loss, const imp_tensor *packed, imp_tensor *grad)
{
    (void) loss;
    ctx->ops->add_scaled(grad->data, packed->data, 1, imp_tensor_floats(grad));
}

static void pack_and_back(int c, int block, imp_region_sum sum)
{
    enum { SIDE = 9, N = SIDE * SIDE };
    const imp_ops *ops = ctx->ops;
    imp_tensor x = { NULL, c, SIDE, SIDE, block }, grad = x;
    imp_mask *mask = patches(SIDE, SIDE, (uint64_t) c);
    float *m = imp_mask_values(mask), *room, squares = 0;
    double inside = 0, pixels = 0;
    imp_region region;
    size_t k = 0;

    m[4] = 0.4f / 255;
    m[5] = 0.6f / 255;
    for (size_t i = 0; i < N; i++)
        if (m[i] > 0.5f / 255) inside += (double) m[i], pixels++;
    CHECK_OK(imp_region_init(&region, ops, mask, sum, &err));
    x.data = ops->alloc(imp_tensor_floats(&x));
    grad.data = ops->alloc(imp_tensor_floats(&x));
    room = ops->alloc(2 * imp_tensor_floats(&x));
    for (int ch = 0; ch < c; ch++)
        for (int i = 0; i < N; i++)
            x.data[imp_tensor_index(&x, ch, i / SIDE, i % SIDE)] = (float) (ch + 0.01 * i);
    const imp_features f = imp_region_see(&region, &x);
    imp_features_gradient(&f, ops, &grad, room, itself, NULL);
    const imp_tensor seen = imp_features_packed(&f, ops, room);
    CHECK((double) region.part.n == pixels && seen.w == (int) region.part.n && f.pixels == N);
    for (size_t i = 0; i < N; i++) {
        const double by = sum == IMP_REGION_FILLS ? N / inside : 1;
        const double w2 = m[i] > 0.5f / 255 ? by * (double) m[i] : 0;
        for (int ch = 0; ch < c; ch++) {       /* 1e-6: three roundings */
            const size_t e = imp_tensor_index(&x, ch, (int) i / SIDE, (int) i % SIDE);
            CHECK_CLOSE(grad.data[e], w2 * (double) x.data[e], 1e-6);
            if (w2 > 0)
                CHECK_CLOSE(seen.data[imp_tensor_index(&seen, ch, 0, (int) k)],
                            sqrt(w2) * (double) x.data[e], 1e-6);
        }
        if (w2 > 0) squares += region.host_weight[k] * region.host_weight[k], k++;
    }
    CHECK_CLOSE((double) squares, sum == IMP_REGION_FILLS ? N : inside, 1e-5);
    ops->free(x.data);
    ops->free(grad.data);
    ops->free(room);
    imp_region_free(&region);
    imp_mask_free(mask);
}

static void test_packing_and_back(void)
{
    pack_and_back(3, 1, IMP_REGION_FILLS);
    pack_and_back(20, IMP_BLOCK, IMP_REGION_FILLS);
    pack_and_back(64, IMP_BLOCK, IMP_REGION_COUNTS);
}

static void test_whole_and_empty_regions(void)
{
    imp_mask *none = columns(W, H, 0, W, 0.4 / 255);
    imp_region region;

    CHECK_OK(imp_region_init(&region, ctx->ops, NULL, IMP_REGION_FILLS, &err));
    CHECK(region.whole && !imp_region_is_empty(&region));
    imp_region_free(&region);
    CHECK_OK(imp_region_init(&region, ctx->ops, none, IMP_REGION_FILLS, &err));
    CHECK(imp_region_is_empty(&region));
    imp_region_free(&region);
    imp_mask_free(none);
}

/* --- Weighted pixels --------------------------------------------------------------------- */

enum { CHANNELS = 32 };

/* A map of n pixels, of which the mask takes 0 to 4 quarters each, and the same with each as
 * often as it has quarters, without a mask. */
typedef struct twins { imp_tensor once, often; imp_mask *mask; } twins;

static imp_tensor map_of(int n)
{
    imp_tensor map = { NULL, CHANNELS, 1, n, IMP_BLOCK };

    map.data = ctx->ops->alloc(imp_tensor_floats(&map));
    return map;
}

static int quarters(int pixel)
{
    return (7 * pixel + 3) % 5;
}

static twins twins_new(int n, uint64_t seed)
{
    imp_random random = { seed };
    twins t = { .once = map_of(n), .mask = columns((size_t) n, 1, 0, 0, 0) };
    int times = 0, k = 0;

    for (int i = 0; i < n; i++) times += quarters(i);
    t.often = map_of(times);
    for (int i = 0; i < n; i++) {
        imp_mask_values(t.mask)[i] = (float) quarters(i) / 4;
        for (int ch = 0; ch < CHANNELS; ch++) {
            const float x = (float) fmax(imp_random_normal(&random) + ch % 3, 0);
            t.once.data[imp_tensor_index(&t.once, ch, 0, i)] = x;
            for (int copy = 0; copy < quarters(i); copy++)
                t.often.data[imp_tensor_index(&t.often, ch, 0, k + copy)] = x;
        }
        k += quarters(i);
    }
    return t;
}

static void twins_free(twins *t)
{
    ctx->ops->free(t->once.data);
    ctx->ops->free(t->often.data);
    imp_mask_free(t->mask);
}

/* The loss of a map, and its gradient, for the painting's, both within their masks. */
static double loss_of(const imp_params *params, const imp_tensor *f, const imp_mask *mask,
                      const imp_tensor *other, const imp_mask *source, imp_tensor *grad)
{
    float *room = ctx->ops->alloc(2 * imp_tensor_floats(f));
    float *packed = ctx->ops->alloc(imp_tensor_floats(other));
    imp_region region;
    imp_style_loss loss;

    CHECK_STATUS(imp_region_init(&region, ctx->ops, source, IMP_REGION_FILLS, &err), IMP_OK);
    CHECK_STATUS(imp_style_loss_init(&loss, ctx->ops, params, f, mask, 1, &err), IMP_OK);
    const imp_features seen = imp_region_see(&region, other);
    imp_style_loss_target(&loss, &seen, packed);
    imp_style_loss_measure(&loss, f, room);
    imp_style_loss_solve(&loss);
    imp_style_loss_gradient(&loss, f, grad, room);
    imp_style_loss_free(&loss);
    imp_region_free(&region);
    ctx->ops->free(room);
    ctx->ops->free(packed);
    return loss.value;
}

static void compare_twins(const char *kind, int n, int n_other)
{
    twins f = twins_new(n, 11), to = twins_new(n_other, 12);
    imp_tensor once = map_of(n), often = map_of(f.often.w), sum = map_of(n);
    imp_params params = small_params();
    int k = 0;

    SET(&params, "style-loss", kind);
    const double a = loss_of(&params, &f.once, f.mask, &to.once, to.mask, &once);
    const double b = loss_of(&params, &f.often, NULL, &to.often, NULL, &often);
    for (int i = 0; i < n; i++)
        for (int copy = 0; copy < quarters(i); copy++, k++)
            for (int ch = 0; ch < CHANNELS; ch++)
                sum.data[imp_tensor_index(&sum, ch, 0, i)]
                    += often.data[imp_tensor_index(&often, ch, 0, k)];
    /* What may be neglected of few pixels (1e-4), and the map of not so many more in float. */
    const double d = check_distance(once.data, sum.data, imp_tensor_floats(&sum));
    CHECK_CLOSE(a, b, 1e-4);
    if (!(d <= 2e-4))
        check_fail(__FILE__, __LINE__, "%s, %d and %d pixels: off by %.2g", kind, n,
                   n_other, d);
    ctx->ops->free(once.data);
    ctx->ops->free(often.data);
    ctx->ops->free(sum.data);
    twins_free(&f);
    twins_free(&to);
}

/* Fewer pixels than channels on either side, and more. */
static void test_weights_are_as_repetitions(void)
{
    static const int pixels[] = { 12, 20, 45, 200 };

    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 4; k++) {
            compare_twins("gram", pixels[i], pixels[k]);
            compare_twins("wasserstein", pixels[i], pixels[k]);
        }
}

/* --- The gradient ------------------------------------------------------------------------ */

typedef struct setting { imp_params params; imp_seen seen; imp_objective *objective; } setting;

static imp_stage own_size(const imp_inputs *in)
{
    imp_stage stage = { .styles = in->styles };

    stage.width = imp_image_width(in->photo);
    stage.height = imp_image_height(in->photo);
    for (int i = 0; i < in->styles; i++)
        stage.style[i] = (imp_extent) { imp_image_width(in->style[i].painting),
                                        imp_image_height(in->style[i].painting) };
    return stage;
}

static imp_status set_up(setting *s, const imp_inputs *in)
{
    const imp_stage stage = own_size(in);
    imp_status status = IMP_OK;
    imp_inputs seen;

    s->seen = (imp_seen) { .photo = NULL };
    s->objective = NULL;
    TRY(imp_seen_make(&s->seen, in, &s->params, &stage, NULL, &err));
    seen = imp_seen_inputs(&s->seen, in);
    TRY(imp_objective_new(&s->objective, &(imp_objective_desc) {
        .ctx = ctx, .model = model, .params = &s->params, .inputs = &seen }, &err));
    TRY(imp_objective_check(s->objective, &seen, &err));
done:
    return status;
}

static void take_down(setting *s)
{
    imp_objective_free(s->objective);
    imp_seen_forget(&s->seen, NULL);
}

/* The loss's change along the gradient, cut down to the columns from `from` to before `to`, by
 * central differences, is the square of that part's length. */
static void check_slope(setting *s, float *x, const float *gradient, size_t from, size_t to)
{
    const size_t w = imp_image_width(photo), h = imp_image_height(photo), n = 3 * w * h;
    imp_tensor y = { imp_alloc(n, sizeof(float)), 3, (int) h, (int) w, 1 };
    imp_tensor unused = { imp_alloc(n, sizeof(float)), 3, (int) h, (int) w, 1 };
    double squares = 0, loss[2], step;
    imp_losses losses;

    for (size_t i = 0; i < n; i++)
        if (i % w >= from && i % w < to) squares += pow((double) gradient[i], 2);
    step = 2e-3 * sqrt((double) (3 * h * (to - from)) / squares);   /* 0.002 a pixel */
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < n; i++) {
            const bool in = i % w >= from && i % w < to;
            y.data[i] = x[i] + (float) (in ? (side ? -step : step) * (double) gradient[i] : 0);
        }
        imp_objective_eval(s->objective, &y, &unused, &losses);
        loss[side] = losses.total;
    }
    /* 1e-2: rectifiers that change sides between, and the third derivative */
    CHECK_CLOSE((loss[0] - loss[1]) / (2 * step), squares, 1e-2);
    imp_free(y.data);
    imp_free(unused.data);
}

static void check_gradient(const imp_inputs *in, const char *loss, const char *rule)
{
    const size_t w = imp_image_width(photo), n = 3 * w * imp_image_height(photo);
    imp_image *start = waves(w, imp_image_height(photo), 0.55, 9);
    imp_tensor x = { imp_alloc(n, sizeof(float)), 3, (int) imp_image_height(photo), (int) w,
                     1 };
    imp_tensor gradient = x;
    setting s = { .params = small_params() };
    imp_losses losses;

    SET(&s.params, "style-loss", loss, "guide", rule, "content-weight", "1", "style-weight",
        "1e3");
    gradient.data = imp_alloc(n, sizeof(float));
    CHECK_OK(set_up(&s, in));
    imp_variable_from_image(x.data, start, s.params.variable);
    imp_objective_eval(s.objective, &x, &gradient, &losses);
    CHECK(losses.content > 0 && losses.of_style[0] > 0 && losses.of_style[1] > 0);
    CHECK_CLOSE(losses.of_style[0] + losses.of_style[1], losses.style, 1e-12);
    check_slope(&s, x.data, gradient.data, 0, w);
    check_slope(&s, x.data, gradient.data, 0, 12);
    check_slope(&s, x.data, gradient.data, 12, 24);
    check_slope(&s, x.data, gradient.data, 30, w);
    take_down(&s);
    imp_image_free(start);
    imp_free(x.data);
    imp_free(gradient.data);
}

static void test_gradient_by_differences(void)
{
    imp_mask *left = columns(40, 30, 0, 20, 1), *all = patches(40, 30, 3);
    imp_mask *source = columns(36, 34, 8, 30, 0.7), *content = columns(40, 30, 10, 40, 0.6);
    imp_inputs in = three_styles();

    in.styles = 2;
    in.style[0].region = left;
    in.style[1].region = all;
    in.style[1].weight = 2;
    in.style[1].source = source;
    in.content = content;
    check_gradient(&in, "gram", "simple");
    check_gradient(&in, "gram", "all");
    check_gradient(&in, "wasserstein", "simple");
    check_gradient(&in, "wasserstein", "all");
    imp_mask_free(left);
    imp_mask_free(all);
    imp_mask_free(source);
    imp_mask_free(content);
}

/* Where neither a style nor the content is wanted nothing pulls, but for total variation. */
static void test_nothing_pulls_in_gaps(void)
{
    imp_mask *left = columns(40, 30, 0, 12, 1), *content = columns(40, 30, 4, 10, 1);
    const size_t n = 3 * 40 * 30;
    imp_tensor x = { imp_alloc(n, sizeof(float)), 3, 30, 40, 1 }, gradient = x;
    setting s = { .params = small_params() };
    imp_inputs in = three_styles();
    imp_losses losses;
    double far = 0, near = 0;

    SET(&s.params, "tv-weight", "0");
    in.styles = 1;
    in.style[0].region = left;
    in.content = content;
    gradient.data = imp_alloc(n, sizeof(float));
    CHECK_OK(set_up(&s, &in));
    imp_variable_from_image(x.data, photo, s.params.variable);
    imp_objective_eval(s.objective, &x, &gradient, &losses);
    /* A unit of relu3_1 by the edge sees ten pixels or less beyond its own; fast convolutions
     * leave some rounding of their neighbours there. */
    for (size_t i = 0; i < n; i++) {
        double *most = i % 40 >= 24 ? &far : &near;
        *most = fmax(*most, fabs((double) gradient.data[i]));
    }
    CHECK(losses.style > 0 && near > 0 && far <= 1e-6 * near);
    take_down(&s);
    imp_mask_free(left);
    imp_mask_free(content);
    imp_free(x.data);
    imp_free(gradient.data);
}

static void test_regions_too_small_for_the_layers(void)
{
    imp_mask *thin = columns(40, 30, 20, 21, 1);
    setting s = { .params = small_params() };
    imp_inputs in = three_styles();

    SET(&s.params, "guide", "inside", "style-layers", "relu3_1");
    in.styles = 2;
    in.style[1].region = thin;
    in.style[1].name = "wave.jpg";
    CHECK_STATUS(set_up(&s, &in), IMP_EINVAL);
    CHECK(says("wave.jpg: ") && says("guide simple"));
    take_down(&s);
    imp_mask_free(thin);
}

/* A plan tries the job in small, where fewer layers see a region, or none. */
static void test_plans_of_thin_regions(void)
{
    imp_image *large = waves(256, 256, 0.2, 4);
    imp_mask *thin = columns(256, 256, 100, 104, 1);
    imp_inputs in = imp_inputs_of(large, painting);
    imp_params params = small_params();
    imp_plan plan;

    SET(&params, "guide", "inside", "style-layers", "relu1_1", "content-layers", "relu1_1");
    in.style[0].region = thin;
    CHECK_STATUS(imp_painter_plan(&plan, ctx, model, &in, &params, &err), IMP_OK);
    CHECK_CLOSE(plan.share[0], 4.0 / 256, 1e-7);
    imp_image_free(large);
    imp_mask_free(thin);
}

/* --- The painter ------------------------------------------------------------------------- */

/* From coarse to fine. */
static imp_params two_sizes(const char *loss)
{
    imp_params params = small_params();

    SET(&params, "style-loss", loss, "start-size", "20", "scale-factor", "2", "steps", "3",
        "size", "40", "style-weight", "1e3");
    return params;
}

static imp_image *paint(const imp_inputs *in, const imp_params *params)
{
    imp_painter *p = NULL;
    imp_image *out = NULL;

    if (imp_painter_new(&p, ctx, model, in, params, &err) != IMP_OK
        || imp_painter_step(p, 1000, NULL, &err) != IMP_OK
        || imp_painter_image(&out, p, &err) != IMP_OK) {
        check_fail(__FILE__, __LINE__, "%s", err.message);
        exit(check_done());
    }
    imp_painter_free(p);
    return out;
}

static bool same(const imp_image *a, const imp_image *b)
{
    const size_t n = 3 * imp_image_width(a) * imp_image_height(a);

    return imp_image_width(a) == imp_image_width(b)
           && imp_image_height(a) == imp_image_height(b)
           && !memcmp(imp_image_rgb_const(a), imp_image_rgb_const(b), n * sizeof(float));
}

static void white_changes_nothing(const char *loss, const char *rule)
{
    imp_mask *white = full(photo), *white_source = full(painting);
    imp_mask *black = columns(40, 30, 0, 0, 0);
    imp_params params = two_sizes(loss);
    imp_inputs with[5];
    imp_image *plain;

    SET(&params, "guide", rule);
    plain = paint(PAIR(photo, painting), &params);
    for (int i = 0; i < 5; i++) with[i] = imp_inputs_of(photo, painting);
    with[0].style[0].region = with[4].style[0].region = white;
    with[1].style[0].source = with[4].style[0].source = white_source;
    with[2].content = with[4].content = white;
    with[3].keep = with[4].keep = black;
    for (int i = 0; i < 5; i++) {
        imp_image *masked = paint(&with[i], &params);
        if (!same(plain, masked))
            check_fail(__FILE__, __LINE__, "%s, %s, masks %d: another picture", loss, rule, i);
        imp_image_free(masked);
    }
    imp_image_free(plain);
    imp_mask_free(white);
    imp_mask_free(white_source);
    imp_mask_free(black);
}

static void test_white_masks_change_nothing(void)
{
    white_changes_nothing("gram", "simple");
    white_changes_nothing("gram", "inside");
    white_changes_nothing("wasserstein", "simple");
    white_changes_nothing("wasserstein", "all");
}

/* 1 up to column 15, half in that one, 0 beyond; or turned over. */
static imp_mask *left_with_edge(bool turned)
{
    imp_mask *mask = columns(40, 30, 0, 15, 1);
    float *m = imp_mask_values(mask);

    for (size_t i = 0; i < 40 * 30; i++) {
        if (i % 40 == 15) m[i] = 0.5f;
        if (turned) m[i] = 1 - m[i];
    }
    return mask;
}

/* At 1 the photograph to the bit, at 0 what is painted, between in proportion; painted is what
 * would be if the style had a region that leaves out as much. */
static void test_what_is_kept_is_the_photograph(void)
{
    imp_mask *keep = left_with_edge(false), *rest = left_with_edge(true);
    imp_params params = two_sizes("gram");
    imp_inputs in = imp_inputs_of(photo, painting), without = in;
    imp_image *out, *painted;
    double most = 0;

    in.keep = keep;
    without.style[0].region = rest;
    out = paint(&in, &params);
    painted = paint(&without, &params);
    for (size_t i = 0; i < 3 * 40 * 30; i++) {
        const double share = (double) imp_mask_values(keep)[i / 3];
        const float was = imp_image_rgb(photo)[i], now = imp_image_rgb(painted)[i];
        const float got = imp_image_rgb(out)[i];
        if (i / 3 % 40 < 15) CHECK(!memcmp(&got, &was, sizeof got));
        else CHECK(fabs((double) got - (now + share * (was - now))) < 1e-6);   /* roundings */
        most = fmax(most, share < 1 ? fabs((double) (now - was)) : 0);
    }
    CHECK(most > 0.05);
    imp_image_free(painted);
    imp_image_free(out);
    imp_mask_free(keep);
    imp_mask_free(rest);
}

static void test_the_coarsest_size_keeps_too(void)
{
    imp_mask *keep = left_with_edge(false);
    imp_params params = two_sizes("gram");
    imp_inputs in = imp_inputs_of(photo, painting);
    imp_image *out = NULL, *small = NULL;
    imp_painter *p = NULL;

    in.keep = keep;
    CHECK_OK(imp_painter_new(&p, ctx, model, &in, &params, &err));
    CHECK_OK(imp_painter_step(p, 3, NULL, &err));
    CHECK_OK(imp_painter_image(&out, p, &err));
    CHECK(imp_image_width(out) == 20);
    CHECK_OK(imp_image_resize(&small, photo, 20, 15, params.filter, params.linear_light,
                              &err));
    CHECK(!memcmp(imp_image_rgb(out), imp_image_rgb(small), 7 * 3 * sizeof(float)));
    imp_image_free(small);
    imp_image_free(out);
    imp_painter_free(p);
    imp_mask_free(keep);
}

static void test_keeping_all_is_refused(void)
{
    imp_mask *all = full(photo);
    imp_params params = two_sizes("gram");
    imp_inputs in = imp_inputs_of(photo, painting);
    imp_painter *p = NULL;

    in.keep = all;
    CHECK_STATUS(imp_painter_new(&p, ctx, model, &in, &params, &err), IMP_EINVAL);
    CHECK(!p && says("style 1: "));
    imp_mask_free(all);
}

/* Each half comes nearer to its own painting than to the other's, by the Gram matrices of what
 * is within it. */
static void test_each_region_gets_its_style(void)
{
    imp_mask *left = columns(40, 30, 0, 20, 1), *right = columns(40, 30, 20, 40, 1);
    imp_image *other = waves(36, 34, 1.7, 5), *out;
    imp_params params = two_sizes("gram");
    imp_inputs in = three_styles();
    double loss[2][2];

    SET(&params, "steps", "50", "start-size", "0", "optimiser", "lbfgs", "content-weight", "0",
        "content-layers", "none", "tv-weight", "0", "style-layers", "relu1_1,conv2_1");
    in.styles = 2;
    in.style[1].painting = other;
    in.style[0].region = left;
    in.style[1].region = right;
    out = paint(&in, &params);
    for (int crossed = 0; crossed < 2; crossed++) {
        setting s = { .params = params };
        imp_tensor x = { imp_alloc(3600, sizeof(float)), 3, 30, 40, 1 }, gradient = x;
        imp_losses losses;
        in.style[0].region = crossed ? right : left;
        in.style[1].region = crossed ? left : right;
        gradient.data = imp_alloc(3600, sizeof(float));
        CHECK_OK(set_up(&s, &in));
        imp_variable_from_image(x.data, out, params.variable);
        imp_objective_eval(s.objective, &x, &gradient, &losses);
        memcpy(loss[crossed], losses.of_style, sizeof loss[crossed]);
        take_down(&s);
        imp_free(x.data);
        imp_free(gradient.data);
    }
    printf("# own style %.3g and %.3g, the other's %.3g and %.3g\n", loss[0][0], loss[0][1],
           loss[1][0], loss[1][1]);
    CHECK(4 * loss[0][0] < loss[1][0] && 4 * loss[0][1] < loss[1][1]);
    imp_image_free(out);
    imp_image_free(other);
    imp_mask_free(left);
    imp_mask_free(right);
}

int main(void)
{
    if (imp_context_new(&ctx, NULL, &err) != IMP_OK) return 1;
    model = made_up_model("conv3_1");
    photo = waves(40, 30, 0.3, 1);
    painting = waves(36, 34, 0.9, 2);
    CHECK_RUN(test_regions_part_the_picture);
    CHECK_RUN(test_overlaps_are_shared_and_gaps_stay);
    CHECK_RUN(test_the_rest_and_what_is_kept);
    CHECK_RUN(test_shares);
    CHECK_RUN(test_full_and_even_masks_are_none);
    CHECK_RUN(test_shares_can_be_seen);
    CHECK_RUN(test_empty_regions_are_refused);
    CHECK_RUN(test_guides_are_what_units_see);
    CHECK_RUN(test_packing_and_back);
    CHECK_RUN(test_whole_and_empty_regions);
    CHECK_RUN(test_weights_are_as_repetitions);
    CHECK_RUN(test_gradient_by_differences);
    CHECK_RUN(test_nothing_pulls_in_gaps);
    CHECK_RUN(test_regions_too_small_for_the_layers);
    CHECK_RUN(test_plans_of_thin_regions);
    CHECK_RUN(test_white_masks_change_nothing);
    CHECK_RUN(test_what_is_kept_is_the_photograph);
    CHECK_RUN(test_the_coarsest_size_keeps_too);
    CHECK_RUN(test_keeping_all_is_refused);
    CHECK_RUN(test_each_region_gets_its_style);
    imp_image_free(photo);
    imp_image_free(painting);
    imp_model_free(model);
    imp_context_free(ctx);
    return check_done();
}
