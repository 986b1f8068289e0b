/* metric.c - see metric.h.
 *
 * The scalar is s y / y y, as Nocedal and Wright have it (7.20). A band's factor is the root
 * of its share of the energy of s over its share of that of y: were the Hessian a number in
 * each band, the inverse of that number, but for a factor that is common to all. That one is
 * in the scalar, which with the factors D is s y / y D y.
 *
 * Where some variables stay, by a projection P, a part of the inverse is not the inverse of a
 * part: P D P would overshoot, by up to the ratio of the factors, since what is smooth but for
 * gaps has all frequencies. There d solves P D^-1 P d = P q, by conjugate gradients that P D P
 * preconditions: three or four iterations, as long as the gaps are few. */
#include "style/metric.h"

#include <math.h>

/* What is left of the energies so far when the next pair comes. */
static const double FADING = 0.6;

/* Added to each share: a band in which nothing moves has the factor 1, and no factor lies
 * beyond the root of this and its inverse. */
static const double LEAST_SHARE = 1e-9;

/* A solution is good enough when the rest, its square measured by the preconditioner, is this
 * share of what it was. To stop early makes too short a step, never too long a one. */
static const double GOOD_ENOUGH = 1e-4;
enum { MOST_ITERATIONS = 8, WORK = 3 };

/* How far the blocks move from one pair to the next: their edges come to lie everywhere, or
 * they would show in a picture of few steps. */
enum { SHIFT = 13 };

size_t imp_metric_vectors(imp_metric kind, bool boxed)
{
    return kind == IMP_METRIC_BANDS && boxed ? WORK : 0;
}

bool imp_metric_init(imp_first_metric *m, const imp_ops *ops, const imp_tensor *shape,
                     imp_metric kind, bool boxed)
{
    const size_t n = imp_tensor_floats(shape), vectors = imp_metric_vectors(kind, boxed);

    *m = (imp_first_metric) { .ops = ops, .shape = *shape, .kind = kind, .scalar = 1 };
    for (size_t i = 0; i < vectors; i++)
        if (!(m->work[i] = ops->alloc(n))) return false;
    return true;
}

void imp_metric_free(imp_first_metric *m)
{
    for (int i = 0; i < WORK; i++) m->ops->free(m->work[i]);
}

void imp_metric_forget(imp_first_metric *m)
{
    m->scalar = 1;
    m->shift = 0;
    m->bands = (imp_band_metric) { .known = false };
}

/* --- Learning ---------------------------------------------------------------------------- */

static double sum(const double energy[IMP_BANDS])
{
    double total = 0;

    for (int i = 0; i < IMP_BANDS; i++) total += energy[i];
    return total;
}

static void find_factors(imp_band_metric *b)
{
    const double s = sum(b->s), y = sum(b->y);

    for (int i = 0; i < IMP_BANDS; i++)
        b->factor[i] = (float) sqrt((b->s[i] / s + LEAST_SHARE) / (b->y[i] / y + LEAST_SHARE));
    b->known = true;
}

/* Pairs count alike, however long their steps. */
static void add_pair(imp_band_metric *b, const double s[IMP_BANDS], const double y[IMP_BANDS])
{
    const double unit = sum(s);

    for (int i = 0; i < IMP_BANDS; i++) {
        b->s[i] = FADING * b->s[i] + s[i] / unit;
        b->y[i] = FADING * b->y[i] + y[i] / unit;
    }
}

static imp_tensor picture(const imp_first_metric *m, float *v)
{
    imp_tensor t = m->shape;

    t.data = v;
    return t;
}

static void learn_bands(imp_first_metric *m, float *s, float *y, double product)
{
    const imp_tensor step = picture(m, s), change = picture(m, y);
    double s_energy[IMP_BANDS], y_energy[IMP_BANDS], square = 0;

    if (m->bands.known) m->shift = (m->shift + SHIFT) % IMP_BAND_SIDE;
    m->ops->band_energies(s_energy, &step, m->shift);
    m->ops->band_energies(y_energy, &change, m->shift);
    add_pair(&m->bands, s_energy, y_energy);
    find_factors(&m->bands);
    for (int i = 0; i < IMP_BANDS; i++) square += (double) m->bands.factor[i] * y_energy[i];
    m->scalar = product / square;
}

void imp_metric_learn(imp_first_metric *m, float *s, float *y, double product)
{
    if (m->kind == IMP_METRIC_BANDS) learn_bands(m, s, y, product);
    else m->scalar = product / m->ops->squared_norm(y, imp_tensor_floats(&m->shape));
}

/* --- What becomes of it ------------------------------------------------------------------ */

static void hold(const imp_first_metric *m, float *v, const imp_held *held)
{
    m->ops->hold(v, &held->x, held->grad, held->low, held->high);
}

/* v = bands of u multiplied by their factors, 0 where variables stay */
static void multiply(const imp_first_metric *m, float *v, const float *u,
                     const float factor[IMP_BANDS], const imp_held *held)
{
    imp_tensor t = picture(m, v);

    m->ops->copy(v, u, imp_tensor_floats(&m->shape));
    m->ops->band_scale(&t, factor, m->shift);
    hold(m, v, held);
}

/* d = (P D^-1 P)^-1 d among the variables that move */
static void solve(const imp_first_metric *m, float *d, const imp_held *held)
{
    const imp_ops *ops = m->ops;
    const size_t n = imp_tensor_floats(&m->shape);
    float *const rest = m->work[0], *const way = m->work[1], *const image = m->work[2];
    float inverse[IMP_BANDS];
    double first = 0, before = 1;

    for (int i = 0; i < IMP_BANDS; i++) inverse[i] = 1 / m->bands.factor[i];
    hold(m, d, held);
    ops->copy(rest, d, n);
    ops->fill(d, 0, n);
    ops->fill(way, 0, n);
    for (int i = 0; i < MOST_ITERATIONS; i++) {
        double error, t;
        multiply(m, image, rest, m->bands.factor, held);
        error = ops->dot(rest, image, n);
        if (!(error > GOOD_ENOUGH * first)) break;
        if (i == 0) first = error;
        ops->scale(way, way, error / before, n);
        ops->add_scaled(way, image, 1, n);
        multiply(m, image, way, inverse, held);
        t = error / ops->dot(way, image, n);
        ops->add_scaled(d, way, t, n);
        ops->add_scaled(rest, image, -t, n);
        before = error;
    }
}

void imp_metric_apply(const imp_first_metric *m, float *d, const imp_held *held)
{
    imp_tensor direction = picture(m, d);

    if (m->bands.known && held) solve(m, d, held);
    else if (m->bands.known) m->ops->band_scale(&direction, m->bands.factor, m->shift);
    m->ops->scale(d, d, m->scalar, imp_tensor_floats(&m->shape));
}

void imp_metric_carry(imp_first_metric *to, const imp_first_metric *from)
{
    to->bands = from->bands;
}

void imp_metric_visit(imp_first_metric *m, imp_archive *archive)
{
    imp_band_metric *b = &m->bands;

    imp_archive_double(archive, &m->scalar);
    imp_archive_bool(archive, &b->known);
    imp_archive_require(archive, m->kind == IMP_METRIC_BANDS || !b->known);
    if (!b->known) return;
    imp_archive_bytes(archive, b->s, sizeof b->s);
    imp_archive_bytes(archive, b->y, sizeof b->y);
    imp_archive_bytes(archive, b->factor, sizeof b->factor);
    imp_archive_int(archive, &m->shift);
    imp_archive_require(archive, m->shift >= 0 && m->shift < IMP_BAND_SIDE);
}
