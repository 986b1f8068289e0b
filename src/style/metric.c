/* metric.c - see metric.h.
 *
 * The scalar is s y / y y, as Nocedal and Wright have it (7.20). A band's factor is the root of
 * the energy of the last steps in it over that of the changes of gradient, the inverse of its
 * curvature as seen so far; the scalar then is s y / y D y, D being the factors. */
#include "style/metric.h"

#include <math.h>

/* What is left of an energy when the next pair comes. */
static const double FADING = 0.7;

/* The share of all energy that every band is thought to have, with the curvature of all bands
 * together: a band in which nothing moves has no other. */
static const double LEAST_SHARE = 1e-9;

void imp_metric_init(imp_first_metric *m, const imp_ops *ops, const imp_tensor *shape,
                     imp_metric kind)
{
    *m = (imp_first_metric) { .ops = ops, .shape = *shape, .kind = kind, .scalar = 1 };
}

void imp_metric_forget(imp_first_metric *m)
{
    imp_metric_init(m, m->ops, &m->shape, m->kind);
}

static imp_tensor picture(const imp_first_metric *m, float *v)
{
    imp_tensor at = m->shape;

    at.data = v;
    return at;
}

static double sum(const double energy[IMP_BANDS])
{
    double total = 0;

    for (int i = 0; i < IMP_BANDS; i++) total += energy[i];
    return total;
}

/* Pairs count alike, however long their steps. */
static void fade_in(double faded[IMP_BANDS], const double energy[IMP_BANDS], double unit)
{
    for (int i = 0; i < IMP_BANDS; i++) faded[i] = FADING * faded[i] + energy[i] / unit;
}

static void find_factors(imp_first_metric *m)
{
    const double moved = LEAST_SHARE * sum(m->moved), turned = LEAST_SHARE * sum(m->turned);

    for (int i = 0; i < IMP_BANDS; i++)
        m->factor[i] = (float) sqrt((m->moved[i] + moved) / (m->turned[i] + turned));
    m->known = true;
}

static void learn_bands(imp_first_metric *m, float *s, float *y, double product)
{
    const imp_tensor step = picture(m, s), change = picture(m, y);
    double moved[IMP_BANDS], turned[IMP_BANDS], unit, square = 0;

    m->ops->band_energies(moved, &step);
    m->ops->band_energies(turned, &change);
    unit = sum(moved);
    fade_in(m->moved, moved, unit);
    fade_in(m->turned, turned, unit);
    find_factors(m);
    for (int i = 0; i < IMP_BANDS; i++) square += (double) m->factor[i] * turned[i];
    m->scalar = product / square;
}

void imp_metric_learn(imp_first_metric *m, float *s, float *y, double product)
{
    if (m->kind == IMP_METRIC_BANDS) learn_bands(m, s, y, product);
    else m->scalar = product / m->ops->squared_norm(y, imp_tensor_floats(&m->shape));
}

void imp_metric_apply(const imp_first_metric *m, float *d)
{
    imp_tensor direction = picture(m, d);

    m->ops->scale(d, d, m->scalar, imp_tensor_floats(&m->shape));
    if (m->known) m->ops->band_scale(&direction, m->factor);
}

void imp_metric_carry(imp_first_metric *to, const imp_first_metric *from)
{
    const imp_ops *ops = to->ops;
    const imp_tensor shape = to->shape;

    *to = *from;
    to->ops = ops;
    to->shape = shape;
}

void imp_metric_visit(imp_first_metric *m, imp_archive *archive)
{
    imp_archive_double(archive, &m->scalar);
    imp_archive_bool(archive, &m->known);
    if (!m->known) return;
    imp_archive_bytes(archive, m->moved, sizeof m->moved);
    imp_archive_bytes(archive, m->turned, sizeof m->turned);
    imp_archive_bytes(archive, m->factor, sizeof m->factor);
}
