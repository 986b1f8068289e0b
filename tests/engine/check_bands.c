/* check_bands.c - a picture's bands of colour and frequency: every backend against a direct
 * transform in double, and what follows from its being orthogonal. */
#include "kernel.h"

enum { LONGEST = 32 };   /* pixels on a block's side */

/* Blocks of one pixel, of one row or column; one block and many, whole and shifted. */
static const struct { int h, w, shift; } sizes[] = {
    { 1, 1, 0 }, { 1, 1, 31 }, { 3, 3, 2 }, { 3, 1, 1 }, { 1, 40, 13 }, { 33, 65, 0 },
    { 31, 32, 31 }, { 63, 20, 26 }, { 100, 7, 7 }, { 64, 64, 0 }, { 70, 130, 20 },
};

enum { SIZES = sizeof sizes / sizeof *sizes };

/* --- In double --------------------------------------------------------------------------- */

/* Where a block lies in the picture. */
typedef struct truth_block {
    int y, x, h, w;
} truth_block;

/* Of the i-th of the parts into which so many pixels are cut: [*first, return). */
static int truth_cut(int pixels, int shift, int i, int *first)
{
    const int before = shift ? LONGEST - shift : 0;   /* of the first, not in the picture */

    *first = i ? i * LONGEST - before : 0;
    return (i + 1) * LONGEST - before < pixels ? (i + 1) * LONGEST - before : pixels;
}

static double truth_cosine(int length, int k, int i)
{
    const double pi = acos(-1.0);

    return sqrt((k ? 2.0 : 1.0) / length) * cos(pi * k * (i + 0.5) / length);
}

static int truth_band(const truth_block *b, int axis, int i, int k)
{
    return axis * IMP_RADII
           + (int) lround(hypot((double) LONGEST * i / b->h, (double) LONGEST * k / b->w));
}

/* Red, green or blue on an axis of length 1. */
static double truth_colour(int axis, size_t colour)
{
    static const double part[3][3] = { { 1, 1, 1 }, { 1, 0, -1 }, { 1, -2, 1 } };
    const double *a = part[axis];

    return a[colour] / sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]);
}

/* A step of a separable product: out[i][x] = sum over y of cosine(i, y) in[y][x] or, the way
 * back, out[y][x] = sum over i; with `across` the same for columns. */
static void truth_turn(double v[LONGEST][LONGEST], int h, int w, bool across, bool back)
{
    double out[LONGEST][LONGEST] = { { 0 } };
    const int length = across ? w : h;

    for (int i = 0; i < h; i++)
        for (int k = 0; k < w; k++)
            for (int n = 0; n < length; n++) {
                const int to = across ? k : i;
                const double c = back ? truth_cosine(length, n, to)
                                      : truth_cosine(length, to, n);
                out[i][k] += c * (across ? v[i][n] : v[n][k]);
            }
    memcpy(v, out, sizeof out);
}

/* Adds a block's part of an axis to the energies, and what is left of it, its bands scaled, to
 * the picture y. */
static void truth_axis_of(double energy[IMP_BANDS], map *y, const map *x,
                          const truth_block *b, int axis, const float *factor)
{
    const size_t n = (size_t) x->h * (size_t) x->w;
    double v[LONGEST][LONGEST] = { { 0 } };

    for (int i = 0; i < b->h; i++)
        for (int k = 0; k < b->w; k++)
            for (size_t colour = 0; colour < 3; colour++)
                v[i][k] += truth_colour(axis, colour)
                           * x->v[colour * n + (size_t) ((b->y + i) * x->w + b->x + k)];
    truth_turn(v, b->h, b->w, false, false);
    truth_turn(v, b->h, b->w, true, false);
    for (int i = 0; i < b->h; i++)
        for (int k = 0; k < b->w; k++) {
            energy[truth_band(b, axis, i, k)] += v[i][k] * v[i][k];
            v[i][k] *= (double) factor[truth_band(b, axis, i, k)];
        }
    truth_turn(v, b->h, b->w, true, true);
    truth_turn(v, b->h, b->w, false, true);
    for (int i = 0; i < b->h; i++)
        for (int k = 0; k < b->w; k++)
            for (size_t colour = 0; colour < 3; colour++)
                y->v[colour * n + (size_t) ((b->y + i) * x->w + b->x + k)]
                    += truth_colour(axis, colour) * v[i][k];
}

/* The energies of x, and y = x with its bands scaled. */
static void truth(double energy[IMP_BANDS], map *y, const map *x, const float *factor,
                  int shift)
{
    truth_block b;

    memset(energy, 0, IMP_BANDS * sizeof *energy);
    memset(y->v, 0, map_size(y) * sizeof *y->v);
    b.y = b.h = 0;
    for (int r = 0; b.y + b.h < x->h; r++) {
        b.h = truth_cut(x->h, shift, r, &b.y) - b.y;
        b.x = b.w = 0;
        for (int c = 0; b.x + b.w < x->w; c++) {
            b.w = truth_cut(x->w, shift, c, &b.x) - b.x;
            for (int axis = 0; axis < 3; axis++)
                truth_axis_of(energy, y, x, &b, axis, factor);
        }
    }
}

/* --- Cases ------------------------------------------------------------------------------- */

typedef struct bands {
    int h, w, shift;
    size_t n;                            /* floats of a picture                       */
    float *a, *b, *factor;               /* two pictures; a factor for each band      */
    double energy[IMP_BANDS];            /* of a                                      */
    double *scaled;                      /* a                                         */
    double first_energy[IMP_BANDS];      /* what came out of the first run: its bits  */
    float *first_scaled;
    const imp_ops *first;                /* whose run that was                        */
} bands;

static bands bands_of(int h, int w, int shift)
{
    bands t = { .h = h, .w = w, .shift = shift, .n = 3 * (size_t) h * (size_t) w };
    imp_random r = { 7 };
    map x, y;

    t.a = kernel_numbers(t.n, 1, 1);
    t.b = kernel_numbers(t.n, 2, 1);
    t.factor = imp_alloc(IMP_BANDS, sizeof *t.factor);
    for (int i = 0; i < IMP_BANDS; i++)   /* 1/8 .. 8 */
        t.factor[i] = (float) exp2((double) (imp_random_u64(&r) >> 33) / (1u << 31) * 6 - 3);
    x = kernel_map(3, h, w, t.a);
    y = kernel_map(3, h, w, t.a);
    truth(t.energy, &y, &x, t.factor, shift);
    t.scaled = y.v;
    t.first_scaled = imp_alloc(t.n, sizeof(float));
    imp_free(x.v);
    return t;
}

static void bands_free(bands *t)
{
    KERNEL_FREE(t->a, t->b, t->factor, t->scaled, t->first_scaled);
}

/* x with its bands scaled, in new memory. */
static float *scaled(const kernel_run *run, const bands *t, const float *from,
                     const float *factors)
{
    guard g = { run->side, .n = 0 };
    imp_tensor x = kernel_tensor_of(&g, 3, t->h, t->w, from);
    const float *factor = kernel_input(&g, factors, IMP_BANDS, sizeof(float));
    float *got;

    run->ops->band_scale(&x, factor, t->shift);
    got = kernel_plain(&x);
    KERNEL_END(&g);
    return got;
}

static void energies(const kernel_run *run, const bands *t, double *got, const float *from)
{
    guard g = { run->side, .n = 0 };
    const imp_tensor x = kernel_tensor_in(&g, 3, t->h, t->w, from);
    double *energy = guard_room(&g, IMP_BANDS * sizeof *energy, sizeof *energy);

    run->ops->band_energies(energy, &x, t->shift);
    memcpy(got, energy, IMP_BANDS * sizeof *energy);
    KERNEL_END(&g);
}

static double dot(const float *a, const float *b, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) sum += (double) a[i] * (double) b[i];
    return sum;
}

/* A coefficient is made in two sums of up to 32 products, a pixel in four, of numbers that are
 * rounded to 6e-8 each: 3.6e-7 is the most that was seen. One coefficient in a wrong band is
 * 1e-4 of the length of 70 x 130. */
static const double TOLERANCE = 1e-6;

/* --- Against double ---------------------------------------------------------------------- */

static void check_energies(const bands *t, const double *got)
{
    double total = 0, worst = 0;

    for (int i = 0; i < IMP_BANDS; i++) {
        KERNEL_CHECK(got[i] >= 0);
        worst = fmax(worst, fabs(got[i] - t->energy[i]));
        total += got[i];
    }
    KERNEL_AT_MOST(worst, TOLERANCE * dot(t->a, t->a, t->n));
    KERNEL_AT_MOST(fabs(total / dot(t->a, t->a, t->n) - 1), TOLERANCE);
}

/* The first run of each backend says what bits the others must give. */
static void run_truth(const kernel_run *run, void *data)
{
    bands *t = data;
    double energy[IMP_BANDS];
    float *got;

    kernel_name(run, "bands of %d x %d by %d", t->h, t->w, t->shift);
    energies(run, t, energy, t->a);
    check_energies(t, energy);
    got = scaled(run, t, t->a, t->factor);
    KERNEL_AT_MOST(kernel_distance(got, t->scaled, t->n), TOLERANCE);
    KERNEL_AT_MOST(kernel_worst(got, t->scaled, t->n), 2 * TOLERANCE);
    if (t->first != run->ops) {
        t->first = run->ops;
        memcpy(t->first_energy, energy, sizeof energy);
        memcpy(t->first_scaled, got, t->n * sizeof *got);
    }
    KERNEL_CHECK(!memcmp(t->first_energy, energy, sizeof energy));
    KERNEL_CHECK(!memcmp(t->first_scaled, got, t->n * sizeof *got));
    imp_free(got);
}

static void test_against_double(void)
{
    static const int threads[] = { 1, KERNEL_THREADS, 3, 5 };
    const imp_ops *ops;

    for (size_t i = 0; i < SIZES; i++) {
        bands t = bands_of(sizes[i].h, sizes[i].w, sizes[i].shift);
        for (size_t b = 0; (ops = imp_ops_known(b)); b++)
            for (size_t k = 0; k < sizeof threads / sizeof *threads; k++)
                kernel_each(ops, threads[k], run_truth, &t);
        bands_free(&t);
    }
}

/* --- An operator ------------------------------------------------------------------------- */

/* Factors of 1 change nothing; a.Sb = b.Sa; S and then its inverse are nothing, S twice is its
 * square. Sums of so many products are compared with the lengths of what is multiplied. */
static void run_operator(const kernel_run *run, void *data)
{
    const bands *t = data;
    const double length = sqrt(dot(t->a, t->a, t->n) * dot(t->b, t->b, t->n));
    float ones[IMP_BANDS], square[IMP_BANDS], inverse[IMP_BANDS];
    float *same, *sa, *sb, *twice, *squared, *back;
    double *want = kernel_doubles(t->a, t->n), *want_twice;

    for (int i = 0; i < IMP_BANDS; i++) {
        ones[i] = 1;
        square[i] = t->factor[i] * t->factor[i];
        inverse[i] = 1 / t->factor[i];
    }
    kernel_name(run, "scaling of %d x %d by %d", t->h, t->w, t->shift);
    same = scaled(run, t, t->a, ones);
    KERNEL_AT_MOST(kernel_worst(same, want, t->n), TOLERANCE);
    sa = scaled(run, t, t->a, t->factor);
    sb = scaled(run, t, t->b, t->factor);
    KERNEL_AT_MOST(fabs(dot(t->a, sb, t->n) - dot(t->b, sa, t->n)), 8 * TOLERANCE * length);
    KERNEL_CHECK(dot(t->a, sa, t->n) > 0);
    twice = scaled(run, t, sa, t->factor);
    squared = scaled(run, t, t->a, square);
    want_twice = kernel_doubles(squared, t->n);
    KERNEL_AT_MOST(kernel_distance(twice, want_twice, t->n), 2 * TOLERANCE);
    /* Rounding in the factor of 8 comes back times another 8. */
    back = scaled(run, t, sa, inverse);
    KERNEL_AT_MOST(kernel_distance(back, want, t->n), 64 * TOLERANCE);
    KERNEL_FREE(want, want_twice, same, sa, sb, twice, squared, back);
}

static void test_operator(void)
{
    for (size_t i = 0; i < SIZES; i++) {
        bands t = bands_of(sizes[i].h, sizes[i].w, sizes[i].shift);
        kernel_each(NULL, KERNEL_THREADS, run_operator, &t);
        bands_free(&t);
    }
}

/* --- A pure cosine ----------------------------------------------------------------------- */

typedef struct cosine {
    bands picture;
    int axis, i, k;
} cosine;

/* All energy but what rounding leaves is in the band, worked out here by hand. */
static void run_cosine(const kernel_run *run, void *data)
{
    const cosine *c = data;
    const int band = c->axis * IMP_RADII + (int) lround(sqrt(c->i * c->i + c->k * c->k));
    const double all = dot(c->picture.a, c->picture.a, c->picture.n);
    double energy[IMP_BANDS];

    kernel_name(run, "cosine %d, %d of axis %d", c->i, c->k, c->axis);
    energies(run, &c->picture, energy, c->picture.a);
    KERNEL_AT_MOST(fabs(energy[band] / all - 1), TOLERANCE);
    for (int i = 0; i < IMP_BANDS; i++)
        if (i != band) KERNEL_AT_MOST(energy[i], 1e-12 * all);
}

/* In the block below the first. */
static void check_cosine(int axis, int i, int k)
{
    cosine c = { bands_of(64, 64, 0), axis, i, k };

    memset(c.picture.a, 0, c.picture.n * sizeof(float));
    for (size_t colour = 0; colour < 3; colour++)
        for (int y = 0; y < 32; y++)
            for (int x = 0; x < 32; x++)
                c.picture.a[colour * 64 * 64 + (size_t) ((32 + y) * 64 + x)]
                    = (float) (3 * truth_colour(axis, colour) * truth_cosine(32, i, y)
                               * truth_cosine(32, k, x));
    kernel_each(NULL, KERNEL_THREADS, run_cosine, &c);
    bands_free(&c.picture);
}

static void test_cosine(void)
{
    for (int axis = 0; axis < 3; axis++) {
        check_cosine(axis, 0, 0);
        check_cosine(axis, 1, 0);
        check_cosine(axis, 0, 9);
        check_cosine(axis, 12, 5);
        check_cosine(axis, 31, 31);
    }
}

int main(void)
{
    guard_watch();
    CHECK_RUN(test_against_double);
    CHECK_RUN(test_operator);
    CHECK_RUN(test_cosine);
    return check_done();
}
