/* check_schedule.c - from coarse to fine: which sizes, what goes from one to the next, when a
 * size ends early, the running average, and the memory of all of it. */
#include "check.h"
#include "pair.h"

#include <impasto/style.h>

#include "engine/context.h"
#include "made_up_job.h"
#include "made_up_model.h"
#include "style/average.h"
#include "style/objective.h"
#include "style/optimiser.h"
#include "style/schedule.h"
#include "style/start.h"
#include "style/stop.h"
#include "style/variable.h"

static imp_error err;
static imp_context *ctx;
static imp_model *model;
static imp_image *photo, *painting;

/* --- Sizes ------------------------------------------------------------------------------- */

/* What is asked for of a photograph of 1000x750 and a painting of 600x800, and what comes:
 * "WIDTHxHEIGHT/PAINTING'S WIDTHxHEIGHT*STEPS" of each stage. */
static const struct { const char *size, *start, *factor, *fit, *steps, *want; } sizes[] = {
    { "512", "0", "2", "size", "7", "512x384/384x512*7" },
    { "512", "128", "2", "size", "9,7",
      "128x96/96x128*9 256x192/192x256*7 512x384/384x512*7" },
    { "512", "129", "2", "size", "9,7", "256x192/192x256*9 512x384/384x512*7" },
    /* By sqrt 2 from 128 to 512, as crowsonkb's program paints. */
    { "512", "128", "1.4142135623730951", "within", "1000,500",
      "128x96/96x128*1000 181x136/136x181*500 256x192/192x256*500 362x272/272x362*500 "
      "512x384/384x512*500" },
    { "384", "128", "1.4142135623730951", "within", "3,2",
      "136x102/102x136*3 192x144/144x192*2 272x204/204x272*2 384x288/288x384*2" },
    { "500", "128", "1.4142135623730951", "content", "3,2",
      "177x133/177x133*3 250x188/250x188*2 354x266/354x266*2 500x375/500x375*2" },
    /* A start above the end is the end. */
    { "100", "128", "2", "size", "5,6", "100x75/75x100*5" },
    { "short:384", "192", "2", "size", "5", "256x192/192x256*5 512x384/384x512*5" },
    /* 800 short comes from 512, as in Gatys' notebook. */
    { "short:800", "500", "1.5625", "size", "500,200",
      "683x512/512x683*500 1067x800/800x1067*200" },
    { "640x320", "160", "2", "content", "5",
      "160x80/160x80*5 320x160/320x160*5 640x320/640x320*5" },
    { "640x320", "320", "2", "size", "5", "320x160/320x160*5 640x320/640x320*5" },
    { "320x640", "320", "2", "size", "5", "160x320/160x320*5 320x640/320x640*5" },
    { "keep", "250", "2", "size", "5",
      "250x188/150x200*5 500x375/300x400*5 1000x750/600x800*5" },
    { "512", "256", "2", "keep", "5", "256x192/600x800*5 512x384/600x800*5" },
    /* A painting smaller than asked for stays as it is. */
    { "2000", "1000", "2", "within", "5", "1000x750/600x800*5 2000x1500/600x800*5" },
    { "2000", "500", "2", "within", "5",
      "500x375/375x500*5 1000x750/600x800*5 2000x1500/600x800*5" },
    /* Sizes that fall together are painted once; halves go to even numbers: 5 / 2. */
    { "5", "1", "1.5", "content", "5", "1x1/1x1*5 2x2/2x2*5 3x2/3x2*5 5x4/5x4*5" },
    { "5", "1", "2", "content", "5", "1x1/1x1*5 2x2/2x2*5 5x4/5x4*5" },
};

static void write_stages(char *text, size_t room, const imp_plan *plan)
{
    size_t used = 0;

    *text = '\0';
    for (int i = 0; i < plan->stages && used < room; i++) {
        const imp_stage *s = &plan->stage[i];
        used += (size_t) snprintf(text + used, room - used, "%s%zux%zu/%zux%zu*%d",
                                  i ? " " : "", s->width, s->height, s->style[0].width,
                                  s->style[0].height, s->steps);
    }
}

static void test_sizes(void)
{
    imp_image *big = waves(1000, 750, 0.1, 1), *tall = waves(600, 800, 0.1, 2);
    imp_params params = small_params();
    imp_plan plan;
    char got[1024];

    SET(&params, "content-layers", "relu1_1", "style-layers", "relu1_1");   /* see any size */
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int steps = 0;
        SET(&params, "size", sizes[i].size, "start-size", sizes[i].start, "scale-factor",
            sizes[i].factor, "style-fit", sizes[i].fit, "steps", sizes[i].steps);
        CHECK_STATUS(imp_schedule(&plan, &params, PAIR(big, tall), &err), IMP_OK);
        write_stages(got, sizeof got, &plan);
        CHECK_TEXT(got, sizes[i].want);
        for (int k = 0; k < plan.stages; k++) steps += plan.stage[k].steps;
        CHECK(plan.steps == steps);
        CHECK(plan.width == plan.stage[plan.stages - 1].width);
        CHECK(plan.height == plan.stage[plan.stages - 1].height);
    }
    imp_image_free(big);
    imp_image_free(tall);
}

/* Of the same pictures: the size of the strokes, the painting's own scale, and what of the
 * painting is seen at the end of three sizes, whatever the picture's. */
static const struct { const char *fit, *pixels; double scale; const char *want; } strokes[] = {
    { "size", "300", 1, "56x75 113x150 225x300" },
    { "size", "300", 0.5, "28x38 56x75 112x150" },
    { "size", "1000", 1, "188x250 375x500 750x1000" },   /* enlarged, as style-scale does */
    { "within", "1000", 1, "188x250 375x500 600x800" },
    { "within", "300", 2, "112x150 226x300 450x600" },
    { "content", "300", 1, "75x56 150x113 300x225" },    /* the photograph's shape */
    { "keep", "300", 1, "225x300 225x300 225x300" },
};

static void check_strokes(const char *want, const imp_plan *plan)
{
    char got[100];
    const imp_stage *s = plan->stage;

    CHECK(plan->stages == 3);
    snprintf(got, sizeof got, "%zux%zu %zux%zu %zux%zu", s[0].style[0].width,
             s[0].style[0].height, s[1].style[0].width, s[1].style[0].height,
             s[2].style[0].width, s[2].style[0].height);
    CHECK_TEXT(got, want);
}

static void test_style_size(void)
{
    static const char *const ends[][2] = {
        { "256", "64" }, { "1024", "256" }, { "short:384", "96" }, { "640x480", "160" },
        { "keep", "250" },
    };
    imp_image *big = waves(1000, 750, 0.1, 1), *tall = waves(600, 800, 0.1, 2);
    imp_inputs in = imp_inputs_of(big, tall);
    imp_params params = small_params();
    imp_plan plan;

    SET(&params, "content-layers", "relu1_1", "style-layers", "relu1_1", "scale-factor", "2");
    for (size_t i = 0; i < sizeof strokes / sizeof *strokes; i++)
        for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
            SET(&params, "style-fit", strokes[i].fit, "style-size", strokes[i].pixels, "size",
                ends[k][0], "start-size", ends[k][1]);
            in.style[0].scale = strokes[i].scale;
            CHECK_STATUS(imp_schedule(&plan, &params, &in, &err), IMP_OK);
            check_strokes(strokes[i].want, &plan);
        }
    imp_image_free(big);
    imp_image_free(tall);
}

/* Sizes at which nothing would be left of the short side after a layer's poolings. */
static void test_sizes_too_small_for_layers(void)
{
    imp_image *big = waves(1000, 750, 0.1, 1), *flat = waves(1000, 100, 0.1, 2);
    imp_params params = small_params();
    imp_plan plan;
    char got[1024];

    SET(&params, "size", "long:100", "start-size", "1", "scale-factor", "2", "style-fit",
        "content", "steps", "5", "content-layers", "relu1_1", "style-layers", "relu5_1");
    CHECK_STATUS(imp_schedule(&plan, &params, PAIR(big, big), &err), IMP_OK);
    write_stages(got, sizeof got, &plan);
    CHECK_TEXT(got, "25x19/25x19*5 50x38/50x38*5 100x75/100x75*5");   /* 12x9: 9 < 16 */
    SET(&params, "size", "long:400", "style-fit", "size");   /* the painting counts as well */
    CHECK_STATUS(imp_schedule(&plan, &params, PAIR(big, flat), &err), IMP_OK);
    write_stages(got, sizeof got, &plan);
    CHECK_TEXT(got, "200x150/200x20*5 400x300/400x40*5");
    imp_image_free(flat);
    imp_image_free(big);
}

static void test_too_many_sizes(void)
{
    imp_params params = small_params();
    imp_plan plan;

    SET(&params, "size", "long:10000", "start-size", "16", "scale-factor", "1.1");
    CHECK_STATUS(imp_schedule(&plan, &params, PAIR(photo, painting), &err), IMP_EINVAL);
    CHECK_TEXT(err.message, "start-size 16 and scale-factor 1.1 make more than 32 sizes: "
                            "raise one of them");
    SET(&params, "start-size", "600");   /* 10000 / 1.1^29 = 630 */
    CHECK_STATUS(imp_schedule(&plan, &params, PAIR(photo, painting), &err), IMP_OK);
    CHECK(plan.stages == 30);
}

/* --- Early end of a size ----------------------------------------------------------------- */

/* How many evaluations it takes until the rule says that it is enough; 0: not within 200. */
static int evaluations(double (*loss)(int t), double share)
{
    imp_stop stop = { .n = 0 };

    for (int t = 0; t < 200; t++)
        if (imp_stop_now(&stop, loss(t), share)) return t + 1;
    return 0;
}

static double flat(int t) { (void) t; return 3; }
static double halves(int t) { return pow(0.5, t); }
static double thousandths(int t) { return pow(0.999, t); }
static double up(int t) { return 1 + t; }
static double flat_after_50(int t) { return t < 50 ? 100 - t : 50; }
/* Falls by 0.999 with tries between that are far worse, as a line search makes them. */
static double with_tries(int t) { return t % 3 == 1 ? 1e6 : pow(0.999, t); }

static void test_stop(void)
{
    CHECK(evaluations(flat, 0) == 0);
    CHECK(evaluations(flat, 1e-9) == IMP_STOP_WINDOW + 1);
    CHECK(evaluations(halves, 0.5) == 0);
    /* Twenty steps of 0.999 are a gain of 1 - 0.999^20 = 1.98 %. */
    CHECK(evaluations(thousandths, 0.0197) == 0);
    CHECK(evaluations(thousandths, 0.0199) == IMP_STOP_WINDOW + 1);
    CHECK(evaluations(up, 1e-9) == IMP_STOP_WINDOW + 1);
    /* The 71st is the first that has nothing to show for the twenty before it. */
    CHECK(evaluations(flat_after_50, 1e-9) == 71);
    CHECK(evaluations(with_tries, 0.017) == 0);
}

static void test_stop_ends_sizes(void)
{
    imp_params params = small_params();
    imp_painter *p = NULL;
    imp_progress at = { 0 };

    /* All but 1: nothing is ever enough, so each size ends as soon as the rule may speak. */
    SET(&params, "start-size", "20", "scale-factor", "2", "steps", "30,40", "stop", "0.99");
    CHECK_OK(imp_painter_new(&p, ctx, model, PAIR(photo, painting), &params, &err));
    CHECK_OK(imp_painter_step(p, 1, &at, &err));
    CHECK(at.steps == 70 && at.scale_steps == 30);
    CHECK_OK(imp_painter_step(p, IMP_STOP_WINDOW, &at, &err));
    CHECK(at.step == 21 && at.scale == 1 && at.scale_step == 21 && at.scale_steps == 21);
    CHECK(at.steps == 61 && !at.done);
    CHECK_OK(imp_painter_step(p, 1000, &at, &err));
    CHECK(at.scale == 2 && at.scale_step == 21 && at.scale_steps == 21);
    CHECK(at.step == 42 && at.steps == 42 && at.done);
    imp_painter_free(p);
}

/* --- The running average ----------------------------------------------------------------- */

/* Against the sum that defines it, in double, of numbers that wander. */
static void check_average(double decay, int count)
{
    enum { N = 37, MOST = 1000 };
    static float x[MOST][N], got[N];
    imp_random random = { 5 };
    imp_average *average = NULL;

    CHECK_OK(imp_average_new(&average, ctx->ops, decay, N, &err));
    for (int t = 0; t < count; t++) {
        for (int i = 0; i < N; i++)
            x[t][i] = (t ? x[t - 1][i] : 100) + (float) imp_random_normal(&random);
        imp_average_add(average, x[t]);
    }
    imp_average_get(got, average);
    for (int i = 0; i < N; i++) {
        double sum = 0, weights = 0;
        for (int t = 0; t < count; t++) {
            sum += pow(decay, count - 1 - t) * x[t][i];
            weights += pow(decay, count - 1 - t);
        }
        CHECK_CLOSE(got[i], sum / weights, 6e-8);   /* half a unit in the last place */
    }
    imp_average_free(average);
}

static void test_average(void)
{
    check_average(0.99, 1);
    check_average(0.99, 2);
    check_average(0.5, 100);
    check_average(0.99, 700);
    check_average(0.999999, 1000);   /* where floats would lose what is added */
}

/* What the painter averages: the start and the picture after each step. */
static void test_average_of_the_pictures(void)
{
    imp_params params = small_params();
    double *sum = imp_alloc(3 * 1200, sizeof *sum), weight = 0;
    imp_painter *last = NULL, *average = NULL;
    imp_image *image;

    SET(&params, "average", "0.7", "result", "last");
    CHECK_OK(imp_painter_new(&last, ctx, model, PAIR(photo, painting), &params, &err));
    SET(&params, "result", "average");
    CHECK_OK(imp_painter_new(&average, ctx, model, PAIR(photo, painting), &params, &err));
    for (int t = 0; t <= 4; t++) {
        CHECK_OK(imp_painter_step(last, t ? 1 : 0, NULL, &err));
        CHECK_OK(imp_painter_step(average, t ? 1 : 0, NULL, &err));
        CHECK_OK(imp_painter_image(&image, last, &err));
        weight = 0.7 * weight + 1;
        for (size_t i = 0; i < 3 * 1200; i++)
            sum[i] = 0.7 * sum[i] + imp_image_rgb(image)[i];
        imp_image_free(image);
        CHECK_OK(imp_painter_image(&image, average, &err));
        /* 1.2e-7: a rounding to float of numbers up to 1, twice */
        for (size_t i = 0; i < 3 * 1200; i++)
            if (!(fabs(imp_image_rgb(image)[i] - sum[i] / weight) <= 1.2e-7))
                check_fail(__FILE__, __LINE__, "step %d, value %zu: %g, not %g", t, i,
                           imp_image_rgb(image)[i], sum[i] / weight);
        imp_image_free(image);
    }
    imp_painter_free(last);
    imp_painter_free(average);
    imp_free(sum);
}

/* --- From one size to the next ----------------------------------------------------------- */

/* Five steps at half the size, one at the whole. */
static imp_params two_sizes(const char *result)
{
    imp_params params = small_params();

    SET(&params, "start-size", "20", "scale-factor", "2", "steps", "5,1", "average", "0.9",
        "result", result, "filter", "bicubic", "carry", "false", "detail", "0");
    return params;
}

/* A size begins with the picture that the one before would have handed out, enlarged. */
static void check_change(const char *result, bool clamp)
{
    imp_params params = two_sizes(result);
    imp_image *small = NULL, *want = NULL, *got = NULL;
    imp_painter *p = NULL;
    imp_progress at;
    double worst;

    params.clamp = clamp;
    CHECK_OK(imp_painter_new(&p, ctx, model, PAIR(photo, painting), &params, &err));
    CHECK_OK(imp_painter_step(p, 5, &at, &err));
    CHECK(at.scale == 1 && at.width == 20 && at.height == 15 && !at.done);
    CHECK_OK(imp_painter_image(&small, p, &err));
    CHECK(imp_image_width(small) == 20 && imp_image_height(small) == 15);
    CHECK_OK(imp_painter_step(p, 1, &at, &err));
    CHECK(at.scale == 2 && at.width == 40 && at.height == 30 && at.done);
    CHECK_OK(imp_painter_image(&got, p, &err));
    CHECK_OK(imp_image_resize(&want, small, 40, 30, IMP_FILTER_BICUBIC, false, &err));
    CHECK(imp_image_width(got) == 40 && imp_image_height(got) == 30);
    for (size_t i = 0; i < 3 * 1200; i++)
        imp_image_rgb(want)[i] = fminf(fmaxf(imp_image_rgb(want)[i], 0), 1);
    worst = largest_difference(got, want);
    /* The best of one look is what it looked at, but for two roundings. Otherwise a step of
     * Adam lies between, which is at most the rate of 0.02, and some of it somewhere. */
    if (!strcmp(result, "best")) CHECK(worst < 2.4e-7);
    else CHECK(worst <= 0.02 * 1.00001 && worst > 1e-4);
    imp_image_free(small);
    imp_image_free(want);
    imp_image_free(got);
    imp_painter_free(p);
}

static void test_change_of_size(void)
{
    check_change("best", true);
    check_change("best", false);
    check_change("last", true);
    check_change("average", true);
}

/* --- The photograph's detail ------------------------------------------------------------- */

/* What `small`, painted from `small_photo`, becomes at the size of `photo`. */
static imp_image *larger(const imp_image *small, const imp_image *small_photo, double detail)
{
    imp_params params = two_sizes("last");
    imp_image *out = NULL;

    params.detail = detail;
    CHECK_STATUS(imp_start_larger(&out, &params, small, small_photo, photo, &err), IMP_OK);
    if (!out) exit(1);
    return out;
}

static imp_image *resized(const imp_image *image, size_t w, size_t h)
{
    imp_image *out = NULL;

    CHECK_STATUS(imp_image_resize(&out, image, w, h, IMP_FILTER_BICUBIC, false, &err), IMP_OK);
    if (!out) exit(1);
    return out;
}

/* None of it: the painting enlarged. All of it, on a painting that is the photograph: the
 * larger photograph. Half of it: half way between, whatever the painting. */
static void test_detail(void)
{
    const double exact = 2.4e-7;   /* roundings of a sum of numbers that are not above 2 */
    imp_image *small_photo = resized(photo, 20, 15), *small = waves(20, 15, 0.6, 3);
    imp_image *plain = resized(small, 40, 30), *soft = resized(small_photo, 40, 30);
    imp_image *none = larger(small, small_photo, 0), *half = larger(small, small_photo, 0.5);
    imp_image *whole = larger(small, small_photo, 1);
    imp_image *itself = larger(small_photo, small_photo, 1);
    double share = 0;

    CHECK(largest_difference(none, plain) == 0);
    CHECK(largest_difference(itself, photo) <= exact);
    for (size_t i = 0; i < 3 * 1200; i++) {
        const float detail = imp_image_rgb(photo)[i] - imp_image_rgb(soft)[i];
        const float start = imp_image_rgb(plain)[i];
        share = fmax(share, fabs(detail));
        CHECK(fabs(imp_image_rgb(half)[i] - (start + 0.5 * detail)) <= exact);
        CHECK(fabs(imp_image_rgb(whole)[i] - (start + detail)) <= exact);
    }
    CHECK(share > 0.05);   /* or there was none */
    imp_image_free(small_photo);
    imp_image_free(small);
    imp_image_free(plain);
    imp_image_free(soft);
    imp_image_free(none);
    imp_image_free(half);
    imp_image_free(whole);
    imp_image_free(itself);
}

/* The painter adds it between the photographs of its two sizes: with steps that are next to
 * nothing the photograph itself comes out, which without it is blurred. */
static void test_painter_adds_detail(void)
{
    for (int k = 0; k < 2; k++) {
        imp_params params = two_sizes("last");
        imp_painter *p = NULL;
        imp_image *out = NULL;

        SET(&params, "detail", k ? "1" : "0", "learning-rate", "1e-9",
            "linear-light", "false");   /* in which edges of dark places overshoot */
        CHECK_OK(imp_painter_new(&p, ctx, model, PAIR(photo, painting), &params, &err));
        CHECK_OK(imp_painter_step(p, 6, NULL, &err));
        CHECK_OK(imp_painter_image(&out, p, &err));
        CHECK((largest_difference(out, photo) < 1e-6) == k);
        imp_image_free(out);
        imp_painter_free(p);
    }
}

/* --- Size by size ------------------------------------------------------------------------ */

/* Neither best nor average of a size looks back to the size before. */
static void test_each_size_anew(void)
{
    imp_params params = two_sizes("best");
    imp_painter *p = NULL;
    imp_image *first = NULL, *image = NULL;
    imp_progress at;

    SET(&params, "steps", "5,8");
    CHECK_OK(imp_painter_new(&p, ctx, model, PAIR(photo, painting), &params, &err));
    CHECK_OK(imp_painter_step(p, 6, &at, &err));
    CHECK_OK(imp_painter_image(&first, p, &err));
    CHECK_OK(imp_painter_step(p, 100, &at, &err));
    CHECK_OK(imp_painter_image(&image, p, &err));
    CHECK(at.done && at.step == 13 && at.scale_step == 8);
    CHECK(largest_difference(first, image) > 1e-3);
    imp_image_free(first);
    imp_image_free(image);
    imp_painter_free(p);
}

/* One size is the plain loop of objective and optimiser, to the bit. */
static void check_plain_loop(const imp_params *params)
{
    const imp_tensor shape = { NULL, 3, 30, 40, 1 };
    const size_t n = imp_tensor_floats(&shape);
    const bool best = params->result == IMP_RESULT_BEST;
    imp_tensor x = shape, grad = shape;
    float *kept = imp_alloc(n, sizeof *kept);
    imp_objective *objective = NULL;
    imp_optimiser *optimiser = NULL;
    imp_image *want = NULL, *got = NULL;
    imp_painter *p = NULL;
    double least = INFINITY;
    imp_losses loss;

    x.data = imp_alloc(n, sizeof *x.data);
    grad.data = imp_alloc(n, sizeof *grad.data);
    CHECK_OK(imp_objective_new(&objective, &(imp_objective_desc) {
        .ctx = ctx, .model = model, .params = params, .inputs = PAIR(photo, painting) },
        &err));
    CHECK_OK(imp_optimiser_new(&optimiser, ctx->ops, params, &x, &err));
    imp_variable_from_image(x.data, photo, params->variable);
    for (int i = 0; i < 6; i++) {
        imp_objective_eval(objective, &x, &grad, &loss);
        if (best && loss.total < least) memcpy(kept, x.data, n * sizeof *kept);
        least = fmin(least, loss.total);
        imp_optimiser_next(optimiser, x.data, loss.total, grad.data);
    }
    CHECK_OK(imp_image_new(&want, 40, 30, false, &err));
    imp_variable_to_image(want, best ? kept : x.data, params->variable);
    CHECK_OK(imp_painter_new(&p, ctx, model, PAIR(photo, painting), params, &err));
    CHECK_OK(imp_painter_step(p, 100, NULL, &err));
    CHECK_OK(imp_painter_image(&got, p, &err));
    CHECK(largest_difference(got, want) == 0);
    imp_image_free(want);
    imp_image_free(got);
    imp_painter_free(p);
    imp_objective_free(objective);
    imp_optimiser_free(optimiser);
    imp_free(x.data);
    imp_free(grad.data);
    imp_free(kept);
}

static void test_one_size_is_the_plain_loop(void)
{
    imp_params params = small_params();

    SET(&params, "result", "last", "clamp", "false", "variable", "normalised");   /* classic */
    check_plain_loop(&params);
    SET(&params, "result", "best", "clamp", "true", "variable", "byte");   /* tf-eager */
    check_plain_loop(&params);
    SET(&params, "optimiser", "lbfgs", "line-search", "none", "result", "last");
    check_plain_loop(&params);
}

/* What is carried changes the second size, and only that; of L-BFGS only bands are. */
static void test_carry(void)
{
    static const char *const optimisers[] = { "adam", "lbfgs", "lbfgs" };
    static const char *const metrics[] = { "scalar", "bands", "scalar" };

    for (int o = 0; o < 3; o++) {
        imp_image *out[2][2];
        for (int carry = 0; carry < 2; carry++) {
            imp_params params = two_sizes("last");
            imp_painter *p = NULL;
            SET(&params, "optimiser", optimisers[o], "carry", carry ? "true" : "false",
                "steps", "5,3", "metric", metrics[o]);
            CHECK_OK(imp_painter_new(&p, ctx, model, PAIR(photo, painting), &params, &err));
            for (int k = 0; k < 2; k++) {
                CHECK_OK(imp_painter_step(p, k ? 3 : 5, NULL, &err));
                CHECK_OK(imp_painter_image(&out[carry][k], p, &err));
            }
            imp_painter_free(p);
        }
        CHECK(largest_difference(out[0][0], out[1][0]) == 0);
        CHECK((largest_difference(out[0][1], out[1][1]) > 1e-4) == (o < 2));
        for (int i = 0; i < 4; i++) imp_image_free(out[i / 2][i % 2]);
    }
}

static void test_progress(void)
{
    imp_params params = small_params();
    imp_painter *p = NULL;
    imp_progress at;

    SET(&params, "start-size", "10", "scale-factor", "2", "steps", "3,2");
    CHECK_OK(imp_painter_new(&p, ctx, model, PAIR(photo, painting), &params, &err));
    CHECK_OK(imp_painter_step(p, 0, &at, &err));
    CHECK(at.step == 0 && at.steps == 7 && at.scale == 1 && at.scales == 3);
    CHECK(at.scale_step == 0 && at.scale_steps == 3 && at.width == 10 && at.height == 8);
    CHECK_OK(imp_painter_step(p, 3, &at, &err));
    CHECK(at.step == 3 && at.scale == 1 && at.scale_step == 3 && at.width == 10 && !at.done);
    CHECK_OK(imp_painter_step(p, 3, &at, &err));   /* through one size into the next */
    CHECK(at.step == 6 && at.scale == 3 && at.scale_step == 1 && at.scale_steps == 2);
    CHECK(at.width == 40 && at.height == 30 && !at.done);
    CHECK_OK(imp_painter_step(p, 3, &at, &err));
    CHECK(at.step == 7 && at.scale == 3 && at.scale_step == 2 && at.done);
    imp_painter_free(p);
}

/* Whether steps are asked for one by one or all at once, the same bits come out. */
static void test_same_bits_in_any_portions(void)
{
    imp_params params = two_sizes("average");
    imp_image *out[2] = { NULL, NULL };

    SET(&params, "start-size", "10", "steps", "3,4,2");
    for (int k = 0; k < 2; k++) {
        imp_painter *p = NULL;
        imp_progress at = { 0 };
        CHECK_OK(imp_painter_new(&p, ctx, model, PAIR(photo, painting), &params, &err));
        while (!at.done) CHECK_OK(imp_painter_step(p, k ? 1 : 100, &at, &err));
        CHECK_OK(imp_painter_image(&out[k], p, &err));
        imp_painter_free(p);
    }
    CHECK(largest_difference(out[0], out[1]) == 0);
    imp_image_free(out[0]);
    imp_image_free(out[1]);
}

/* Alpha comes along at every size. */
static void test_alpha_at_each_size(void)
{
    imp_params params = two_sizes("last");
    imp_image *with_alpha = NULL, *out = NULL;
    imp_painter *p = NULL;

    CHECK_OK(imp_image_new(&with_alpha, 40, 30, true, &err));
    memcpy(imp_image_rgb(with_alpha), imp_image_rgb(photo), 3 * 1200 * sizeof(float));
    for (size_t i = 0; i < 1200; i++) imp_image_alpha(with_alpha)[i] = 0.25f;
    CHECK_OK(imp_painter_new(&p, ctx, model, PAIR(with_alpha, painting), &params, &err));
    for (int k = 0; k < 2; k++) {
        CHECK_OK(imp_painter_step(p, k ? 1 : 5, NULL, &err));
        CHECK_OK(imp_painter_image(&out, p, &err));
        CHECK(imp_image_width(out) == (k ? 40 : 20));
        CHECK(imp_image_alpha(out) && fabsf(imp_image_alpha(out)[100] - 0.25f) < 1e-6f);
        CHECK(imp_image_settings(out)
              && strstr(imp_image_settings(out), "\"start-size\": 20"));
        imp_image_free(out);
    }
    imp_painter_free(p);
    imp_image_free(with_alpha);
}

/* --- Memory ------------------------------------------------------------------------------ */

static uint64_t planned(const imp_params *params)
{
    imp_plan plan = { .memory = 0 };

    CHECK_STATUS(imp_painter_plan(&plan, ctx, model, PAIR(photo, painting), params, &err),
                 IMP_OK);
    return plan.memory;
}

/* The last size is the largest, and little more than it is ever held: the variable, gradient,
 * best, average and two moments of the size before, and the pictures of the sizes before. */
static void test_plan_of_all_sizes(void)
{
    imp_params params = small_params();
    const double before = 3 * (5 * 4 + 12) * 800.0 * 600, seen = 2 * 16 * 800.0 * 600;
    const double noise = 16e6;   /* what this process itself holds goes up and down */
    double alone, all;
    imp_plan plan;

    if (CHECK_SANITIZED) CHECK_SKIP("a sanitizer takes memory of its own");
    SET(&params, "size", "1600", "style-fit", "size", "average", "0.9");
    alone = (double) planned(&params);
    SET(&params, "start-size", "200", "scale-factor", "2", "steps", "7,6");
    all = (double) planned(&params);
    /* The sizes before that one see 1/4 and 1/16 as many pixels: 1.31 in all. */
    CHECK(all >= alone + before - noise && all <= alone + before + 1.4 * seen + noise);
    CHECK_OK(imp_painter_plan(&plan, ctx, model, PAIR(photo, painting), &params, &err));
    CHECK(plan.stages == 4 && plan.steps == 25 && plan.width == 1600 && plan.height == 1200);
    CHECK(plan.stage[0].width == 200 && plan.stage[3].height == 1200);
}

/* The shortest of several trials' times for each size, by one thread: other work on the
 * machine makes some trials longer, and threads that wait for each other make small sizes cost
 * what large ones do. */
static void shortest_seconds(double seconds[2], const imp_params *params)
{
    imp_context_params one;
    imp_context *alone = NULL;
    imp_plan plan;

    imp_context_params_init(&one);
    one.threads = 1;
    CHECK_OK(imp_context_new(&alone, &one, &err));
    seconds[0] = seconds[1] = 1e9;
    for (int trial = 0; trial < 4; trial++) {
        CHECK_OK(imp_painter_plan(&plan, alone, model, PAIR(photo, painting), params, &err));
        CHECK(plan.stages == 2 && plan.stage[0].seconds > 0);
        CHECK_CLOSE(plan.seconds, plan.stage[0].seconds + plan.stage[1].seconds, 1e-12);
        for (int i = 0; i < 2; i++)
            if (plan.stage[i].seconds < seconds[i]) seconds[i] = plan.stage[i].seconds;
    }
    imp_context_free(alone);
}

/* What a step of 16 times as many pixels takes is more, and 40 times as many steps take more
 * again; both by far, so that even times from a busy machine tell. */
static void test_seconds_of_each_size(void)
{
    imp_params params = small_params();
    double few[2], many[2];

    if (CHECK_SANITIZED) CHECK_SKIP("a sanitizer takes time of its own");
    SET(&params, "size", "320", "start-size", "80", "scale-factor", "4", "steps", "5");
    shortest_seconds(few, &params);
    CHECK(few[1] > 1.5 * few[0]);
    SET(&params, "steps", "5,200");
    shortest_seconds(many, &params);
    CHECK(many[1] > 2 * few[1]);
}

int main(void)
{
    if (imp_context_new(&ctx, NULL, &err) != IMP_OK) return 1;
    model = made_up_model("conv3_1");
    photo = waves(40, 30, 0.35, 1);
    painting = waves(28, 33, 0.9, 2);
    CHECK_RUN(test_sizes);
    CHECK_RUN(test_style_size);
    CHECK_RUN(test_sizes_too_small_for_layers);
    CHECK_RUN(test_too_many_sizes);
    CHECK_RUN(test_stop);
    CHECK_RUN(test_stop_ends_sizes);
    CHECK_RUN(test_average);
    CHECK_RUN(test_average_of_the_pictures);
    CHECK_RUN(test_change_of_size);
    CHECK_RUN(test_detail);
    CHECK_RUN(test_painter_adds_detail);
    CHECK_RUN(test_each_size_anew);
    CHECK_RUN(test_one_size_is_the_plain_loop);
    CHECK_RUN(test_carry);
    CHECK_RUN(test_progress);
    CHECK_RUN(test_same_bits_in_any_portions);
    CHECK_RUN(test_alpha_at_each_size);
    CHECK_RUN(test_plan_of_all_sizes);
    CHECK_RUN(test_seconds_of_each_size);
    imp_image_free(photo);
    imp_image_free(painting);
    imp_model_free(model);
    imp_context_free(ctx);
    return check_done();
}
