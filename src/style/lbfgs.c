/* lbfgs.c - L-BFGS (Liu and Nocedal, 1989; the recursion is Nocedal and Wright's algorithm
 * 7.4), within ranges by projection.
 *
 * Vectors are float, their products double. Without ranges, and without a line search or with
 * Wolfe's conditions, every step is PyTorch's. Within ranges a trial is the point x0 + t d
 * brought back into them, the step that is remembered is the one that was really made, and
 * variables that stand at an end which their gradient pushes them against are left out of the
 * direction: what remains is a principal part of a positive definite metric. The pairs of one
 * size mislead at the next (what is fine there was not in them), so only the first metric's
 * bands are carried over. */
#include <math.h>

#include "base/memory.h"
#include "style/line_search.h"
#include "style/metric.h"
#include "style/variable.h"
#include "style/walker.h"

/* A step s and the change y of the gradient over it. */
typedef struct pair {
    float *s, *y;
    double product;          /* s y */
    double share;            /* of s in the direction: of use within the recursion only */
} pair;

typedef struct lbfgs {
    imp_optimiser base;
    double length;           /* of a step, as a share of the proposed one                    */
    double unit;             /* the variable's range, black to white                         */
    int history;
    pair *pairs;             /* a ring                                                       */
    int oldest, count;
    imp_first_metric metric;
    float *x, *grad;         /* where the search started                                     */
    float *d;                /* its direction                                                */
    float *low_grad;         /* at the best trial; NULL unless there may be a way back to it */
    bool begun;              /* there is a search                                            */
    bool fresh;              /* nothing is known of lengths yet                              */
    imp_search search;
} lbfgs;

/* Curvature below this is not learnt from, as in PyTorch. */
static const double LEAST_PRODUCT = 1e-10;

/* How far backtracking's first step moves a variable, root mean square, as a share of its
 * range: seen well in float, and not yet a change of the picture. */
static const double FIRST_MOVE = 0.01;

/* How far any of its first trials moves a variable: where the loss has kinks, pairs can
 * promise far more than there is, up to a picture of noise from which no search finds back. */
static const double MOST_MOVE = 0.05;

/* --- Making it --------------------------------------------------------------------------- */

static size_t vectors(const imp_params *params)
{
    return 2 * (size_t) params->history + (params->line_search == IMP_LINE_SEARCH_WOLFE) + 3
           + imp_metric_vectors(params->metric, params->clamp);
}

static bool take_pairs(lbfgs *l)
{
    const imp_ops *ops = l->base.ops;

    l->pairs = imp_alloc((size_t) l->history, sizeof *l->pairs);
    for (int i = 0; l->pairs && i < l->history; i++) {
        l->pairs[i].s = ops->alloc(l->base.n);
        l->pairs[i].y = ops->alloc(l->base.n);
        if (!l->pairs[i].s || !l->pairs[i].y) return false;
    }
    return l->pairs;
}

/* Without its pairs it walks as at its beginning. */
static void forget(lbfgs *l)
{
    l->oldest = l->count = 0;
    imp_metric_forget(&l->metric);
    l->fresh = true;
}

static bool start(imp_optimiser *opt, const imp_params *params)
{
    lbfgs *l = (lbfgs *) opt;
    const bool wolfe = params->line_search == IMP_LINE_SEARCH_WOLFE;

    l->length = params->step_length;
    l->unit = (double) imp_variable_map_of(params->variable).scale[0];
    l->history = params->history;
    l->search.kind = params->line_search;
    if (!imp_metric_init(&l->metric, opt->ops, &opt->shape, params->metric, opt->boxed))
        return false;
    forget(l);
    l->x = opt->ops->alloc(opt->n);
    l->grad = opt->ops->alloc(opt->n);
    l->d = opt->ops->alloc(opt->n);
    if (wolfe) l->low_grad = opt->ops->alloc(opt->n);
    return l->x && l->grad && l->d && (!wolfe || l->low_grad) && take_pairs(l);
}

static void stop(imp_optimiser *opt)
{
    lbfgs *l = (lbfgs *) opt;

    for (int i = 0; l->pairs && i < l->history; i++) {
        opt->ops->free(l->pairs[i].s);
        opt->ops->free(l->pairs[i].y);
    }
    imp_free(l->pairs);
    opt->ops->free(l->x);
    opt->ops->free(l->grad);
    opt->ops->free(l->d);
    opt->ops->free(l->low_grad);
    imp_metric_free(&l->metric);
}

static void reset(imp_optimiser *opt)
{
    lbfgs *l = (lbfgs *) opt;

    forget(l);
    l->begun = false;
}

/* --- The direction ----------------------------------------------------------------------- */

/* The i-th pair, oldest first. */
static pair *pair_at(const lbfgs *l, int i)
{
    return &l->pairs[(l->oldest + i) % l->history];
}

/* Variables that the gradient pushes against an end stay where they are. */
static imp_held held_of(const lbfgs *l)
{
    const imp_optimiser *opt = &l->base;
    imp_held held = { opt->shape, l->grad, opt->low, opt->high };

    held.x.data = l->x;
    return held;
}

static void hold(lbfgs *l, const imp_held *held)
{
    if (held) l->base.ops->hold(l->d, &held->x, held->grad, held->low, held->high);
}

static void find_direction(lbfgs *l)
{
    const imp_ops *ops = l->base.ops;
    const size_t n = l->base.n;
    const imp_held ends = held_of(l), *held = l->base.boxed ? &ends : NULL;

    ops->scale(l->d, l->grad, -1, n);
    hold(l, held);
    for (int i = l->count - 1; i >= 0; i--) {
        pair *p = pair_at(l, i);
        p->share = ops->dot(p->s, l->d, n) / p->product;
        ops->add_scaled(l->d, p->y, -p->share, n);
    }
    imp_metric_apply(&l->metric, l->d, held);
    for (int i = 0; i < l->count; i++) {
        const pair *p = pair_at(l, i);
        ops->add_scaled(l->d, p->s, p->share - ops->dot(p->y, l->d, n) / p->product, n);
    }
    hold(l, held);
}

/* The derivative along the direction at x, where the gradient is `grad`. */
static double slope_at(const lbfgs *l, float *x, const float *grad)
{
    const imp_optimiser *opt = &l->base;
    imp_tensor at = opt->shape;

    at.data = x;
    if (!opt->boxed) return opt->ops->dot(grad, l->d, opt->n);
    return opt->ops->slope(&at, grad, l->d, opt->low, opt->high);
}

/* --- Steps ------------------------------------------------------------------------------- */

/* The length at which a search moves a variable by so much of its range, root mean square. */
static double length_of_move(const lbfgs *l, double share)
{
    const size_t n = l->base.n;
    const double size = sqrt(l->base.ops->squared_norm(l->d, n) / (double) n);

    return size > 0 ? share * l->unit / size : 0;
}

/* The length of a first step, along the gradient. PyTorch's moves all variables by 1 together
 * (for a picture that is next to nothing), which costs an evaluation without a line search and
 * several with Wolfe's conditions. */
static double first_length(const lbfgs *l)
{
    if (l->search.kind == IMP_LINE_SEARCH_BACKTRACKING) return length_of_move(l, FIRST_MOVE);
    return fmin(1, 1 / l->base.ops->absolute_sum(l->d, l->base.n));
}

/* The trial point. */
static void place(lbfgs *l, float *x, double t)
{
    const imp_optimiser *opt = &l->base;

    opt->ops->copy(x, l->x, opt->n);
    opt->ops->add_scaled(x, l->d, t, opt->n);
    imp_walker_keep_within(opt, x);
}

/* From l->x, where the loss and l->grad are known, to the first trial. */
static void set_out(lbfgs *l, float *x, double loss)
{
    double slope, t;

    find_direction(l);
    slope = slope_at(l, l->x, l->grad);
    if (!(slope <= 0) && l->count > 0) {   /* rounding or ranges have spoilt the metric */
        forget(l);
        find_direction(l);
        slope = slope_at(l, l->x, l->grad);
    }
    t = l->length * (l->fresh ? first_length(l) : 1);
    if (l->search.kind == IMP_LINE_SEARCH_BACKTRACKING)
        t = fmin(t, length_of_move(l, MOST_MOVE));
    l->fresh = false;
    imp_search_begin(&l->search, loss, slope, t);
    place(l, x, t);
}

/* Remembers the step from l->x to x, instead of the oldest one if there is no more room. */
static void learn(lbfgs *l, const float *x, const float *grad)
{
    const imp_ops *ops = l->base.ops;
    const size_t n = l->base.n;
    const bool full = l->count == l->history;
    pair *p = pair_at(l, full ? 0 : l->count);
    float *const s = l->x, *const y = l->grad;
    double product;

    ops->subtract(s, x, s, n);
    ops->subtract(y, grad, y, n);
    product = ops->dot(y, s, n);
    if (!(product > LEAST_PRODUCT)) return;
    imp_metric_learn(&l->metric, s, y, product);
    l->x = p->s;
    l->grad = p->y;
    *p = (pair) { .s = s, .y = y, .product = product };
    if (full) l->oldest = (l->oldest + 1) % l->history;
    else l->count++;
}

static void go_on_from(lbfgs *l, float *x, double loss, const float *grad)
{
    l->base.ops->copy(l->x, x, l->base.n);
    l->base.ops->copy(l->grad, grad, l->base.n);
    set_out(l, x, loss);
}

/* The search ended at an earlier trial, or has found nothing better than its start: then the
 * metric is to blame. */
static void go_back(lbfgs *l, float *x)
{
    const imp_trial low = l->search.end[l->search.low];

    if (l->low_grad && low.t > 0) {
        place(l, x, low.t);
        learn(l, x, l->low_grad);
        go_on_from(l, x, low.loss, l->low_grad);
    } else {
        forget(l);
        set_out(l, x, l->search.start.loss);
    }
}

static void next(imp_optimiser *opt, float *x, double loss, const float *grad)
{
    lbfgs *l = (lbfgs *) opt;
    const bool searches = l->search.kind != IMP_LINE_SEARCH_NONE;
    imp_verdict verdict;
    bool keep;

    if (!l->begun) {
        l->begun = true;
        go_on_from(l, x, loss, grad);
        return;
    }
    verdict = imp_search_look(&l->search, loss, searches ? slope_at(l, x, grad) : 0, &keep);
    if (keep) opt->ops->copy(l->low_grad, grad, opt->n);
    switch (verdict) {
    case IMP_SEARCH_TRY:
        place(l, x, l->search.t);
        break;
    case IMP_SEARCH_TAKE:
        learn(l, x, grad);
        go_on_from(l, x, loss, grad);
        break;
    case IMP_SEARCH_BACK:
        go_back(l, x);
        break;
    }
}

/* --- State ------------------------------------------------------------------------------- */

static imp_status carry(imp_optimiser *to, const imp_optimiser *from, imp_error *err)
{
    (void) err;
    imp_metric_carry(&((lbfgs *) to)->metric, &((const lbfgs *) from)->metric);
    return IMP_OK;
}

static void visit_pairs(lbfgs *l, imp_archive *archive)
{
    const size_t n = l->base.n;

    if (archive->reading) l->oldest = 0;
    for (int i = 0; archive->status == IMP_OK && i < l->count; i++) {
        pair *p = pair_at(l, i);
        imp_archive_vector(archive, p->s, n);
        imp_archive_vector(archive, p->y, n);
        imp_archive_double(archive, &p->product);
    }
}

static void visit(imp_optimiser *opt, imp_archive *archive)
{
    lbfgs *l = (lbfgs *) opt;

    imp_archive_bool(archive, &l->begun);
    imp_archive_bool(archive, &l->fresh);
    imp_archive_int(archive, &l->count);
    imp_archive_require(archive, l->count >= 0 && l->count <= l->history);
    imp_metric_visit(&l->metric, archive);
    imp_search_visit(&l->search, archive);
    imp_archive_vector(archive, l->x, opt->n);
    imp_archive_vector(archive, l->grad, opt->n);
    imp_archive_vector(archive, l->d, opt->n);
    if (l->low_grad) imp_archive_vector(archive, l->low_grad, opt->n);
    visit_pairs(l, archive);
}

const imp_walker imp_walker_lbfgs = {
    .size = sizeof(lbfgs), .vectors = vectors, .start = start, .stop = stop, .reset = reset,
    .next = next, .carry = carry, .visit = visit,
};
