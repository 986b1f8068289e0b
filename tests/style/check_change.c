/* check_change.c - other weights while a picture is painted: from the start they are as good
 * as having been there, later they show in the losses, and a checkpoint goes on with them. */
#include "check.h"
#include "pair.h"

#include <unistd.h>

#include "made_up_job.h"
#include "made_up_model.h"

enum { W = 24, H = 18 };

static imp_error err;
static imp_context *ctx;
static imp_model *model;
static imp_image *photo, *painting, *other;
static char file[] = "/tmp/impasto-change.XXXXXX";

static imp_painter *new_painter(const imp_inputs *in, const imp_params *params)
{
    imp_painter *p = NULL;

    CHECK_STATUS(imp_painter_new(&p, ctx, model, in, params, &err), IMP_OK);
    if (!p) exit(1);
    return p;
}

static imp_progress steps(imp_painter *p, int n)
{
    imp_progress at = { 0 };

    CHECK_STATUS(imp_painter_step(p, n, &at, &err), IMP_OK);
    return at;
}

static imp_image *image_of(const imp_painter *p)
{
    imp_image *image = NULL;

    CHECK_STATUS(imp_painter_image(&image, p, &err), IMP_OK);
    if (!image) exit(1);
    return image;
}

/* To the last bit, with what is told of how it was painted. Frees both. */
static bool same_and_free(imp_painter *p, imp_painter *q)
{
    imp_image *a = image_of(p), *b = image_of(q);
    const bool same = !memcmp(imp_image_rgb_const(a), imp_image_rgb_const(b),
                              3 * imp_image_width(a) * imp_image_height(a) * sizeof(float))
                      && !strcmp(imp_image_settings(a), imp_image_settings(b));

    imp_image_free(a);
    imp_image_free(b);
    imp_painter_free(p);
    imp_painter_free(q);
    return same;
}

/* Two paintings, in two sizes. */
static imp_inputs two(void)
{
    imp_inputs in = imp_inputs_of(photo, painting);

    in.styles = 2;
    in.style[1] = (imp_style) { .painting = other, .weight = 1, .scale = 1,
                                .match_colours = IMP_MATCH_AS_PARAMS };
    return in;
}

static imp_params sized(void)
{
    imp_params params = small_params();

    SET(&params, "size", "long:24", "start-size", "12", "scale-factor", "2", "steps", "5,7",
        "content-layers", "relu2_1", "style-layers", "relu1_1,relu2_1:0.5");
    return params;
}

static const imp_loss_weights others = { 3, 700, 0.02, { 0.5, 2.5 } };

/* Begun with the weights of `begun`, changed to `others` before the first step. */
static void check_from_start(const char *const *how, const char *content, const char *tv)
{
    imp_inputs in = two();
    imp_params params = sized();
    imp_painter *changed, *plain;
    imp_progress a, b;

    set_params(&params, how);
    SET(&params, "content-weight", content, "tv-weight", tv);
    changed = new_painter(&in, &params);
    CHECK_OK(imp_painter_change(changed, &others, &err));
    params.content_weight = others.content;
    params.style_weight = others.style;
    params.tv_weight = others.tv;
    for (int i = 0; i < 2; i++) in.style[i].weight = others.of_style[i];
    plain = new_painter(&in, &params);
    a = steps(changed, 12);
    b = steps(plain, 12);
    CHECK(a.done && b.done && !memcmp(&a.loss, &b.loss, sizeof a.loss));
    CHECK(same_and_free(changed, plain));
}

static void test_from_the_start(void)
{
    static const char *const how[][9] = {
        { "optimiser", "adam", "average", "0.9", "result", "average", "carry", "true" },
        { "optimiser", "lbfgs", "line-search", "wolfe", "metric", "bands" },
        { "optimiser", "lbfgs", "style-loss", "wasserstein", "result", "last" },
    };

    for (size_t i = 0; i < sizeof how / sizeof *how; i++) {
        check_from_start(how[i], "1", "0.1");
        check_from_start(how[i], "0", "0");      /* layers come in */
    }
}

/* A region too: what the styles get of the picture stays. */
static void test_regions(void)
{
    imp_inputs in = two();
    imp_params params = sized();
    imp_painter *changed, *plain;
    imp_mask *mask;

    CHECK_OK(imp_mask_new(&mask, W, H, &err));
    for (size_t i = 0; i < W * H / 3; i++) imp_mask_values(mask)[i] = 1;
    in.style[1].region = in.keep = mask;
    in.keep = NULL;
    changed = new_painter(&in, &params);
    CHECK_OK(imp_painter_change(changed, &others, &err));
    params.content_weight = others.content;
    params.style_weight = others.style;
    params.tv_weight = others.tv;
    for (int i = 0; i < 2; i++) in.style[i].weight = others.of_style[i];
    plain = new_painter(&in, &params);
    steps(changed, 9);
    steps(plain, 9);
    CHECK(same_and_free(changed, plain));
    imp_mask_free(mask);
}

/* The picture is where it was, so each loss changes as its weight does. */
static void check_midway(int at)
{
    const imp_inputs in = two();
    const imp_params params = sized();
    imp_loss_weights w = imp_loss_weights_of(&params, &in);
    imp_painter *changed = new_painter(&in, &params), *plain = new_painter(&in, &params);
    imp_progress a, b;

    steps(changed, at);
    steps(plain, at);
    w.content *= 4;
    w.style /= 2;
    w.tv *= 3;
    CHECK_OK(imp_painter_change(changed, &w, &err));
    CHECK(steps(changed, 0).step == at);
    a = steps(changed, 1);
    b = steps(plain, 1);
    CHECK_CLOSE(a.loss.content, 4 * b.loss.content, 1e-12);
    CHECK_CLOSE(a.loss.style, b.loss.style / 2, 1e-12);
    CHECK_CLOSE(a.loss.tv, 3 * b.loss.tv, 1e-12);
    CHECK_CLOSE(a.loss.total, a.loss.content + a.loss.style + a.loss.tv, 1e-12);
    CHECK(b.loss.content > 0 && b.loss.style > 0 && b.loss.tv > 0);
    a = steps(changed, 20);
    CHECK(a.done && a.step == 12);
    imp_painter_free(changed);
    imp_painter_free(plain);
}

static void test_midway(void)
{
    for (int at = 1; at < 12; at++) check_midway(at);
}

/* What counts more comes nearer. */
static void test_effect(void)
{
    const imp_inputs in = two();
    imp_params params = sized();
    imp_progress at[2];

    SET(&params, "optimiser", "lbfgs", "steps", "30,30", "result", "best");
    for (int i = 0; i < 2; i++) {
        imp_loss_weights w = imp_loss_weights_of(&params, &in);
        imp_painter *p = new_painter(&in, &params);
        steps(p, 40);
        w.of_style[i] = 50;
        CHECK_OK(imp_painter_change(p, &w, &err));
        at[i] = steps(p, 20);
        for (int k = 0; k < 2; k++) at[i].loss.of_style[k] /= w.of_style[k];
        imp_painter_free(p);
    }
    CHECK(at[0].loss.of_style[0] < at[1].loss.of_style[0]);
    CHECK(at[1].loss.of_style[1] < at[0].loss.of_style[1]);
}

/* The weights that there are change nothing, not even what has been learnt. */
static void test_no_change(void)
{
    const imp_inputs in = two();
    imp_params params = sized();
    imp_loss_weights w = imp_loss_weights_of(&params, &in);
    imp_painter *p, *q;

    SET(&params, "optimiser", "lbfgs", "average", "0.9", "result", "average");
    p = new_painter(&in, &params);
    q = new_painter(&in, &params);
    w.of_style[7] = 99;              /* of which there is none */
    steps(p, 8);
    CHECK_OK(imp_painter_change(p, &w, &err));
    steps(p, 4);
    steps(q, 12);
    CHECK(same_and_free(p, q));
}

/* Saved after a change: the job is then that of the new weights, and no other. */
static void check_resume(int at, int saved)
{
    imp_inputs in = two(), then = in;
    imp_params params = sized(), now;
    imp_painter *p, *q = NULL;

    SET(&params, "optimiser", "lbfgs", "line-search", "wolfe", "average", "0.9", "stop",
        "0.5");
    p = new_painter(&in, &params);
    steps(p, at);
    CHECK_OK(imp_painter_change(p, &others, &err));
    steps(p, saved - at);
    CHECK_OK(imp_painter_save(p, file, &err));
    now = params;
    now.content_weight = others.content;
    now.style_weight = others.style;
    now.tv_weight = others.tv;
    for (int i = 0; i < 2; i++) in.style[i].weight = others.of_style[i];
    CHECK_STATUS(imp_painter_resume(&q, ctx, model, &then, &params, file, &err), IMP_EINVAL);
    CHECK(!q && strstr(err.message, "weight"));
    CHECK_OK(imp_painter_resume(&q, ctx, model, &in, &now, file, &err));
    steps(p, 12);
    if (q) steps(q, 12);
    CHECK(q && same_and_free(p, q));
}

static void test_resume(void)
{
    check_resume(0, 0);
    check_resume(3, 3);
    check_resume(3, 4);
    check_resume(5, 5);     /* between the sizes */
    check_resume(5, 6);
    check_resume(2, 11);
}

static void refuse(imp_painter *p, imp_loss_weights w, const char *says)
{
    CHECK_STATUS(imp_painter_change(p, &w, &err), IMP_EINVAL);
    if (!strstr(err.message, says))
        check_fail(__FILE__, __LINE__, "\"%s\" has no \"%s\"", err.message, says);
}

/* And the painter stays as it was. */
static void test_refused(void)
{
    const imp_inputs in = two();
    const imp_params params = sized();
    const imp_loss_weights w = imp_loss_weights_of(&params, &in);
    imp_painter *p = new_painter(&in, &params), *q = new_painter(&in, &params);
    imp_loss_weights bad;

#define BAD(change, says) (bad = w, change, refuse(p, bad, says))
    steps(p, 3);
    BAD((bad.content = 0, bad.style = 0), "weight");
    BAD(bad.content = -1, "content-weight");
    BAD(bad.style = (double) NAN, "style-weight");
    BAD(bad.tv = (double) INFINITY, "tv-weight");
    BAD(bad.of_style[1] = 0, "style 2");
    BAD(bad.of_style[0] = (double) NAN, "style 1");
    steps(p, 9);
    BAD(bad.tv = 7, "too late");
#undef BAD
    steps(q, 12);
    CHECK(same_and_free(p, q));
}

/* Layers that did not count may be too deep for the picture. */
static void test_too_small(void)
{
    imp_params params = small_params();
    imp_loss_weights w;
    imp_painter *p, *q;

    SET(&params, "size", "long:3", "content-layers", "relu3_1", "content-weight", "0",
        "style-layers", "relu1_1", "steps", "4");
    p = new_painter(PAIR(photo, painting), &params);
    q = new_painter(PAIR(photo, painting), &params);
    w = imp_loss_weights_of(&params, PAIR(photo, painting));
    w.content = 1;
    steps(p, 2);
    refuse(p, w, "too small");
    steps(p, 2);
    steps(q, 4);
    CHECK(same_and_free(p, q));
}

/* It goes on as a painter would that is begun with the new weights from the picture as it is:
 * nothing that was learnt of the old losses is left. */
static void check_anew(const char *const *how)
{
    imp_inputs in = two();
    imp_params params = sized();
    imp_painter *p, *q;
    imp_image *now;

    SET(&params, "start-size", "0", "size", "keep", "steps", "12", "init", "image");
    set_params(&params, how);
    in.init = other;
    p = new_painter(&in, &params);
    steps(p, 5);
    CHECK_OK(imp_painter_change(p, &others, &err));
    now = image_of(p);
    in.init = now;
    params.content_weight = others.content;
    params.style_weight = others.style;
    params.tv_weight = others.tv;
    for (int i = 0; i < 2; i++) in.style[i].weight = others.of_style[i];
    q = new_painter(&in, &params);
    steps(p, 6);
    steps(q, 6);
    imp_image_free(now);
    CHECK(same_and_free(p, q));
}

static void test_anew(void)
{
    static const char *const how[][7] = {
        { "optimiser", "adam", "result", "last" },
        { "optimiser", "lbfgs", "result", "last", "line-search", "wolfe" },
        { "optimiser", "lbfgs", "result", "last", "metric", "bands" },
    };

    for (size_t i = 0; i < sizeof how / sizeof *how; i++) check_anew(how[i]);
}

/* Losses that are larger all over: the best is the best of these, whatever was before. */
static void test_best(void)
{
    static const char *const result[] = { "best", "average" };
    const imp_inputs in = two();
    imp_params params = sized();

    SET(&params, "start-size", "0", "steps", "30", "average", "0.999999", "learning-rate",
        "0.05");
    for (int i = 0; i < 2; i++) {
        imp_loss_weights w = imp_loss_weights_of(&params, &in);
        imp_image *before, *after;
        imp_painter *p;
        SET(&params, "result", result[i]);
        p = new_painter(&in, &params);
        steps(p, 15);
        before = image_of(p);
        w.content *= 1e6;
        w.style *= 1e6;
        CHECK_OK(imp_painter_change(p, &w, &err));
        steps(p, 15);
        after = image_of(p);
        /* All 30 pictures' average would be half of the first 15's. */
        CHECK(largest_difference(before, after) > 0.05);
        imp_image_free(before);
        imp_image_free(after);
        imp_painter_free(p);
    }
}

int main(void)
{
    const int fd = mkstemp(file);

    if (fd < 0 || imp_context_new(&ctx, NULL, &err) != IMP_OK) return 1;
    close(fd);
    model = made_up_model("conv3_1");
    photo = waves(W, H, 0.3, 1);
    painting = waves(W, H, 0.7, 2);
    other = waves(W + 4, H, 0.5, 3);
    CHECK_RUN(test_from_the_start);
    CHECK_RUN(test_regions);
    CHECK_RUN(test_midway);
    CHECK_RUN(test_effect);
    CHECK_RUN(test_no_change);
    CHECK_RUN(test_resume);
    CHECK_RUN(test_refused);
    CHECK_RUN(test_too_small);
    CHECK_RUN(test_anew);
    CHECK_RUN(test_best);
    unlink(file);
    imp_image_free(photo);
    imp_image_free(painting);
    imp_image_free(other);
    imp_model_free(model);
    imp_context_free(ctx);
    return check_done();
}
