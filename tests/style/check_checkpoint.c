/* check_checkpoint.c - a painter that was saved and taken up again paints to the same bytes as
 * one that never stopped, and nothing else is taken up. */
#include "check.h"
#include "pair.h"

#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "made_up_job.h"
#include "made_up_model.h"

enum { W = 24, H = 18, MAX_STEPS = 64 };

static imp_error err;
static imp_context *ctx;
static imp_model *model;
static imp_image *photo, *painting, *other;
static char folder[] = "/tmp/impasto-checkpoint.XXXXXX";
static char file[64], path[64];

/* What can be seen of a painter. */
typedef struct sight { imp_progress at; imp_image *image; } sight;

static sight look(imp_painter *p)
{
    sight s = { .image = NULL };

    if (imp_painter_step(p, 0, &s.at, &err) != IMP_OK
        || imp_painter_image(&s.image, p, &err) != IMP_OK)
        check_fail(__FILE__, __LINE__, "%s", err.message);
    s.at.seconds = 0;
    return s;
}

static size_t bytes_of(const imp_image *image)
{
    return imp_image_width(image) * imp_image_height(image) * sizeof(float);
}

static bool same_image(const imp_image *a, const imp_image *b)
{
    const float *alpha = imp_image_alpha_const(a), *other_alpha = imp_image_alpha_const(b);

    return bytes_of(a) == bytes_of(b) && imp_image_width(a) == imp_image_width(b)
           && !memcmp(imp_image_rgb_const(a), imp_image_rgb_const(b), 3 * bytes_of(a))
           && !alpha == !other_alpha && (!alpha || !memcmp(alpha, other_alpha, bytes_of(a)))
           && !strcmp(imp_image_settings(a), imp_image_settings(b));
}

/* To the last bit; `at` has no bits that mean nothing but behind its flag. */
static bool same_sight(const sight *a, const sight *b)
{
    return a->at.step == b->at.step && a->at.steps == b->at.steps && a->at.done == b->at.done
           && a->at.scale == b->at.scale && a->at.scales == b->at.scales
           && a->at.scale_step == b->at.scale_step && a->at.scale_steps == b->at.scale_steps
           && a->at.width == b->at.width && a->at.height == b->at.height
           && !memcmp(&a->at.loss, &b->at.loss, sizeof a->at.loss)
           && same_image(a->image, b->image);
}

static imp_painter *new_painter(const imp_inputs *in, const imp_params *params)
{
    imp_painter *p = NULL;

    CHECK_STATUS(imp_painter_new(&p, ctx, model, in, params, &err), IMP_OK);
    if (!p) exit(1);
    return p;
}

static imp_status resume(imp_painter **p, const imp_inputs *in, const imp_params *params)
{
    return imp_painter_resume(p, ctx, model, in, params, file, &err);
}

/* Saves after step k into a file of its own. */
static const char *file_of(int k)
{
    snprintf(path, sizeof path, "%s/%d", folder, k);
    return path;
}

/* Paints to the end, keeping what is seen after each step; `save` after each too. */
static int paint(sight *seen, const imp_inputs *in, const imp_params *params, bool save)
{
    imp_painter *p = new_painter(in, params);
    int n = 0;

    for (;; n++) {
        seen[n] = look(p);
        if (save) CHECK_STATUS(imp_painter_save(p, file_of(n), &err), IMP_OK);
        if (seen[n].at.step == seen[n].at.steps || n == MAX_STEPS - 1) break;
        CHECK_STATUS(imp_painter_step(p, 1, NULL, &err), IMP_OK);
    }
    imp_painter_free(p);
    return n;
}

static void forget(sight *seen, int n)
{
    for (int k = 0; k <= n; k++) imp_image_free(seen[k].image);
}

/* From the file of step k on every step is as in `seen`. */
static void check_from(int k, const sight *seen, int n, const imp_inputs *in,
                       const imp_params *params, const char *name)
{
    imp_painter *p = NULL;

    CHECK_OK(imp_painter_resume(&p, ctx, model, in, params, file_of(k), &err));
    for (int i = k; i <= n; i++) {
        sight s = look(p);
        if (!same_sight(&s, &seen[i]))
            check_fail(__FILE__, __LINE__, "%s: from step %d: another step %d", name, k, i);
        imp_image_free(s.image);
        if (i < n) CHECK_STATUS(imp_painter_step(p, 1, NULL, &err), IMP_OK);
    }
    imp_painter_free(p);
}

/* Saved at every step, and gone on with from every step, or from every few. */
static void check_job(const imp_inputs *in, const imp_params *params, const char *name)
{
    sight alone[MAX_STEPS], seen[MAX_STEPS];
    const int n = paint(alone, in, params, false);
    const int apart = n > 10 ? 7 : 1;

    CHECK(paint(seen, in, params, true) == n && n > 3);
    for (int k = 0; k <= n; k++) CHECK(same_sight(&alone[k], &seen[k]));
    for (int k = 0; k <= n; k += apart) check_from(k, seen, n, in, params, name);
    check_from(n, seen, n, in, params, name);
    for (int k = 0; k <= n; k++) unlink(file_of(k));
    forget(alone, n);
    forget(seen, n);
}

/* In two sizes, by layers that the made-up network has and that small pictures reach. */
static void make_small(imp_params *params)
{
    SET(params, "size", "long:24", "start-size", "12", "scale-factor", "2", "steps", "3,4",
        "content-layers", "relu2_1", "style-layers", "relu1_1,relu2_1:0.5", "stop", "0");
}

static void test_each_preset(void)
{
    const imp_preset_info *preset;
    imp_params params;

    for (size_t i = 0; (preset = imp_preset_known(i)); i++) {
        CHECK_OK(imp_params_init(&params, preset->name, &err));
        make_small(&params);
        check_job(PAIR(photo, painting), &params, preset->name);
    }
}

static void check_settings(const char *const *how, const char *name)
{
    imp_params params = small_params();

    make_small(&params);
    set_params(&params, how);
    check_job(PAIR(photo, painting), &params, name);
}

static void test_each_optimiser(void)
{
    static const char *const how[][10] = {
        { "optimiser", "adam", "average", "0.9", "result", "average", "carry", "true" },
        { "optimiser", "adam", "epsilon-hat", "true", "clamp", "false", "result", "last" },
        { "optimiser", "lbfgs", "line-search", "none", "clamp", "false", "metric", "scalar" },
        { "optimiser", "lbfgs", "line-search", "wolfe", "carry", "true", "metric", "bands" },
        { "optimiser", "lbfgs", "line-search", "wolfe", "clamp", "false", "average", "0.5" },
        { "optimiser", "lbfgs", "line-search", "backtracking", "history", "2" },
    };

    for (size_t i = 0; i < sizeof how / sizeof *how; i++) check_settings(how[i], how[i][3]);
}

static void test_starts_and_colours(void)
{
    static const char *const how[][10] = {
        { "init", "noise", "seed", "7", "detail", "0.5" },
        { "init", "style", "keep-colours", "true", "variable", "byte" },
        { "init", "grey", "match-colours", "pca", "variable", "normalised" },
        { "linear-light", "true", "init-weight", "0.5", "init", "noise" },
    };

    for (size_t i = 0; i < sizeof how / sizeof *how; i++) check_settings(how[i], how[i][1]);
}

/* The first size gains too little after 21 evaluations, long before its 30 steps. */
static void test_a_size_that_ends_early(void)
{
    imp_params params = small_params();

    make_small(&params);
    SET(&params, "steps", "30,25", "stop", "0.9");
    check_job(PAIR(photo, painting), &params, "stop");
}

static imp_mask *part(size_t from, size_t to)
{
    imp_mask *mask;

    if (imp_mask_new(&mask, W, H, &err) != IMP_OK) exit(1);
    for (size_t i = from * W; i < to * W; i++) imp_mask_values(mask)[i] = 1;
    return mask;
}

/* Two paintings, each mask there is, a photograph with alpha, a start of its own. */
typedef struct full_job { imp_mask *mask[4]; imp_image *clear; imp_inputs in; } full_job;

static full_job full_job_new(void)
{
    full_job job = { .mask = { part(0, 10), part(4, 18), part(0, 6), part(15, 18) } };

    if (imp_image_new(&job.clear, W, H, true, &err) != IMP_OK) exit(1);
    memcpy(imp_image_rgb(job.clear), imp_image_rgb_const(photo), 3 * W * H * sizeof(float));
    for (size_t i = 0; i < W * H; i++) imp_image_alpha(job.clear)[i] = (float) (i % W) / W;
    job.in = pair_from(job.clear, painting, other);
    job.in.styles = 2;
    job.in.style[1] = (imp_style) {
        .painting = other, .weight = 2, .scale = 1, .match_colours = IMP_MATCH_CHOLESKY,
    };
    job.in.style[0].region = job.mask[0];
    job.in.style[0].source = job.mask[1];
    job.in.content = job.mask[2];
    job.in.keep = job.mask[3];
    return job;
}

static void full_job_free(full_job *job)
{
    for (int i = 0; i < 4; i++) imp_mask_free(job->mask[i]);
    imp_image_free(job->clear);
}

static imp_params full_params(void)
{
    imp_params params = small_params();

    make_small(&params);
    SET(&params, "init", "image", "steps", "2,2", "style-layers", "relu1_1,relu2_1");
    return params;
}

static void test_regions(void)
{
    imp_params params = full_params();
    full_job job = full_job_new();

    check_job(&job.in, &params, "gram");
    SET(&params, "style-loss", "wasserstein", "optimiser", "lbfgs", "average", "0.9");
    check_job(&job.in, &params, "wasserstein");
    full_job_free(&job);
}

/* Each step by a painter of its own. */
static void test_step_by_step(void)
{
    sight seen[MAX_STEPS];
    imp_painter *p;
    imp_params params = small_params();
    int n;

    make_small(&params);
    SET(&params, "optimiser", "lbfgs", "line-search", "wolfe", "average", "0.9");
    n = paint(seen, PAIR(photo, painting), &params, false);
    p = new_painter(PAIR(photo, painting), &params);
    for (int k = 0; k < n; k++) {
        CHECK_OK(imp_painter_save(p, file, &err));
        imp_painter_free(p);
        CHECK_OK(resume(&p, PAIR(photo, painting), &params));
        CHECK_OK(imp_painter_step(p, 1, NULL, &err));
    }
    sight last = look(p);
    CHECK(same_sight(&last, &seen[n]));
    imp_image_free(last.image);
    imp_painter_free(p);
    forget(seen, n);
}

/* From a picture so bright that no loss is finite: kept is the best, and that it is over. */
static void test_a_painter_that_failed(void)
{
    imp_params params = small_params();
    imp_image *glare = waves(W, H, 1, 5);
    const imp_inputs in = pair_from(photo, painting, glare);
    imp_painter *p, *again = NULL;
    sight a, b;

    for (size_t i = 0; i < 3 * W * H; i++) imp_image_rgb(glare)[i] *= 1e30f;
    make_small(&params);
    SET(&params, "clamp", "false", "init", "image", "carry", "true");
    p = new_painter(&in, &params);
    CHECK_STATUS(imp_painter_step(p, 6, NULL, &err), IMP_EINVAL);
    CHECK_OK(imp_painter_save(p, file, &err));
    CHECK_OK(resume(&again, &in, &params));
    CHECK_STATUS(imp_painter_step(again, 6, NULL, &err), IMP_OK);
    a = look(p);
    b = look(again);
    CHECK(b.at.done && b.at.step == 0 && same_image(a.image, b.image));
    imp_image_free(a.image);
    imp_image_free(b.image);
    imp_painter_free(p);
    imp_painter_free(again);
    imp_image_free(glare);
}

/* --- Refused ----------------------------------------------------------------------------- */

static void save_at(int step, const imp_inputs *in, const imp_params *params)
{
    imp_painter *p = new_painter(in, params);

    CHECK_STATUS(imp_painter_step(p, step, NULL, &err), IMP_OK);
    CHECK_STATUS(imp_painter_save(p, file, &err), IMP_OK);
    imp_painter_free(p);
}

/* The message begins with the file's name and has `says` in it. */
static void check_refused(imp_status got, imp_status want, const imp_painter *p,
                          const char *says)
{
    if (got != want || p || !strstr(err.message, says)
        || strncmp(err.message, file, strlen(file)))
        check_fail(__FILE__, __LINE__, "\"%s\" (%s) and not \"%s\" (%s)",
                   got == IMP_OK ? "" : err.message, imp_status_name(got), says,
                   imp_status_name(want));
}

static void refuse(const imp_inputs *in, const imp_params *params, const char *says)
{
    imp_painter *p = NULL;

    check_refused(resume(&p, in, params), IMP_EINVAL, p, says);
    imp_painter_free(p);
}

static void test_other_pictures_are_told(void)
{
    const imp_params params = full_params();
    const full_job job = full_job_new();
    full_job gone = job;
    imp_inputs in;

    save_at(3, &job.in, &params);
#define WITHOUT(change, says) (in = job.in, change, refuse(&in, &params, says))
    WITHOUT(in.photo = photo, "from another photograph");
    WITHOUT(in.init = painting, "from another starting picture");
    WITHOUT(in.style[1].painting = photo, "from another painting 2");
    WITHOUT(in.styles = 1, "paintings: \"2\", not \"1\"");
    WITHOUT(in.style[0].weight = 0.1, "the weight of painting 1 \"1\", not \"0.1\"");
    WITHOUT(in.style[1].scale = 1.5, "the scale of painting 2");
    WITHOUT(in.style[1].match_colours = IMP_MATCH_NO, "the colour match of painting 2");
    WITHOUT(in.style[0].region = NULL, "with a mask for painting 1");
    WITHOUT(in.style[1].region = job.mask[1], "without a mask for painting 2");
    WITHOUT(in.style[0].source = job.mask[0], "from another mask of a part of painting 1");
    WITHOUT(in.content = job.mask[0], "from another mask of the content");
    WITHOUT(in.keep = NULL, "with a mask of what is kept");
#undef WITHOUT
    imp_image_alpha(job.clear)[7] += 0.001f;
    refuse(&job.in, &params, "from another photograph");
    full_job_free(&gone);
}

static void test_other_settings_are_told(void)
{
    static const char *const set[][3] = {
        { "style-weight", "2e3", "style-weight" }, { "seed", "12", "seed \"0\", not \"12\"" },
        { "steps", "3,5", "steps \"3,4\", not \"3,5\"" }, { "size", "long:25", "size" },
        { "history", "11", "history" }, { "optimiser", "lbfgs", "optimiser \"adam\"" },
    };
    imp_params params = small_params(), changed;

    make_small(&params);
    SET(&params, "seed", "0");
    save_at(2, PAIR(photo, painting), &params);
    for (size_t i = 0; i < sizeof set / sizeof *set; i++) {
        changed = params;
        SET(&changed, set[i][0], set[i][1]);
        refuse(PAIR(photo, painting), &changed, set[i][2]);
    }
    changed = params;
    strcpy(changed.preset, "classic");
    refuse(PAIR(photo, painting), &changed, "the preset");
}

static imp_context *context(const char *backend, int threads)
{
    imp_context_params params;
    imp_context *c = NULL;

    imp_context_params_init(&params);
    params.backend = backend;
    params.threads = threads;
    CHECK_STATUS(imp_context_new(&c, &params, &err), IMP_OK);
    return c;
}

static void test_other_machinery_is_told(void)
{
    imp_context *const own = ctx, *c[2] = { context("c", 2), context("reference", 1) };
    imp_params params = small_params();

    make_small(&params);
    save_at(2, PAIR(photo, painting), &params);
    for (int i = 0; i < 2; i++) {
        ctx = c[i];
        refuse(PAIR(photo, painting), &params, i ? "the backend \"c\", not \"reference\""
                                                 : "threads: \"1\", not \"2\"");
        imp_context_free(c[i]);
    }
    ctx = own;
    model->weights->sha256[0] = 'f';
    refuse(PAIR(photo, painting), &params, "the weights");
    model->weights->sha256[0] = '0';
}

/* --- Damaged ----------------------------------------------------------------------------- */

/* The checkpoint of a tiny job, of which the file is then made anew. */
typedef struct saved { char *data; size_t len; imp_params params; } saved;

static saved saved_new(void)
{
    saved s = { .params = small_params() };

    SET(&s.params, "size", "long:4", "style-fit", "size", "content-layers", "relu1_1",
        "style-layers", "relu1_1");
    save_at(2, PAIR(photo, painting), &s.params);
    if (imp_file_read(&s.data, &s.len, file, SIZE_MAX, &err) != IMP_OK) exit(1);
    return s;
}

static void rewrite(const void *data, size_t len)
{
    FILE *f = fopen(file, "wb");

    if (!f || fwrite(data, 1, len, f) != len || fclose(f)) exit(1);
}

static void refuse_file(const saved *s, imp_status want, const char *says)
{
    imp_painter *p = NULL;

    check_refused(resume(&p, PAIR(photo, painting), &s->params), want, p, says);
    imp_painter_free(p);
}

static void test_torn_at_any_length(void)
{
    saved s = saved_new();

    printf("# %zu bytes\n", s.len);
    for (size_t n = 0; n < s.len; n++) {
        rewrite(s.data, n);
        refuse_file(&s, IMP_EFORMAT, "torn");
    }
    rewrite(s.data, s.len);
    CHECK(truncate(file, (off_t) s.len + 1) == 0);
    refuse_file(&s, IMP_EFORMAT, "torn");
    imp_free(s.data);
}

static void test_any_bit_flipped(void)
{
    saved s = saved_new();
    const size_t length = s.len - 16;   /* where that of the stream is, before the sum */

    for (size_t i = 0; i < s.len; i++) {
        const char bit = (char) (1 << i % 8);
        s.data[i] ^= bit;
        rewrite(s.data, s.len);
        refuse_file(&s, IMP_EFORMAT, i < 7 ? "is no checkpoint of impasto"
                                   : i < length || i >= length + 8 ? "damaged" : "torn");
        s.data[i] ^= bit;
    }
    rewrite(s.data, s.len);
    imp_painter *p = NULL;
    CHECK_OK(resume(&p, PAIR(photo, painting), &s.params));
    imp_painter_free(p);
    imp_free(s.data);
}

static void test_foreign_files(void)
{
    static const char words[] = "not what a painter knows, however long it may be: words";
    saved s = saved_new();

    rewrite(words, sizeof words);
    refuse_file(&s, IMP_EFORMAT, "is no checkpoint of impasto");
    unlink(file);
    refuse_file(&s, IMP_EIO, "No such file");
    CHECK(symlink(folder, file) == 0);
    refuse_file(&s, IMP_EIO, "is no regular file");
    unlink(file);
    imp_free(s.data);
}

/* --- Not written ------------------------------------------------------------------------- */

static void test_a_full_disk_is_told(void)
{
    imp_params params = small_params();
    imp_painter *p;

    if (access("/dev/full", W_OK)) CHECK_SKIP("there is no /dev/full");
    make_small(&params);
    p = new_painter(PAIR(photo, painting), &params);
    CHECK_STATUS(imp_painter_save(p, "/dev/full", &err), IMP_EIO);
    CHECK(strstr(err.message, "/dev/full: cannot be written: No space left"));
    snprintf(path, sizeof path, "%s/none/file", folder);
    CHECK_STATUS(imp_painter_save(p, path, &err), IMP_EIO);
    CHECK(strstr(err.message, "No such file"));
    CHECK_STATUS(imp_painter_save(p, folder, &err), IMP_EIO);
    CHECK_STATUS(imp_painter_step(p, 1, NULL, &err), IMP_OK);
    imp_painter_free(p);
}

int main(void)
{
    if (!mkdtemp(folder)) return 1;
    snprintf(file, sizeof file, "%s/checkpoint", folder);
    model = made_up_model("conv2_1");
    ctx = context("c", 1);
    photo = waves(W, H, 0.4, 1);
    painting = waves(20, 22, 0.7, 2);
    other = waves(18, 30, 0.2, 3);
    CHECK_RUN(test_each_preset);
    CHECK_RUN(test_each_optimiser);
    CHECK_RUN(test_starts_and_colours);
    CHECK_RUN(test_a_size_that_ends_early);
    CHECK_RUN(test_regions);
    CHECK_RUN(test_step_by_step);
    CHECK_RUN(test_a_painter_that_failed);
    CHECK_RUN(test_other_pictures_are_told);
    CHECK_RUN(test_other_settings_are_told);
    CHECK_RUN(test_other_machinery_is_told);
    CHECK_RUN(test_torn_at_any_length);
    CHECK_RUN(test_any_bit_flipped);
    CHECK_RUN(test_foreign_files);
    CHECK_RUN(test_a_full_disk_is_told);
    unlink(file);
    CHECK(rmdir(folder) == 0);   /* nothing else was left there */
    imp_image_free(photo);
    imp_image_free(painting);
    imp_image_free(other);
    imp_context_free(ctx);
    imp_model_free(model);
    return check_done();
}
