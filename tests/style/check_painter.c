/* check_painter.c - the recipe's parts that are not parameters, with made-up weights:
 * variable, start, objective, painter. The sizes from coarse to fine: check_schedule.c. */
#include "check.h"
#include "pair.h"

#include <impasto/style.h>

#include "engine/context.h"
#include "made_up_job.h"
#include "made_up_model.h"
#include "style/objective.h"
#include "style/start.h"
#include "style/variable.h"

static imp_error err;
static imp_context *ctx;
static imp_model *model;
static imp_image *photo, *painting;
static const imp_variable variables[] = {
    IMP_VARIABLE_UNIT, IMP_VARIABLE_BYTE, IMP_VARIABLE_NORMALISED,
};

/* Paints to the end; the caller frees the picture. */
static imp_image *paint(const imp_context *with, const imp_params *params,
                        imp_progress *progress)
{
    imp_painter *p = NULL;
    imp_image *out = NULL;

    if (imp_painter_new(&p, with, model, PAIR(photo, painting), params, &err) != IMP_OK
        || imp_painter_step(p, 1000, progress, &err) != IMP_OK
        || imp_painter_image(&out, p, &err) != IMP_OK)
        check_fail(__FILE__, __LINE__, "%s", err.message);
    imp_painter_free(p);
    return out;
}

/* --- Variable ---------------------------------------------------------------------------- */

static void test_input_of_a_known_pixel(void)
{
    static const float rgb[3] = { 0.2f, 0.5f, 0.9f };
    static const double caffe[3] = {
        0.9 * 255 - 103.939, 0.5 * 255 - 116.779, 0.2 * 255 - 123.68,
    };
    static const double torchvision[3] = {
        (0.2 - 0.485) / 0.229, (0.5 - 0.456) / 0.224, (0.9 - 0.406) / 0.225,
    };

    for (size_t i = 0; i < 3; i++) {
        const imp_variable_map v = imp_variable_map_of(variables[i]);
        const imp_input_map c = imp_input_map_of(IMP_CONVENTION_CAFFE, variables[i]);
        const imp_input_map t = imp_input_map_of(IMP_CONVENTION_TORCHVISION, variables[i]);
        float x[3];
        for (int ch = 0; ch < 3; ch++) x[ch] = v.scale[ch] * rgb[ch] + v.shift[ch];
        /* 1e-5: a few roundings of numbers up to 255, difference above 10 */
        for (int ch = 0; ch < 3; ch++) {
            CHECK_CLOSE(c.scale[ch] * x[c.from[ch]] + c.shift[ch], caffe[ch], 1e-5);
            CHECK_CLOSE(t.scale[ch] * x[t.from[ch]] + t.shift[ch], torchvision[ch], 1e-5);
        }
    }
}

static void test_gradient_map_is_the_adjoint(void)
{
    const imp_input_map to = imp_input_map_of(IMP_CONVENTION_CAFFE, IMP_VARIABLE_NORMALISED);
    const imp_input_map from = imp_input_map_gradient(&to);
    static const float x[3] = { 1, 20, 300 }, g[3] = { 7, 50, 1000 };
    double forward = 0, backward = 0;

    for (int ch = 0; ch < 3; ch++) {
        forward += (double) g[ch] * to.scale[ch] * x[to.from[ch]];
        backward += (double) x[ch] * from.scale[ch] * g[from.from[ch]];
    }
    CHECK_CLOSE(forward, backward, 1e-12);
}

static void test_variable_round_trip(void)
{
    float *planes = imp_alloc(3 * 40 * 30, sizeof *planes);
    imp_image *back = NULL;

    CHECK_OK(imp_image_new(&back, 40, 30, false, &err));
    for (size_t i = 0; i < 3; i++) {
        imp_variable_from_image(planes, photo, variables[i]);
        imp_variable_to_image(back, planes, variables[i]);
        /* 1e-6: a few roundings of numbers near 1 */
        CHECK(largest_difference(back, photo) < 1e-6);
    }
    imp_image_free(back);
    imp_free(planes);
}

/* --- Start ------------------------------------------------------------------------------- */

static void test_start_from_content_and_mixtures(void)
{
    imp_params params = small_params();
    imp_image *start = NULL, *white = NULL;

    CHECK_OK(imp_start_image(&start, &params, photo, painting, NULL, &err));
    CHECK(largest_difference(start, photo) == 0);
    imp_image_free(start);

    CHECK_OK(imp_image_new(&white, 7, 5, false, &err));
    for (size_t i = 0; i < 3 * 35; i++) imp_image_rgb(white)[i] = 1;
    params.init = IMP_INIT_IMAGE;
    params.init_weight = 0.25;
    CHECK_OK(imp_start_image(&start, &params, photo, painting, white, &err));
    CHECK_CLOSE(imp_image_rgb(start)[100], 0.75 * imp_image_rgb(photo)[100] + 0.25, 1e-6);
    imp_image_free(start);
    imp_image_free(white);
}

static void test_start_from_noise_follows_the_seed(void)
{
    imp_params params = small_params();
    imp_image *a, *b, *c;

    for (imp_init init = IMP_INIT_STYLE; init <= IMP_INIT_NOISE; init++) {
        params.init = init;
        params.seed = 1;
        CHECK_OK(imp_start_image(&a, &params, photo, painting, NULL, &err));
        CHECK_OK(imp_start_image(&b, &params, photo, painting, NULL, &err));
        params.seed = 2;
        CHECK_OK(imp_start_image(&c, &params, photo, painting, NULL, &err));
        CHECK(largest_difference(a, b) == 0);
        CHECK(largest_difference(a, c) > 0.1);
        imp_image_free(a);
        imp_image_free(b);
        imp_image_free(c);
    }
}

/* The mean of what the network was trained on, to well below what an eye or a file tells. */
static void test_start_from_grey(void)
{
    static const double mean[3] = { 123.68 / 255, 116.779 / 255, 103.939 / 255 };
    imp_params params = small_params();
    imp_image *start[2];
    double worst = 0;

    params.init = IMP_INIT_GREY;
    for (int k = 0; k < 2; k++) {
        params.seed = (uint64_t) k;
        CHECK_OK(imp_start_image(&start[k], &params, photo, painting, NULL, &err));
    }
    for (size_t i = 0; i < 3 * 1200; i++)
        worst = fmax(worst, fabs(imp_image_rgb(start[0])[i] - mean[i % 3]));
    /* The largest of 3600 normal numbers is about 3.5 deviations of 1e-3 / 255. */
    CHECK(worst > 8e-6 && worst < 2.5e-5);
    CHECK(largest_difference(start[0], start[1]) > 0);
    imp_image_free(start[0]);
    imp_image_free(start[1]);
}

/* Noise has the mean and covariance of a painting whose colours hardly reach the limits. */
static void test_start_like_the_style(void)
{
    imp_params params = small_params();
    imp_image *big = waves(200, 200, 0.3, 1), *start;
    double mean[2] = { 0 }, product[2] = { 0 };

    for (size_t i = 0; i < 3 * 40000; i++)   /* less contrast, channels correlated */
        imp_image_rgb(big)[i] = i % 3 ? 0.5f + 0.5f * (imp_image_rgb(big)[i - i % 3] - 0.45f)
                                      : 0.5f + 0.25f * (imp_image_rgb(big)[i] - 0.5f);
    params.init = IMP_INIT_STYLE;
    CHECK_OK(imp_start_image(&start, &params, big, big, NULL, &err));
    for (size_t i = 0; i < 40000; i++)
        for (int k = 0; k < 2; k++) {
            const float *p = imp_image_rgb(k ? start : big) + 3 * i;
            mean[k] += p[1] / 40000.0;
            product[k] += (p[0] - 0.5) * (p[2] - 0.5) / 40000.0;
        }
    /* 40000 samples: deviation of a mean is 0.5 % of sigma */
    CHECK_CLOSE(mean[1], mean[0], 0.01);
    CHECK_CLOSE(product[1], product[0], 0.05);
    imp_image_free(big);
    imp_image_free(start);
}

/* --- Objective --------------------------------------------------------------------------- */

/* The loss's change along the gradient, by central differences, is the gradient's length. */
static void check_slope(const imp_params *params)
{
    const imp_tensor shape = { NULL, 3, 30, 40, 1 };
    const size_t n = imp_tensor_floats(&shape);
    imp_tensor x = shape, grad = shape, step = shape;
    imp_objective *obj = NULL;
    imp_losses loss, more, less;
    double length = 0;

    CHECK_OK(imp_objective_new(&obj, &(imp_objective_desc) {
        .ctx = ctx, .model = model, .params = params,
        .inputs = PAIR(photo, painting) }, &err));
    x.data = imp_alloc(n, sizeof(float));
    grad.data = imp_alloc(n, sizeof(float));
    step.data = imp_alloc(n, sizeof(float));
    imp_variable_from_image(x.data, painting, params->variable);   /* any values will do */
    imp_objective_eval(obj, &x, &grad, &loss);
    for (size_t i = 0; i < n; i++) length += (double) grad.data[i] * grad.data[i];
    length = sqrt(length);
    CHECK(length > 0 && loss.content > 0 && loss.style > 0);
    CHECK_CLOSE(loss.content + loss.style + loss.tv, loss.total, 1e-12);

    const double h = 1e-3 * loss.total / length;   /* changes the loss by a thousandth */
    imp_losses unused;
    for (size_t i = 0; i < n; i++)
        step.data[i] = (float) (x.data[i] + h * grad.data[i] / length);
    imp_tensor scratch = grad;
    scratch.data = imp_alloc(n, sizeof(float));
    imp_objective_eval(obj, &step, &scratch, &more);
    for (size_t i = 0; i < n; i++)
        step.data[i] = (float) (x.data[i] - h * grad.data[i] / length);
    imp_objective_eval(obj, &step, &scratch, &less);
    /* The loss is good to about 1e-6 of itself, so the quotient to 1e-3; kinks cost more. */
    CHECK_CLOSE((more.total - less.total) / (2 * h), length, 1e-2);
    imp_objective_eval(obj, &x, &scratch, &unused);
    CHECK(!memcmp(scratch.data, grad.data, n * sizeof(float)) && unused.total == loss.total);

    imp_objective_free(obj);
    imp_free(x.data);
    imp_free(grad.data);
    imp_free(step.data);
    imp_free(scratch.data);
}

static void test_objective_slopes(void)
{
    static const char *const variants[][2] = {
        { "gram-norm", "none" }, { "gram-norm", "chw" }, { "style-norm", "chw" },
        { "style-reduction", "sum" }, { "content-reduction", "sum" }, { "pooling", "average" },
        { "pooling", "l2" }, { "padding", "replicate" }, { "variable", "byte" },
        { "variable", "normalised" }, { "tv-kind", "absolute" }, { "tv-reduction", "sum" },
        { "content-layers", "relu2_2,relu1_1:0.1" }, { "style-weight", "3" },
    };
    imp_params params = small_params();

    check_slope(&params);
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        params = small_params();
        CHECK_OK(imp_params_set(&params, variants[i][0], variants[i][1], &err));
        check_slope(&params);
    }
}

/* The losses of the photograph under these inputs. */
static imp_losses losses_of(const imp_inputs *inputs, const imp_params *params)
{
    const imp_tensor shape = { NULL, 3, 30, 40, 1 };
    const size_t n = imp_tensor_floats(&shape);
    imp_tensor x = shape, g = shape;
    imp_objective *obj = NULL;
    imp_losses loss = { 0 };

    if (imp_objective_new(&obj, &(imp_objective_desc) {
            .ctx = ctx, .model = model, .params = params, .inputs = inputs }, &err) != IMP_OK)
        check_fail(__FILE__, __LINE__, "%s", err.message);
    x.data = imp_alloc(n, sizeof(float));
    g.data = imp_alloc(n, sizeof(float));
    imp_variable_from_image(x.data, photo, params->variable);
    if (obj) imp_objective_eval(obj, &x, &g, &loss);
    imp_objective_free(obj);
    imp_free(x.data);
    imp_free(g.data);
    return loss;
}

/* Each counts by its share of the weights, whatever their sum. */
static void test_several_styles(void)
{
    static const char *const kinds[] = { "gram", "wasserstein" };
    imp_image *other = waves(40, 30, 0.9, 7);
    imp_inputs both = imp_inputs_of(photo, painting);
    imp_params params = small_params();

    both.styles = 2;
    both.style[0].weight = 0.25;   /* as imp_seen_inputs() gives them */
    both.style[1] = (imp_style) { .painting = other, .weight = 0.75, .scale = 1 };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        SET(&params, "style-loss", kinds[i]);
        const imp_losses one = losses_of(PAIR(photo, painting), &params);
        const imp_losses two = losses_of(PAIR(photo, other), &params);
        const imp_losses all = losses_of(&both, &params);
        CHECK(one.style > 0 && two.style > 0 && one.style != two.style);
        CHECK_CLOSE(all.of_style[0], one.style / 4, 1e-9);
        CHECK_CLOSE(all.of_style[1], 3 * two.style / 4, 1e-9);
        CHECK_CLOSE(all.style, all.of_style[0] + all.of_style[1], 1e-12);
        CHECK_CLOSE(all.style_layer[0] + all.style_layer[1] + all.style_layer[2], all.style,
                    1e-12);
        CHECK_CLOSE(one.style, one.of_style[0], 1e-12);
        CHECK(all.content == one.content);
    }
    imp_image_free(other);
}

/* By the place in the list, whatever the depth. */
static void test_style_decay(void)
{
    imp_params params = small_params();

    SET(&params, "style-layers", "conv2_1:0.5,relu3_1,relu1_1");
    const imp_losses even = losses_of(PAIR(photo, painting), &params);
    SET(&params, "style-decay", "0.2");
    const imp_losses less = losses_of(PAIR(photo, painting), &params);
    for (int k = 0; k < 3; k++) {
        CHECK(even.style_layer[k] > 0);
        CHECK_CLOSE(less.style_layer[k], even.style_layer[k] * pow(0.2, k), 1e-12);
    }
    CHECK(less.content == even.content);
}

/* Strokes of another size are those of a resized painting. */
static void test_style_scale(void)
{
    imp_params params = small_params();
    imp_inputs scaled = imp_inputs_of(photo, painting);
    imp_plan plan;

    SET(&params, "style-fit", "keep", "style-scale", "1.5");
    scaled.style[0].scale = 2;
    CHECK_OK(imp_painter_plan(&plan, ctx, model, &scaled, &params, &err));
    CHECK(plan.stage[0].style[0].width == 3 * imp_image_width(painting));
    CHECK(plan.stage[0].style[0].height == 3 * imp_image_height(painting));
}

static void test_inputs_refused(void)
{
    imp_params params = small_params();
    imp_inputs in = imp_inputs_of(photo, painting);
    imp_painter *p = NULL;

    in.styles = 2;
    CHECK_STATUS(imp_painter_new(&p, ctx, model, &in, &params, &err), IMP_EINVAL);
    CHECK(strstr(err.message, "style 2: the painting is missing"));
    in.style[1] = (imp_style) { .painting = painting, .weight = 0, .scale = 1 };
    CHECK_STATUS(imp_painter_new(&p, ctx, model, &in, &params, &err), IMP_EINVAL);
    CHECK(strstr(err.message, "style 2: weight 0"));
    in.style[1].name = "wave.jpg";
    in.style[1].weight = 1;
    for (int match = -1; match <= IMP_MATCH_AS_PARAMS + 1; match += IMP_MATCH_AS_PARAMS + 2) {
        in.style[1].match_colours = (imp_match) match;
        CHECK_STATUS(imp_painter_new(&p, ctx, model, &in, &params, &err), IMP_EINVAL);
        CHECK(strstr(err.message, "wave.jpg: match_colours is "));
    }
    in.styles = 0;
    CHECK_STATUS(imp_painter_new(&p, ctx, model, &in, &params, &err), IMP_EINVAL);
    in.styles = IMP_MAX_STYLES + 1;
    CHECK_STATUS(imp_painter_new(&p, ctx, model, &in, &params, &err), IMP_EINVAL);
    in = imp_inputs_of(NULL, painting);
    CHECK_STATUS(imp_painter_new(&p, ctx, model, &in, &params, &err), IMP_EINVAL);
    CHECK(!p);
}

/* --- Painter ----------------------------------------------------------------------------- */

static void test_painter_counts_and_stops(void)
{
    const imp_params params = small_params();
    imp_painter *p = NULL;
    imp_progress progress;
    double first;

    CHECK_OK(imp_painter_new(&p, ctx, model, PAIR(photo, painting), &params, &err));
    CHECK_OK(imp_painter_step(p, 1, &progress, &err));
    CHECK(progress.step == 1 && progress.steps == 6 && !progress.done);
    CHECK(progress.width == 40 && progress.height == 30 && progress.seconds > 0);
    first = progress.loss.total;
    CHECK_OK(imp_painter_step(p, 100, &progress, &err));
    CHECK(progress.step == 6 && progress.done && progress.loss.total < first);
    CHECK_OK(imp_painter_step(p, 1, &progress, &err));
    CHECK(progress.step == 6 && progress.done);
    imp_painter_free(p);
}

/* What `preprocess` names is fed, whatever the model says of itself. */
static void test_preprocess(void)
{
    imp_params params = small_params();
    imp_progress automatic, caffe, torchvision;

    params.steps.count[0] = 1;
    imp_image_free(paint(ctx, &params, &automatic));
    params.preprocess = IMP_PREPROCESS_CAFFE;
    imp_image_free(paint(ctx, &params, &caffe));
    params.preprocess = IMP_PREPROCESS_TORCHVISION;
    imp_image_free(paint(ctx, &params, &torchvision));
    CHECK(automatic.loss.total == caffe.loss.total);
    /* Inputs are a hundred times smaller. */
    CHECK(torchvision.loss.style < caffe.loss.style / 100);
}

/* The products' precision reaches the convolutions: bf16 has 8 bits, and errors add up. */
static void test_precision(void)
{
    imp_params params = small_params();
    imp_context_params plain;
    imp_context *c = NULL;
    imp_progress full, half;

    imp_context_params_init(&plain);
    plain.backend = "reference";
    CHECK_OK(imp_context_new(&c, &plain, &err));
    SET(&params, "steps", "1");
    imp_image_free(paint(c, &params, &full));
    SET(&params, "precision", "bf16");
    imp_image_free(paint(c, &params, &half));
    CHECK(half.loss.style != full.loss.style);
    CHECK_CLOSE(half.loss.style, full.loss.style, 0.05);
    imp_context_free(c);
}

static void test_same_settings_same_bytes(void)
{
    const imp_params params = small_params();
    imp_progress progress;
    imp_image *a = paint(ctx, &params, &progress), *b = paint(ctx, &params, &progress);

    CHECK(a && b && largest_difference(a, b) == 0);
    CHECK(a && largest_difference(a, photo) > 0.01);
    imp_image_free(a);
    imp_image_free(b);
}

static void test_plain_c_agrees_with_the_fastest(void)
{
    const imp_params params = small_params();
    imp_context_params plain;
    imp_context *c = NULL;
    imp_progress fast, slow;
    imp_image *a, *b;

    imp_context_params_init(&plain);
    plain.backend = "c";
    CHECK_OK(imp_context_new(&c, &plain, &err));
    a = paint(ctx, &params, &fast);
    b = paint(c, &params, &slow);
    /* 1e-3: Adam's first steps follow signs */
    CHECK_CLOSE(fast.loss.total, slow.loss.total, 1e-3);
    imp_image_free(a);
    imp_image_free(b);
    imp_context_free(c);
}

/* With a rate that overshoots, the best is an early picture and the last is not. */
static void test_best_and_last(void)
{
    imp_params params = small_params();
    imp_progress progress;
    imp_image *best, *last;

    CHECK_OK(imp_params_set(&params, "learning-rate", "5", &err));
    CHECK_OK(imp_params_set(&params, "result", "best", &err));
    best = paint(ctx, &params, &progress);
    CHECK_OK(imp_params_set(&params, "result", "last", &err));
    last = paint(ctx, &params, &progress);
    CHECK(best && last && largest_difference(best, last) > 0.1);
    /* Nothing was better than the start. */
    CHECK(best && largest_difference(best, photo) < 1e-6);
    imp_image_free(best);
    imp_image_free(last);
}

/* The first loss of a start that overshoots the range by a tenth, as it is or cut off. */
static double first_loss(imp_params params, bool clamp, bool cut)
{
    imp_image *start = waves(40, 30, 0.5, 3);
    imp_painter *p = NULL;
    imp_progress progress = { 0 };

    for (size_t i = 0; i < 3 * 1200; i++) {
        const float v = 1.2f * imp_image_rgb(start)[i] - 0.1f;
        imp_image_rgb(start)[i] = cut ? fminf(fmaxf(v, 0), 1) : v;
    }
    params.init = IMP_INIT_IMAGE;
    params.clamp = clamp;
    CHECK_STATUS(imp_painter_new(&p, ctx, model, PAIR_FROM(photo, painting, start), &params,
                                 &err),
                 IMP_OK);
    CHECK_STATUS(imp_painter_step(p, 1, &progress, &err), IMP_OK);
    imp_image_free(start);
    imp_painter_free(p);
    return progress.loss.total;
}

/* From outside the range, no line search would find within what it had there. */
static void test_start_within_the_range(void)
{
    imp_params params = small_params();

    for (size_t v = 0; v < 3; v++) {
        params.variable = variables[v];
        params.tv_weight = 0;   /* in the variable's own units */
        /* 1e-6: what the range's ends are rounded to */
        CHECK_CLOSE(first_loss(params, true, false), first_loss(params, true, true), 1e-6);
        CHECK(fabs(first_loss(params, false, false) / first_loss(params, false, true) - 1)
              > 1e-3);
    }
}

/* Values that no decoder gives, so that Gram matrices overflow; the message has `remedy`. */
static void explode(const char *optimiser, const char *remedy)
{
    imp_params params = small_params();
    imp_image *glare = waves(40, 30, 1, 3), *out = NULL;
    imp_painter *p = NULL;
    imp_progress progress;

    for (size_t i = 0; i < 3 * 1200; i++) imp_image_rgb(glare)[i] *= 1e30f;
    params.init = IMP_INIT_IMAGE;
    params.clamp = false;
    CHECK_OK(imp_params_set(&params, "optimiser", optimiser, &err));
    CHECK_OK(imp_painter_new(&p, ctx, model, PAIR_FROM(photo, painting, glare), &params,
                             &err));
    CHECK_STATUS(imp_painter_step(p, 6, &progress, &err), IMP_EINVAL);
    CHECK(progress.done && progress.step == 0 && strstr(err.message, remedy));
    CHECK_OK(imp_painter_step(p, 6, &progress, &err));
    CHECK(progress.done && progress.step == 0);
    CHECK_OK(imp_painter_image(&out, p, &err));
    for (size_t i = 0; i < 3 * 1200; i++)
        CHECK(imp_image_rgb(out)[i] >= 0 && imp_image_rgb(out)[i] <= 1);
    imp_image_free(out);
    imp_image_free(glare);
    imp_painter_free(p);
}

static void test_losses_that_explode(void)
{
    explode("adam", "lower learning-rate or");
    explode("lbfgs", "lower step-length or");
}

static void test_what_the_photograph_brought_comes_back(void)
{
    imp_params params = small_params(), again;
    imp_image *with_alpha = NULL, *out = NULL;
    imp_painter *p = NULL;
    double x, y;

    CHECK_OK(imp_image_new(&with_alpha, 40, 30, true, &err));
    memcpy(imp_image_rgb(with_alpha), imp_image_rgb(photo), 3 * 1200 * sizeof(float));
    for (size_t i = 0; i < 1200; i++) imp_image_alpha(with_alpha)[i] = (float) i / 1200;
    imp_image_set_density(with_alpha, 300, 150);
    params.seed = 77;
    CHECK_OK(imp_painter_new(&p, ctx, model, PAIR(with_alpha, painting), &params, &err));
    CHECK_OK(imp_painter_image(&out, p, &err));
    CHECK(imp_image_alpha(out) && imp_image_alpha(out)[600] == 0.5f);
    imp_image_density(out, &x, &y);
    CHECK(x == 300 && y == 150);
    CHECK_OK(imp_params_from_json(&again, imp_image_settings(out), "settings", &err));
    CHECK(again.seed == 77 && again.steps.count[0] == 6 && again.learning_rate == 0.02);
    imp_image_free(out);
    imp_painter_free(p);
    imp_image_free(with_alpha);
}

/* --- Refusals ---------------------------------------------------------------------------- */

static void test_no_memory(void)
{
    const imp_params params = small_params();
    imp_context_params little;
    imp_context *c = NULL;
    imp_painter *p = NULL;
    imp_plan plan;

    imp_context_params_init(&little);
    little.max_memory = 1 << 20;
    CHECK_OK(imp_context_new(&c, &little, &err));
    CHECK_OK(imp_painter_plan(&plan, c, model, PAIR(photo, painting), &params, &err));
    CHECK(plan.width == 40 && plan.height == 30);
    CHECK(plan.memory > 1 << 20 && plan.available == 1 << 20);
    CHECK_STATUS(imp_painter_new(&p, c, model, PAIR(photo, painting), &params, &err),
                 IMP_ENOMEM);
    CHECK(!p && strstr(err.message, "40x30") && strstr(err.message, "1 MB"));
    imp_context_free(c);
}

static void test_pictures_that_are_too_small(void)
{
    imp_params params = small_params();
    imp_image *dot = waves(1, 1, 1, 1), *line = waves(1, 500, 1, 1);
    imp_painter *p = NULL;

    CHECK_STATUS(imp_painter_new(&p, ctx, model, PAIR(dot, painting), &params, &err),
                 IMP_EINVAL);
    CHECK(!strncmp(err.message, "the photograph: ", 16));
    CHECK_STATUS(imp_painter_new(&p, ctx, model, PAIR(photo, line), &params, &err),
                 IMP_EINVAL);
    CHECK(!strncmp(err.message, "the painting: ", 14));
    CHECK_OK(imp_params_set(&params, "content-layers", "relu1_2", &err));
    CHECK_OK(imp_params_set(&params, "style-layers", "relu1_1", &err));
    /* No pooling: fine. */
    CHECK_OK(imp_painter_new(&p, ctx, model, PAIR(line, dot), &params, &err));
    CHECK_OK(imp_painter_step(p, 2, NULL, &err));
    imp_painter_free(p);
    imp_image_free(dot);
    imp_image_free(line);
}

static void test_contradictions(void)
{
    imp_params params = small_params();
    imp_painter *p = NULL;

    CHECK_STATUS(imp_painter_new(&p, ctx, model, PAIR_FROM(photo, painting, photo), &params,
                                 &err),
                 IMP_EINVAL);
    params.init = IMP_INIT_IMAGE;
    CHECK_STATUS(imp_painter_new(&p, ctx, model, PAIR(photo, painting), &params, &err),
                 IMP_EINVAL);
    params = small_params();
    params.content_weight = params.style_weight = 0;
    CHECK_STATUS(imp_painter_new(&p, ctx, model, PAIR(photo, painting), &params, &err),
                 IMP_EINVAL);
    params = small_params();
    CHECK_OK(imp_params_set(&params, "content-layers", "relu5_4", &err));
    params.size = (imp_size) { IMP_SIZE_EXACT, 64, 64 };
    params.style_fit = IMP_STYLE_FIT_CONTENT;
    CHECK_STATUS(imp_painter_new(&p, ctx, model, PAIR(photo, painting), &params, &err),
                 IMP_EFORMAT);
    /* The first that the made-up model lacks. */
    CHECK(!strncmp(err.message, "made-up: conv3_2: ", 18));
}

int main(void)
{
    if (imp_context_new(&ctx, NULL, &err) != IMP_OK) return 1;
    model = made_up_model("conv3_1");
    photo = waves(40, 30, 0.35, 1);
    painting = waves(28, 33, 0.9, 2);
    CHECK_RUN(test_input_of_a_known_pixel);
    CHECK_RUN(test_gradient_map_is_the_adjoint);
    CHECK_RUN(test_variable_round_trip);
    CHECK_RUN(test_start_from_content_and_mixtures);
    CHECK_RUN(test_start_from_noise_follows_the_seed);
    CHECK_RUN(test_start_from_grey);
    CHECK_RUN(test_start_like_the_style);
    CHECK_RUN(test_objective_slopes);
    CHECK_RUN(test_several_styles);
    CHECK_RUN(test_style_decay);
    CHECK_RUN(test_style_scale);
    CHECK_RUN(test_inputs_refused);
    CHECK_RUN(test_painter_counts_and_stops);
    CHECK_RUN(test_preprocess);
    CHECK_RUN(test_precision);
    CHECK_RUN(test_same_settings_same_bytes);
    CHECK_RUN(test_plain_c_agrees_with_the_fastest);
    CHECK_RUN(test_best_and_last);
    CHECK_RUN(test_start_within_the_range);
    CHECK_RUN(test_losses_that_explode);
    CHECK_RUN(test_what_the_photograph_brought_comes_back);
    CHECK_RUN(test_no_memory);
    CHECK_RUN(test_pictures_that_are_too_small);
    CHECK_RUN(test_contradictions);
    imp_image_free(photo);
    imp_image_free(painting);
    imp_model_free(model);
    imp_context_free(ctx);
    return check_done();
}
