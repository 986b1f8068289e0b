/* line_search.c - see line_search.h. Nocedal and Wright, Numerical Optimization, 2nd edition:
 * the strong Wolfe conditions by algorithms 3.5 and 3.6 in the variant of minFunc, as PyTorch
 * has it, and backtracking by algorithm 3.1 with interpolation. */
#include "style/line_search.h"

#include <math.h>

enum { MOST_WOLFE = 25, MOST_BACKTRACKING = 8 };   /* evaluations in a search */

static const double ARMIJO = 1e-4, CURVATURE = 0.9;

/* What of a loss that is computed in float is not worth searching for. */
static const double NOISE = 1e-7;

/* Where the cubic through two trials has its minimum, within limits; their middle if it has
 * none (equation 3.59). */
static double cubic(const imp_trial *a, const imp_trial *b, double lowest, double highest)
{
    const imp_trial *l = a->t <= b->t ? a : b, *r = a->t <= b->t ? b : a;
    const double d1 = l->slope + r->slope - 3 * (l->loss - r->loss) / (l->t - r->t);
    const double square = d1 * d1 - l->slope * r->slope;
    const double d2 = sqrt(fmax(square, 0));
    const double back = (r->slope + d2 - d1) / (r->slope - l->slope + 2 * d2);
    const double t = r->t - (r->t - l->t) * back;

    if (!(square >= 0)) return (lowest + highest) / 2;
    return fmin(fmax(t, lowest), highest);
}

static bool low_enough(const imp_search *s, const imp_trial *at)
{
    return at->loss <= s->start.loss + ARMIJO * at->t * s->start.slope;
}

static bool flat_enough(const imp_search *s, const imp_trial *at)
{
    return fabs(at->slope) <= -CURVATURE * s->start.slope;
}

void imp_search_begin(imp_search *s, double loss, double slope, double t)
{
    const imp_trial start = { 0, loss, slope };

    *s = (imp_search) { .kind = s->kind, .start = start, .end = { start, start }, .t = t };
}

/* --- The strong Wolfe conditions --------------------------------------------------------- */

static void find_low(imp_search *s)
{
    s->low = s->end[0].loss <= s->end[1].loss ? 0 : 1;
}

/* A trial too near to an end says little: a second time, or beyond the end, it is moved
 * inwards by a tenth of the bracket. */
static void away_from_ends(imp_search *s, double least, double most)
{
    const double margin = 0.1 * (most - least), t = s->t;
    const bool near = fmin(most - t, t - least) < margin;
    const bool move = near && (s->near_end || t >= most || t <= least);

    if (move) s->t = most - t < t - least ? most - margin : least + margin;
    s->near_end = near && !move;
}

/* Nothing more to win. If no trial was lower than the start, one that is higher by mere noise
 * but flatter takes the walk on, with its metric. */
static imp_verdict give_up(const imp_search *s, const imp_trial *at)
{
    const bool noise = at->loss - s->start.loss <= NOISE * fabs(s->start.loss);
    const bool flatter = fabs(at->slope) < fabs(s->start.slope);

    return s->end[s->low].t <= 0 && noise && flatter ? IMP_SEARCH_TAKE : IMP_SEARCH_BACK;
}

/* The next trial within the bracket. */
static imp_verdict narrow(imp_search *s, const imp_trial *at)
{
    const double least = fmin(s->end[0].t, s->end[1].t), most = fmax(s->end[0].t, s->end[1].t);
    const double worth = -s->start.slope * (most - least);

    if (s->looks >= MOST_WOLFE || worth <= NOISE * fabs(s->start.loss)) return give_up(s, at);
    s->t = cubic(&s->end[0], &s->end[1], least, most);
    away_from_ends(s, least, most);
    return IMP_SEARCH_TRY;
}

/* No bracket yet: further on, from an end that was not far enough. */
static imp_verdict extrapolate(imp_search *s, const imp_trial *at, bool *keep)
{
    const imp_trial before = s->end[0];

    s->t = cubic(&before, at, at->t + 0.01 * (at->t - before.t), 10 * at->t);
    s->end[0] = *at;
    *keep = true;
    return IMP_SEARCH_TRY;
}

static imp_verdict look_for_bracket(imp_search *s, const imp_trial *at, bool *keep)
{
    const bool rises = s->looks > 2 && at->loss >= s->end[0].loss;   /* minFunc's count */

    if (s->looks >= MOST_WOLFE) {
        s->end[0] = s->start;
        s->end[1] = *at;
        find_low(s);
        return s->low ? IMP_SEARCH_TAKE : IMP_SEARCH_BACK;
    }
    if (low_enough(s, at) && !rises) {
        if (flat_enough(s, at)) return IMP_SEARCH_TAKE;
        if (at->slope < 0) return extrapolate(s, at, keep);
    }
    s->bracketed = true;
    s->end[1] = *at;
    find_low(s);
    *keep = s->low == 1;
    return narrow(s, at);
}

static imp_verdict look_within_bracket(imp_search *s, const imp_trial *at, bool *keep)
{
    imp_trial *low = &s->end[s->low], *high = &s->end[!s->low];

    if (!low_enough(s, at) || at->loss >= low->loss) {
        const int replaced = !s->low;
        *high = *at;
        find_low(s);
        *keep = s->low == replaced;
        return narrow(s, at);
    }
    if (flat_enough(s, at)) return IMP_SEARCH_TAKE;
    if (at->slope * (high->t - low->t) >= 0) *high = *low;
    *low = *at;
    *keep = true;
    return narrow(s, at);
}

/* --- Backtracking ------------------------------------------------------------------------ */

/* Shortens by a half at least, to a tenth at most; a rise that is only noise is let pass. */
static imp_verdict backtrack(imp_search *s, const imp_trial *at)
{
    imp_trial lenient = *at;

    lenient.loss -= NOISE * fabs(s->start.loss);
    if (low_enough(s, &lenient)) return IMP_SEARCH_TAKE;
    if (s->looks >= MOST_BACKTRACKING) return IMP_SEARCH_BACK;
    s->t = cubic(&s->start, at, 0.1 * at->t, 0.5 * at->t);
    return IMP_SEARCH_TRY;
}

imp_verdict imp_search_look(imp_search *s, double loss, double slope, bool *keep)
{
    const imp_trial at = { s->t, loss, slope };

    *keep = false;
    s->looks++;
    switch (s->kind) {
    case IMP_LINE_SEARCH_NONE: break;
    case IMP_LINE_SEARCH_BACKTRACKING: return backtrack(s, &at);
    case IMP_LINE_SEARCH_WOLFE:
        return s->bracketed ? look_within_bracket(s, &at, keep)
                            : look_for_bracket(s, &at, keep);
    }
    return IMP_SEARCH_TAKE;
}

/* --- State ------------------------------------------------------------------------------- */

static void visit_trial(imp_trial *trial, imp_archive *archive)
{
    imp_archive_double(archive, &trial->t);
    imp_archive_double(archive, &trial->loss);
    imp_archive_double(archive, &trial->slope);
}

void imp_search_visit(imp_search *s, imp_archive *archive)
{
    visit_trial(&s->start, archive);
    visit_trial(&s->end[0], archive);
    visit_trial(&s->end[1], archive);
    imp_archive_double(archive, &s->t);
    imp_archive_int(archive, &s->low);
    imp_archive_require(archive, s->low == 0 || s->low == 1);
    imp_archive_int(archive, &s->looks);
    imp_archive_bool(archive, &s->bracketed);
    imp_archive_bool(archive, &s->near_end);
}
