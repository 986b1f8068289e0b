/* subject.c - the main subject by GrabCut (Rother, Kolmogorov and Blake, 2004). See
 * impasto/mask.h.
 *
 * The colours of subject and ground are learnt from a first guess, each pixel is given to the
 * one or the other by a minimum cut, and so on in turn. What speaks for a division: how likely
 * the colours are in the part that a pixel is given to, and how strong the contrast is where
 * the two meet. All this on a picture of some 400 pixels; the guided filter does the rest. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/quantise.h"
#include "mask/cut.h"
#include "mask/mask.h"
#include "mask/mixture.h"
#include "mask/saliency.h"

enum {
    WORK_SIDE = 400,    /* the long side of the picture that is divided                    */
    STUDY_SIDE = 120,   /* ... and of the one in which a subject is looked for             */
    ROUNDS = 10,        /* at most                                                         */
    UNIT = 1 << 16      /* costs are whole numbers of this                                 */
};

static const double SMOOTHNESS = 50;      /* what a cut through uniform colour costs, each */
static const double TRUST = 0.5, MOST_TRUST = 2;    /* how much the first guess counts */
static const double LEAST_LEFT = 0.05;    /* of the first guess, or it has been lost  */
static const double LEAST_PART = 0.004;   /* smaller parts and holes are taken for errors */
static const double LEAST_SUBJECT = 0.005;
static const double REFINE_RADIUS = 0.008, REFINE_CONTRAST = 0.02;

typedef struct job {
    const imp_image *photo;   /* the part that is looked at, reduced                       */
    const float *rgb;
    size_t width, height, n;
    float *prior;             /* gain of being subject, by a guess; -INFINITY: never       */
    double trust;             /* in that                                                   */
    unsigned char *inside;    /* the division                                              */
    unsigned char *part;      /* for mixtures                                              */
    int32_t *gain, *weight;   /* for the cut                                               */
    imp_mixture subject, ground;
} job;

/* --- Costs ------------------------------------------------------------------------------- */

static const int step_x[IMP_CUT_EDGES] = { 1, 0, 1, 1 };
static const int step_y[IMP_CUT_EDGES] = { 0, 1, 1, -1 };

/* The square of the difference over an edge; negative if it leads out. */
static double contrast(const job *j, size_t i, int e)
{
    const size_t x = i % j->width + (size_t) step_x[e], y = i / j->width + (size_t) step_y[e];
    double sum = 0;

    if (x >= j->width || y >= j->height) return -1;
    for (size_t c = 0; c < 3; c++) {
        const double d = (double) j->rgb[3 * i + c]
                         - (double) j->rgb[3 * (y * j->width + x) + c];
        sum += d * d;
    }
    return sum;
}

static double mean_contrast(const job *j)
{
    double sum = 0, n = 0;

    for (size_t i = 0; i < j->n; i++)
        for (int e = 0; e < IMP_CUT_EDGES; e++) {
            const double c = contrast(j, i, e);
            if (c < 0) continue;
            sum += c;
            n++;
        }
    return n > 0 ? sum / n : 0;
}

static void find_weights(job *j)
{
    const double beta = 0.5 / fmax(mean_contrast(j), 1e-9);

    for (size_t i = 0; i < j->n; i++)
        for (int e = 0; e < IMP_CUT_EDGES; e++) {
            const double c = contrast(j, i, e), length = e < 2 ? 1.0 : sqrt(2.0);
            j->weight[IMP_CUT_EDGES * i + (size_t) e]
                = c < 0 ? 0 : (int32_t) (UNIT * SMOOTHNESS / length * exp(-beta * c));
        }
}

static void find_gains(job *j)
{
    for (size_t i = 0; i < j->n; i++) {
        const float *rgb = j->rgb + 3 * i;
        const double gain = j->trust * (double) j->prior[i] + imp_mixture_cost(&j->ground, rgb)
                            - imp_mixture_cost(&j->subject, rgb);
        j->gain[i] = (int32_t) (UNIT * fmin(fmax(gain, -4000.0), 4000.0));
    }
}

/* --- The division ------------------------------------------------------------------------ */

static size_t area(const job *j)
{
    size_t n = 0;

    for (size_t i = 0; i < j->n; i++) n += j->inside[i];
    return n;
}

static void learn(job *j, bool first)
{
    const imp_colours subject = { j->rgb, j->inside, j->n, 1 };
    const imp_colours ground = { j->rgb, j->inside, j->n, 0 };

    if (first) {
        imp_mixture_start(&j->subject, j->part, &subject);
        imp_mixture_start(&j->ground, j->part, &ground);
    } else {
        imp_mixture_learn(&j->subject, j->part, &subject);
        imp_mixture_learn(&j->ground, j->part, &ground);
    }
}

/* Rounds until nothing changes, or a side has nothing left. */
static imp_status divide(job *j, imp_error *err)
{
    const imp_cut_grid grid = { j->width, j->height, j->gain, j->weight };
    imp_status status = IMP_OK;

    find_weights(j);
    for (int round = 0; round < ROUNDS; round++) {
        const size_t before = area(j);
        if (before == 0 || before == j->n) break;
        learn(j, round == 0);
        find_gains(j);
        if ((status = imp_cut_find(j->inside, &grid, err)) != IMP_OK) return status;
        if (area(j) == before) break;
    }
    return status;
}

/* --- The first guess --------------------------------------------------------------------- */

/* What is in the box, the middle more than the edge, and nothing else. */
static void guess_by_box(job *j, const imp_box *box, const imp_box *view)
{
    const double by_x = (double) view->width / (double) j->width;
    const double by_y = (double) view->height / (double) j->height;
    const double left = (double) box->x - (double) view->x;
    const double top = (double) box->y - (double) view->y;

    for (size_t i = 0; i < j->n; i++) {
        const double x = ((double) (i % j->width) + 0.5) * by_x - left;
        const double y = ((double) (i / j->width) + 0.5) * by_y - top;
        const double u = 2 * x / (double) box->width - 1, v = 2 * y / (double) box->height - 1;
        const double gain = 1 - fmax(u * u, v * v);
        j->prior[i] = gain > 0 ? (float) gain : -INFINITY;
    }
}

/* The value that divides a mask's values with the least variance on both sides: Otsu, 1979. */
static float dividing_value(const imp_mask *mask)
{
    enum { BINS = 256 };
    const size_t n = mask->width * mask->height;
    double count[BINS] = { 0 }, below = 0, sum_below = 0, sum = 0, most = -1;
    int best = BINS / 2;

    for (size_t i = 0; i < n; i++) count[(int) (mask->value[i] * (BINS - 1) + 0.5f)]++;
    for (int b = 0; b < BINS; b++) sum += b * count[b];
    for (int b = 0; b < BINS - 1; b++) {
        below += count[b];
        sum_below += b * count[b];
        const double above = (double) n - below;
        if (!(below > 0) || !(above > 0)) continue;
        const double apart = sum_below / below - (sum - sum_below) / above;
        if (!(below * above * apart * apart > most)) continue;
        most = below * above * apart * apart;
        best = b;
    }
    return ((float) best + 0.5f) / (BINS - 1);
}

static double odds(double share)
{
    return log((share + 0.05) / (1.05 - share));
}

static imp_status guess_by_saliency(job *j, imp_error *err)
{
    const size_t longer = j->width > j->height ? j->width : j->height;
    const size_t by = (longer + STUDY_SIDE - 1) / STUDY_SIDE;
    imp_image *small = NULL;
    imp_mask *found = NULL, *saliency = NULL;
    imp_status status = IMP_OK;

    TRY(imp_image_resize(&small, j->photo, (j->width + by - 1) / by, (j->height + by - 1) / by,
                         IMP_FILTER_BILINEAR, false, err));
    TRY(imp_saliency_find(&found, small, err));
    TRY(imp_mask_resize(&saliency, found, j->width, j->height, err));
    const double at = (double) dividing_value(saliency);
    for (size_t i = 0; i < j->n; i++) {
        const double s = (double) saliency->value[i];
        j->prior[i] = (float) (odds(s) - odds(at));
    }

done:
    imp_image_free(small);
    imp_mask_free(found);
    imp_mask_free(saliency);
    return status;
}

/* --- Both -------------------------------------------------------------------------------- */

/* A subject of much the same colours as the ground may be lost on the way: then once more with
 * more trust in the guess. */
static imp_status find_subject(job *j, imp_error *err)
{
    imp_status status = IMP_OK;

    for (j->trust = TRUST; j->trust <= MOST_TRUST; j->trust *= 2) {
        for (size_t i = 0; i < j->n; i++) j->inside[i] = j->prior[i] > 0;
        const double guessed = (double) area(j);
        TRY(divide(j, err));
        if ((double) area(j) > LEAST_LEFT * guessed) break;
    }

done:
    return status;
}

/* --- The whole --------------------------------------------------------------------------- */

/* The part of the photograph that is looked at: all, or the box and half as much around it. */
static imp_box find_view(const imp_image *photo, const imp_box *box)
{
    const size_t w = imp_image_width(photo), h = imp_image_height(photo);
    imp_box view = { 0, 0, w, h };

    if (!box) return view;
    view.x = box->x > box->width / 2 ? box->x - box->width / 2 : 0;
    view.y = box->y > box->height / 2 ? box->y - box->height / 2 : 0;
    view.width = box->x + box->width + box->width / 2 - view.x;
    view.height = box->y + box->height + box->height / 2 - view.y;
    if (view.width > w - view.x) view.width = w - view.x;
    if (view.height > h - view.y) view.height = h - view.y;
    return view;
}

static imp_status cut_out(imp_image **out, const imp_image *photo, const imp_box *view,
                          imp_error *err)
{
    const size_t w = imp_image_width(photo);
    const float *from = imp_image_rgb_const(photo) + 3 * (view->y * w + view->x);
    const imp_status status = imp_image_new(out, view->width, view->height, false, err);

    for (size_t y = 0; status == IMP_OK && y < view->height; y++)
        memcpy(imp_image_rgb(*out) + 3 * y * view->width, from + 3 * y * w,
               3 * view->width * sizeof *from);
    return status;
}

static imp_status check_box(const imp_image *photo, const imp_box *box, imp_error *err)
{
    const size_t w = imp_image_width(photo), h = imp_image_height(photo);
    const bool fits = box->x < w && box->y < h
                      && box->width <= w - box->x && box->height <= h - box->y;

    if (!box->width || !box->height)
        return imp_fail(err, IMP_EINVAL, "a box of %zu x %zu is empty: give it a width and a "
                        "height", box->width, box->height);
    if (!fits)
        return imp_fail(err, IMP_EINVAL,
                        "a box at %zu, %zu of %zu x %zu: expected one within the %zu x %zu of "
                        "the photograph",
                        box->x, box->y, box->width, box->height, w, h);
    if (box->width == w && box->height == h)
        return imp_fail(err, IMP_EINVAL,
                        "the box is the whole photograph: leave out some of the background, "
                        "or name no box");
    return IMP_OK;
}

static imp_status job_new(job *j, imp_image **reduced, const imp_image *view, imp_error *err)
{
    const imp_size size = { IMP_SIZE_LONG, WORK_SIDE, 0 };
    imp_status status;

    j->width = imp_image_width(view);
    j->height = imp_image_height(view);
    if (j->width > WORK_SIDE || j->height > WORK_SIDE)
        imp_size_apply(&size, &j->width, &j->height);
    status = imp_image_resize(reduced, view, j->width, j->height, IMP_FILTER_BILINEAR, false,
                              err);
    if (status != IMP_OK) return status;
    j->photo = *reduced;
    j->rgb = imp_image_rgb_const(j->photo);
    j->n = j->width * j->height;
    for (size_t i = 0; i < 3 * j->n; i++)
        imp_image_rgb(*reduced)[i] = imp_unit(imp_image_rgb(*reduced)[i]);
    if (!(j->prior = imp_alloc(j->n, sizeof *j->prior)) || !(j->inside = imp_alloc(j->n, 1))
        || !(j->part = imp_alloc(j->n, 1)) || !(j->gain = imp_alloc(j->n, sizeof *j->gain))
        || !(j->weight = imp_alloc(j->n, IMP_CUT_EDGES * sizeof *j->weight)))
        return imp_fail(err, IMP_ENOMEM, "no memory to divide %zu x %zu pixels", j->width,
                        j->height);
    return IMP_OK;
}

static void job_clear(job *j)
{
    imp_free(j->prior);
    imp_free(j->inside);
    imp_free(j->part);
    imp_free(j->gain);
    imp_free(j->weight);
}

/* The division as a mask of its size, without specks. */
static imp_status
make_small_mask(imp_mask **out, const job *j, bool boxed, imp_error *err)
{
    imp_status status;
    double sum = 0;

    if ((status = imp_mask_new(out, j->width, j->height, err)) != IMP_OK) return status;
    for (size_t i = 0; i < j->n; i++) (*out)->value[i] = j->inside[i];
    if ((status = imp_mask_clean(*out, LEAST_PART, err)) != IMP_OK) return status;
    for (size_t i = 0; i < j->n; i++) sum += (double) (*out)->value[i];
    if (sum < LEAST_SUBJECT * (double) j->n || sum > (1 - LEAST_SUBJECT) * (double) j->n)
        return imp_fail(err, IMP_EINVAL, "%s",
                        boxed ? "nothing in the box stands out from what is around it: leave "
                                "more background outside, or draw a mask"
                              : "no subject stands out: name a box around it, or draw a mask");
    return IMP_OK;
}

static void place(imp_mask *out, const imp_mask *mask, const imp_box *view)
{
    for (size_t y = 0; y < mask->height; y++)
        memcpy(out->value + (view->y + y) * out->width + view->x,
               mask->value + y * mask->width, mask->width * sizeof *mask->value);
}

imp_status imp_mask_subject(imp_mask **out, const imp_image *photo, const imp_box *box,
                            imp_error *err)
{
    imp_image *part = NULL, *reduced = NULL;
    imp_mask *small = NULL, *mask = NULL, *all = NULL;
    imp_status status = IMP_OK;
    job j = { 0 };

    *out = NULL;
    if (box) TRY(check_box(photo, box, err));
    const imp_box view = find_view(photo, box);
    if (box) TRY(cut_out(&part, photo, &view, err));
    const imp_image *seen = part ? part : photo;
    TRY(job_new(&j, &reduced, seen, err));
    if (box) guess_by_box(&j, box, &view);
    else TRY(guess_by_saliency(&j, err));
    TRY(find_subject(&j, err));
    TRY(make_small_mask(&small, &j, box, err));
    TRY(imp_mask_resize(&mask, small, view.width, view.height, err));
    TRY(imp_mask_refine(mask, seen, REFINE_RADIUS, REFINE_CONTRAST, err));
    TRY(imp_mask_new(&all, imp_image_width(photo), imp_image_height(photo), err));
    place(all, mask, &view);
    *out = all;

done:
    job_clear(&j);
    imp_image_free(part);
    imp_image_free(reduced);
    imp_mask_free(small);
    imp_mask_free(mask);
    return status;
}
