/* bands.c - a picture's bands: three axes of colour times 45 spatial frequencies.
 *
 * The picture is cut into blocks of 32 x 32 pixels, smaller at its edges. In each the colours
 * are turned to orthogonal axes (grey, red against blue, green against both), and each of
 * these is transformed by the orthonormal DCT-II: all of it is one orthogonal transform, so
 * that energies add up to the picture's, and scaling bands is symmetric. A band is what has
 * the same colour axis and the same radius, rounded, in half cycles per 32 pixels. */
#include <math.h>
#include <stdalign.h>
#include <string.h>

#include "base/memory.h"
#include "engine/cpu/level.h"
#include "engine/cpu/simd/simd.h"

enum { SIDE = IMP_BAND_SIDE, AXES = 3 };

/* Rows and vectors of a product whose sums fit into registers. */
enum { ROWS = VW == 16 ? 8 : 4, ACROSS = 2 };

typedef struct square {
    alignas(IMP_ALIGN) float v[SIDE][SIDE];
} square;

/* The DCT of one length: row k of `to` is its k-th cosine; `back` is the transpose. Zero
 * beyond the length. */
typedef struct basis {
    size_t length;
    square to, back;
} basis;

/* Along one side of a picture the first and the last block have lengths of their own. */
enum { FIRST, MIDDLE, LAST, KINDS };

typedef struct side {
    size_t pixels, first, blocks;
    basis basis[KINDS];
} side;

typedef struct plan {
    side down, across;
    uint8_t radius[KINDS][KINDS][SIDE][SIDE];   /* of a coefficient, by the kinds of both */
} plan;

static void make_basis(basis *b, size_t length)
{
    const double unit = 3.14159265358979323846 / (2 * (double) length);
    float cosine[4 * SIDE];  /* of so many units: a whole turn */

    for (size_t i = 0; i < 4 * length; i++)
        cosine[i] = (float) (sqrt(2 / (double) length) * cos(unit * (double) i));
    memset(b, 0, sizeof *b);
    b->length = length;
    for (size_t i = 0; i < length; i++) {
        b->to.v[0][i] = b->back.v[i][0] = (float) sqrt(1 / (double) length);
        for (size_t k = 1; k < length; k++)
            b->to.v[k][i] = b->back.v[i][k] = cosine[k * (2 * i + 1) % (4 * length)];
    }
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Where block i begins. */
static size_t edge(const side *s, size_t i)
{
    return i ? least(s->first + (i - 1) * SIDE, s->pixels) : 0;
}

static void make_side(side *s, size_t pixels, int shift)
{
    s->pixels = pixels;
    s->first = least(shift ? (size_t) shift : SIDE, pixels);
    s->blocks = 1 + (pixels - s->first + SIDE - 1) / SIDE;
    make_basis(&s->basis[FIRST], s->first);
    make_basis(&s->basis[MIDDLE], SIDE);
    make_basis(&s->basis[LAST], pixels - edge(s, s->blocks - 1));
}

static void make_radii(uint8_t radius[SIDE][SIDE], size_t h, size_t w)
{
    for (size_t i = 0; i < h; i++)
        for (size_t k = 0; k < w; k++) {
            const double y = (double) (SIDE * i) / (double) h;
            const double x = (double) (SIDE * k) / (double) w;
            radius[i][k] = (uint8_t) (sqrt(y * y + x * x) + 0.5);
        }
}

static void make_plan(plan *p, const imp_tensor *x, int shift)
{
    make_side(&p->down, (size_t) x->h, shift);
    make_side(&p->across, (size_t) x->w, shift);
    for (size_t d = 0; d < KINDS; d++)
        for (size_t a = 0; a < KINDS; a++)
            make_radii(p->radius[d][a], p->down.basis[d].length, p->across.basis[a].length);
}

static size_t kind_of(const side *s, size_t i)
{
    return i == 0 ? FIRST : i + 1 == s->blocks ? LAST : MIDDLE;
}

/* --- One block --------------------------------------------------------------------------- */

typedef struct block {
    size_t y, x, h, w;       /* where in the picture */
    const basis *down, *across;
    const uint8_t (*radius)[SIDE];
    square c[AXES];          /* pixels, then coefficients; zero beyond h and w */
} block;

static void place(block *b, const plan *p, size_t row, size_t column)
{
    const size_t d = kind_of(&p->down, row), a = kind_of(&p->across, column);

    b->y = edge(&p->down, row);
    b->x = edge(&p->across, column);
    b->down = &p->down.basis[d];
    b->across = &p->across.basis[a];
    b->h = b->down->length;
    b->w = b->across->length;
    b->radius = (const uint8_t (*)[SIDE]) p->radius[d][a];
}

/* ROWS rows and ACROSS vectors of out = a b, from row r and column k on. */
IMP_INLINE void product_tile(square *out, const square *a, const square *b, size_t inner,
                             size_t r, size_t k)
{
    vec sum[ROWS][ACROSS] = {{{ 0 }}};

    for (size_t i = 0; i < inner; i++) {
        const vec *row = (const vec *) &b->v[i][k];
        IMP_UNROLL
        for (size_t j = 0; j < ROWS; j++) {
            const vec f = imp_splat(a->v[r + j][i]);
            sum[j][0] += f * row[0];
            sum[j][1] += f * row[1];
            IMP_NOW(sum[j][0]);
            IMP_NOW(sum[j][1]);
        }
    }
    IMP_UNROLL
    for (size_t j = 0; j < ROWS; j++) {
        *(vec *) &out->v[r + j][k] = sum[j][0];
        *(vec *) &out->v[r + j][k + VW] = sum[j][1];
    }
}

/* out = a b, where a has so many columns. */
static void product(square *out, const square *a, const square *b, size_t inner)
{
    for (size_t k = 0; k < SIDE; k += ACROSS * VW)
        for (size_t r = 0; r < SIDE; r += ROWS) product_tile(out, a, b, inner, r, k);
}

static const float GREY = 0.57735027f, BLUE = 0.70710678f, GREEN = 0.40824829f;

/* The block's coefficients. */
static void analyse(block *b, const imp_tensor *x)
{
    const size_t w = (size_t) x->w, n = (size_t) x->h * w;
    square half;

    memset(b->c, 0, sizeof b->c);
    for (size_t i = 0; i < b->h; i++) {
        const float *in = x->data + (b->y + i) * w + b->x;
        for (size_t k = 0; k < b->w; k++) {
            const float red = in[k], green = in[n + k], blue = in[2 * n + k];
            b->c[0].v[i][k] = GREY * (red + green + blue);
            b->c[1].v[i][k] = BLUE * (red - blue);
            b->c[2].v[i][k] = GREEN * (red - 2 * green + blue);
        }
    }
    for (size_t axis = 0; axis < AXES; axis++) {
        product(&half, &b->down->to, &b->c[axis], b->h);
        product(&b->c[axis], &half, &b->across->back, b->w);
    }
}

/* The picture's pixels from the block's coefficients. */
static void synthesise(block *b, imp_tensor *x)
{
    const size_t w = (size_t) x->w, n = (size_t) x->h * w;
    square half;

    for (size_t axis = 0; axis < AXES; axis++) {
        product(&half, &b->down->back, &b->c[axis], b->h);
        product(&b->c[axis], &half, &b->across->to, b->w);
    }
    for (size_t i = 0; i < b->h; i++) {
        float *out = x->data + (b->y + i) * w + b->x;
        for (size_t k = 0; k < b->w; k++) {
            const float grey = GREY * b->c[0].v[i][k], blue = BLUE * b->c[1].v[i][k];
            const float green = GREEN * b->c[2].v[i][k];
            out[k] = grey + blue + green;
            out[n + k] = grey - 2 * green;
            out[2 * n + k] = grey - blue + green;
        }
    }
}

/* --- The operations ---------------------------------------------------------------------- */

/* The three axes side by side: neighbours are often of one band, and would wait for each
 * other's sum. */
static void add_energies(double energy[IMP_BANDS], const block *b)
{
    for (size_t i = 0; i < b->h; i++)
        for (size_t k = 0; k < b->w; k++)
            for (size_t axis = 0; axis < AXES; axis++) {
                const double c = (double) b->c[axis].v[i][k];
                energy[axis * IMP_RADII + b->radius[i][k]] += c * c;
            }
}

/* Rows of blocks are summed each for itself and added in order: the same bits however many
 * threads there are. */
void IMP_SIMD(imp_band_energies)(double energy[IMP_BANDS], const imp_tensor *x, int shift)
{
    plan p;

    make_plan(&p, x, shift);
    memset(energy, 0, IMP_BANDS * sizeof *energy);
    #pragma omp parallel for ordered schedule(static, 1)
    for (size_t r = 0; r < p.down.blocks; r++) {
        double part[IMP_BANDS] = { 0 };
        block b;
        for (size_t c = 0; c < p.across.blocks; c++) {
            place(&b, &p, r, c);
            analyse(&b, x);
            add_energies(part, &b);
        }
        #pragma omp ordered
        for (size_t i = 0; i < IMP_BANDS; i++) energy[i] += part[i];
    }
}

static void scale_block(block *b, const float factor[IMP_BANDS])
{
    for (size_t axis = 0; axis < AXES; axis++)
        for (size_t i = 0; i < b->h; i++)
            for (size_t k = 0; k < b->w; k++)
                b->c[axis].v[i][k] *= factor[axis * IMP_RADII + b->radius[i][k]];
}

void IMP_SIMD(imp_band_scale)(imp_tensor *x, const float factor[IMP_BANDS], int shift)
{
    plan p;

    make_plan(&p, x, shift);
    #pragma omp parallel for schedule(static)
    for (size_t r = 0; r < p.down.blocks; r++) {
        block b;
        for (size_t c = 0; c < p.across.blocks; c++) {
            place(&b, &p, r, c);
            analyse(&b, x);
            scale_block(&b, factor);
            synthesise(&b, x);
        }
    }
}
