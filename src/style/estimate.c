/* estimate.c - see estimate.h. Both the making of a stage and its steps cost something by
 * itself (weights are packed or transformed) and something a pixel; two trials tell the two
 * apart. */
#include "style/estimate.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "engine/network.h"
#include "style/inputs.h"
#include "style/objective.h"
#include "style/optimiser.h"
#include "style/region.h"
#include "style/stand_in.h"
#include "style/variable.h"

enum { SMALL = 128 * 128, LEAST_SIDE = 32, GROWTH = 4, TIMED = 3 };

/* Jobs no longer than that by the first trial are not worth a second one. A step of that is to
 * take no longer than the second of these, or the third as a share of the job. */
static const double brief = 0.8, second_step = 0.2, second_share = 0.005;

/* The share of the picture that each style goes to. */
typedef struct shares { double of[IMP_MAX_STYLES]; } shares;

/* What one trial took: to make the objective, which looks at so many pixels of all pictures,
 * and of one step the losses and the rest. */
typedef struct trial {
    double looked_at, pixels, dense, start, losses, rest;
    shares share;
} trial;

/* A trial's paintings have at most so many times the pixels of its picture. */
static const double at_most = 4;

/* Seconds by itself, seconds a pixel, and seconds a unit of what dense() counts. */
typedef struct cost { double fixed, pixel, dense; } cost;

/* --- A trial ----------------------------------------------------------------------------- */

/* What a trial works with; the same as a painter's. */
typedef struct rig {
    imp_seen seen;
    imp_objective *objective;
    imp_optimiser *optimiser;
    imp_tensor x, grad;
    double losses;           /* seconds in the step that is being made */
} rig;

static void rig_free(rig *r, const imp_ops *ops)
{
    imp_optimiser_free(r->optimiser);
    imp_objective_free(r->objective);
    ops->free(r->x.data);
    ops->free(r->grad.data);
    imp_seen_forget(&r->seen, NULL);
}

static imp_status rig_tensors(rig *r, const imp_ops *ops, const imp_params *params, int w,
                              int h, imp_error *err)
{
    const imp_tensor shape = { NULL, 3, h, w, 1 };
    const size_t n = imp_tensor_floats(&shape);
    float *host = imp_alloc(n, sizeof *host);

    r->x = r->grad = shape;
    r->x.data = ops->alloc(n);
    r->grad.data = ops->alloc(n);
    if (host && r->x.data && r->grad.data) {
        imp_variable_from_image(host, r->seen.photo, params->variable);
        ops->upload(r->x.data, host, n);
    }
    imp_free(host);
    if (host && r->x.data && r->grad.data) return IMP_OK;
    return imp_fail(err, IMP_ENOMEM, "no memory to try how fast it is");
}

static imp_status rig_make(rig *r, const imp_objective_desc *job, const imp_stage *s,
                           double *start, imp_error *err)
{
    const imp_params *params = job->params;
    const imp_ops *ops = job->ctx->ops;
    imp_objective_desc small = *job;
    imp_status status = IMP_OK;
    imp_inputs inputs;
    double begin;

    TRY(imp_seen_make(&r->seen, job->inputs, params, s, NULL, err));
    TRY(rig_tensors(r, ops, params, (int) s->width, (int) s->height, err));
    inputs = imp_seen_inputs(&r->seen, job->inputs);
    small.inputs = &inputs;
    begin = imp_clock();
    TRY(imp_objective_new(&r->objective, &small, err));
    *start = imp_clock() - begin;
    TRY(imp_optimiser_new(&r->optimiser, ops, params, &r->x, err));
done:
    return status;
}

static void add_loss(void *user, const char *what, const char *of, bool backward,
                     double seconds, double flop)
{
    rig *r = user;

    (void) of, (void) backward, (void) flop;
    if (!strcmp(what, "loss")) r->losses += seconds;
}

static double pixels_of(const imp_stage *s)
{
    return (double) s->width * (double) s->height;
}

/* One step, into the trial if it is the quickest so far. */
static void time_step(trial *t, rig *r)
{
    const double begin = imp_clock();
    imp_losses loss;
    double seconds;

    r->losses = 0;
    imp_objective_eval(r->objective, &r->x, &r->grad, &loss);
    imp_optimiser_next(r->optimiser, r->x.data, loss.total, r->grad.data);
    seconds = imp_clock() - begin;
    if (t->losses + t->rest > 0 && t->losses + t->rest <= seconds) return;
    t->losses = r->losses;
    t->rest = seconds - r->losses;
}

/* Pixels that are left of a picture after the poolings up to a layer. */
static double pixels_at(size_t width, size_t height, int layer)
{
    const size_t pixel = (size_t) imp_network_least_side(&imp_vgg19, layer);

    return (double) (width / pixel) * (double) (height / pixel);
}

static double paintings_pixels(const imp_stage *s)
{
    double sum = 0;

    for (int i = 0; i < s->styles; i++)
        sum += (double) s->style[i].width * (double) s->style[i].height;
    return sum;
}

/* Products in the Wasserstein distance of n pixels of c channels: of matrices of channels, or
 * where pixels are fewer of these by either. */
static double products(double c, double n)
{
    return n < c ? 3 * c * c * n + 6 * c * n * n + 5 * n * n * n : 8 * c * c * c;
}

/* Products in the losses of all styles at all layers, were they Wasserstein distances. */
static double dense(const imp_params *params, const imp_stage *s, const shares *share)
{
    double sum = 0;

    for (int i = 0; i < params->style_layers.n; i++) {
        const int tap = imp_network_find(&imp_vgg19, params->style_layers.item[i].layer);
        const double pixels = pixels_at(s->width, s->height, tap);
        for (int j = 0; j < s->styles; j++)
            sum += products(imp_vgg19.layer[tap].out_c, share->of[j] * pixels);
    }
    return sum;
}

static imp_status run(trial *t, const imp_objective_desc *job, const imp_stage *s,
                      imp_error *err)
{
    imp_status status;
    rig r = { 0 };
    const imp_watch watch = { add_loss, &r };

    *t = (trial) {
        .looked_at = pixels_of(s) + paintings_pixels(s), .pixels = pixels_of(s),
    };
    TRY(rig_make(&r, job, s, &t->start, err));
    for (int i = 0; i < s->styles; i++)
        t->share.of[i] = imp_region_share(r.seen.regions.mask[i]);
    t->dense = dense(job->params, s, &t->share);
    imp_objective_watch(r.objective, &watch);
    for (int i = 0; i < TIMED; i++) time_step(t, &r);   /* the first is often slower */
done:
    rig_free(&r, job->ctx->ops);
    return status;
}

/* --- What a trial is too short for ------------------------------------------------------- */

/* L-BFGS remembers more and more steps, and for each of them goes through its memory: two dot
 * products and two scaled sums, of which a sum also writes. (What a metric of bands takes,
 * 1.5 % of a step, 5 % within ranges, is left to the trial's inaccuracy.) */
enum { FLOATS_A_PAIR = 2 * 2 + 2 * 3, STREAM = 6 << 20 };

/* Seconds a float from memory, of vectors that no cache holds; 0 if there is no room. */
static double stream_seconds(const imp_ops *ops)
{
    float *a = ops->alloc(STREAM), *b = ops->alloc(STREAM);
    double seconds = 0;

    for (int i = 0; a && b && i < TIMED; i++) {
        const double begin = imp_clock();
        if (ops->dot(a, b, STREAM) != 0) break;
        seconds = i ? fmin(seconds, imp_clock() - begin) : imp_clock() - begin;
    }
    ops->free(a);
    ops->free(b);
    return seconds / (2.0 * STREAM);
}

/* The pairs gone through in all steps of a stage. */
static double pairs_of(const imp_params *params, int steps)
{
    double pairs = 0;

    for (int i = 0; i < steps; i++) pairs += fmin(params->history, i);
    return pairs;
}

/* Adds the seconds for the memory of L-BFGS to all stages. */
static void add_remembering(imp_stage *stages, int n, const imp_ops *ops,
                            const imp_params *params)
{
    double a_float;

    if (params->optimiser != IMP_METHOD_LBFGS) return;
    a_float = stream_seconds(ops);
    for (int i = 0; i < n; i++) {
        imp_stage *s = &stages[i];
        s->seconds += a_float * pairs_of(params, s->steps) * FLOATS_A_PAIR * 3 * pixels_of(s);
    }
}

/* --- From trials to the job -------------------------------------------------------------- */

/* The line through both; through one and nothing if both are one or tell nonsense. */
static cost line(double p, double a, double q, double b)
{
    const double pixel = q > p ? (b - a) / (q - p) : 0, fixed = a - pixel * p;

    if (pixel > 0 && fixed >= 0) return (cost) { .fixed = fixed, .pixel = pixel };
    return (cost) { .pixel = q > p ? b / q : a / p };
}

/* Of the losses: those of Gram matrices go by pixels; roots of matrices cost what these are
 * large, which from some size on is no more. */
static cost losses_cost(const imp_params *params, const trial *a, const trial *b)
{
    const double det = a->pixels * b->dense - b->pixels * a->dense;
    const cost c = {
        .pixel = (a->losses * b->dense - b->losses * a->dense) / det,
        .dense = (b->losses * a->pixels - a->losses * b->pixels) / det,
    };

    if (params->style_loss == IMP_STYLE_WASSERSTEIN && det != 0 && c.pixel > 0 && c.dense > 0)
        return c;
    return line(a->pixels, a->losses, b->pixels, b->losses);
}

/* Sets what each stage takes, and returns their sum. */
static double whole_job(imp_stage *stages, int n, const imp_params *params, const trial *a,
                        const trial *b)
{
    const cost start = line(a->looked_at, a->start, b->looked_at, b->start);
    const cost rest = line(a->pixels, a->rest, b->pixels, b->rest);
    const cost losses = losses_cost(params, a, b);
    double seconds = 0;

    for (int i = 0; i < n; i++) {
        imp_stage *s = &stages[i];
        const double pixels = pixels_of(s), looked_at = pixels + paintings_pixels(s);
        const double step = rest.fixed + rest.pixel * pixels + losses.fixed
                            + losses.pixel * pixels
                            + losses.dense * dense(params, s, &b->share);
        s->seconds = start.fixed + start.pixel * looked_at + s->steps * step;
        seconds += s->seconds;
    }
    return seconds;
}

static size_t shrunk(size_t side, double scale)
{
    return (size_t) fmax(fmin((double) side, LEAST_SIDE), scale * (double) side);
}

/* The stage with no more than so many `pixels`, its paintings in proportion unless they are
 * much larger, but for sides that are short anyway. */
static imp_stage shrink(const imp_stage *s, double pixels)
{
    const double scale = fmin(1, sqrt(pixels / pixels_of(s)));

    imp_stage small = *s;

    small.width = shrunk(s->width, scale);
    small.height = shrunk(s->height, scale);
    for (int i = 0; i < s->styles; i++) {
        const imp_extent size = s->style[i];
        const double most = at_most * pixels / ((double) size.width * (double) size.height);
        const double by = fmin(scale, sqrt(most));
        small.style[i] = (imp_extent) { shrunk(size.width, by), shrunk(size.height, by) };
    }
    return small;
}

static imp_status try_twice(imp_stage *stages, int n, const imp_objective_desc *job,
                            imp_error *err)
{
    const imp_stage *last = &stages[n - 1], small = shrink(last, SMALL);
    imp_status status = IMP_OK;
    double seconds;
    imp_stage larger;
    trial a, b;

    TRY(run(&a, job, &small, err));
    seconds = whole_job(stages, n, job->params, &a, &a);
    larger = shrink(last, a.pixels * fmin(GROWTH, fmax(second_step, second_share * seconds)
                                                  / (a.losses + a.rest)));
    if (seconds < brief || pixels_of(&larger) < 2 * a.pixels) goto done;
    TRY(run(&b, job, &larger, err));
    whole_job(stages, n, job->params, &a, &b);
done:
    return status;
}

imp_status imp_estimate_seconds(imp_stage *stages, int n, const imp_objective_desc *job,
                                imp_error *err)
{
    imp_objective_desc known = *job;
    imp_stand_in *network = NULL;
    imp_status status = IMP_OK;

    if (!job->model) {
        TRY(imp_stand_in_new(&network, err));
        known.model = imp_stand_in_model(network);
    }
    TRY(try_twice(stages, n, &known, err));
    add_remembering(stages, n, job->ctx->ops, job->params);
done:
    imp_stand_in_free(network);
    return status;
}
