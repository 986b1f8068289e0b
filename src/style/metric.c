/* metric.c - see metric.h.
 *
 * The scalar is s y / y y, as Nocedal and Wright have it (7.20). A band's factor is the root of
 * its share of the energy of s over its share of that of y: were the Hessian a number in each
 * band, the inverse of that number, but for a factor that is common to all. That one is in the
 * scalar, which with the factors D is s y / y D y. */
#include "style/metric.h"

#include <math.h>

/* What is left of the energies so far when the next pair comes. */
static const double FADING = 0.7;

/* Added to each share: a band in which nothing moves has the factor 1, and no factor lies
 * beyond the root of this and its inverse. */
static const double LEAST_SHARE = 1e-9;

void imp_metric_init(imp_first_metric *m, const imp_ops *ops, const imp_tensor *shape,
                     imp_metric kind)
{
    *m = (imp_first_metric) { .ops = ops, .shape = *shape, .kind = kind, .scalar = 1 };
}

void imp_metric_forget(imp_first_metric *m)
{
    m->scalar = 1;
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

    m->ops->band_energies(s_energy, &step);
    m->ops->band_energies(y_energy, &change);
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

void imp_metric_apply(const imp_first_metric *m, float *d)
{
    imp_tensor direction = picture(m, d);

    m->ops->scale(d, d, m->scalar, imp_tensor_floats(&m->shape));
    if (m->bands.known) m->ops->band_scale(&direction, m->bands.factor);
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
}
