/* bands.c - a picture's bands: three axes of colour times 45 spatial frequencies.
 *
 * The picture is cut into blocks of 32 x 32 pixels at most, as equal as possible. In each the
 * colours are turned to orthogonal axes (grey, red against blue, green against both), and each
 * of these is transformed by the orthonormal DCT-II: all of it is one orthogonal transform, so
 * that energies add up to the picture's, and scaling bands is symmetric. A band is what has
 * the same colour axis and the same radius, rounded, in half cycles per 32 pixels. */
#include <math.h>
#include <string.h>

#include "engine/cpu/simd/parts.h"
#include "engine/cpu/simd/simd.h"

enum { SIDE = 32, VECS_OF_ROW = SIDE / VW, ROWS = 4, AXES = 3 };

typedef float square[SIDE][SIDE] __attribute__((aligned(64)));

/* The DCT of one length: row k of `to` is its k-th cosine; `back` is the transpose. */
typedef struct basis {
    size_t length;
    square to, back;
} basis;

/* Blocks along one side of a picture have one of two lengths. */
typedef struct side {
    size_t pixels, blocks;
    basis basis[2];          /* of the shorter, of the longer */
} side;

typedef struct plan {
    side down, across;
    uint8_t band[2][2][SIDE][SIDE];   /* of a coefficient, by the lengths down and across */
} plan;

static void make_basis(basis *b, size_t length)
{
    b->length = length;
    memset(b->to, 0, sizeof b->to);
    memset(b->back, 0, sizeof b->back);
    for (size_t k = 0; k < length; k++)
        for (size_t i = 0; i < length; i++) {
            const double angle = 3.14159265358979323846 * (double) (k * (2 * i + 1))
                                 / (2 * (double) length);
            b->to[k][i] = (float) (cos(angle) * sqrt((k ? 2.0 : 1.0) / (double) length));
            b->back[i][k] = b->to[k][i];
        }
}

static void make_side(side *s, size_t pixels)
{
    s->pixels = pixels;
    s->blocks = (pixels + SIDE - 1) / SIDE;
    make_basis(&s->basis[0], pixels / s->blocks);
    make_basis(&s->basis[1], (pixels + s->blocks - 1) / s->blocks);
}

static void make_plan(plan *p, const imp_tensor *x)
{
    make_side(&p->down, (size_t) x->h);
    make_side(&p->across, (size_t) x->w);
    for (size_t a = 0; a < 2; a++)
        for (size_t b = 0; b < 2; b++)
            for (size_t k = 0; k < SIDE; k++)
                for (size_t j = 0; j < SIDE; j++) {
                    const double y = (double) (SIDE * k) / (double) p->down.basis[a].length;
                    const double z = (double) (SIDE * j) / (double) p->across.basis[b].length;
                    p->band[a][b][k][j] = (uint8_t) lround(hypot(y, z));
                }
}

static size_t edge(const side *s, size_t i)
{
    return i * s->pixels / s->blocks;
}

static size_t kind_of(const side *s, size_t i)
{
    return edge(s, i + 1) - edge(s, i) > s->basis[0].length;
}

/* --- One block --------------------------------------------------------------------------- */

typedef struct block {
    size_t y, x, h, w;       /* where in the picture */
    basis *down, *across;
    uint8_t (*band)[SIDE];
    square c[AXES];
} block;

static void place(block *b, plan *p, size_t row, size_t column)
{
    const size_t d = kind_of(&p->down, row), a = kind_of(&p->across, column);

    b->y = edge(&p->down, row);
    b->x = edge(&p->across, column);
    b->down = &p->down.basis[d];
    b->across = &p->across.basis[a];
    b->h = b->down->length;
    b->w = b->across->length;
    b->band = p->band[d][a];
}

/* out = a b, where a has so many columns; blocks are filled up with zeros. */
static void product(square out, square a, square b, size_t inner)
{
    for (size_t r = 0; r < SIDE; r += ROWS) {
        vec sum[ROWS][VECS_OF_ROW] = {{{ 0 }}};
        for (size_t i = 0; i < inner; i++) {
            const vec *row = (const vec *) b[i];
            IMP_UNROLL
            for (size_t k = 0; k < ROWS; k++) {
                IMP_UNROLL
                for (size_t v = 0; v < VECS_OF_ROW; v++) sum[k][v] += a[r + k][i] * row[v];
            }
        }
        for (size_t k = 0; k < ROWS; k++) memcpy(out[r + k], sum[k], sizeof out[r + k]);
    }
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
            b->c[0][i][k] = GREY * (red + green + blue);
            b->c[1][i][k] = BLUE * (red - blue);
            b->c[2][i][k] = GREEN * (red - 2 * green + blue);
        }
    }
    for (size_t axis = 0; axis < AXES; axis++) {
        product(half, b->down->to, b->c[axis], b->h);
        product(b->c[axis], half, b->across->back, b->w);
    }
}

static void synthesise(block *b, imp_tensor *x)
{
    const size_t w = (size_t) x->w, n = (size_t) x->h * w;
    square half;

    for (size_t axis = 0; axis < AXES; axis++) {
        product(half, b->down->back, b->c[axis], b->h);
        product(b->c[axis], half, b->across->to, b->w);
    }
    for (size_t i = 0; i < b->h; i++) {
        float *out = x->data + (b->y + i) * w + b->x;
        for (size_t k = 0; k < b->w; k++) {
            const float grey = GREY * b->c[0][i][k], blue = BLUE * b->c[1][i][k];
            const float green = GREEN * b->c[2][i][k];
            out[k] = grey + blue + green;
            out[n + k] = grey - 2 * green;
            out[2 * n + k] = grey - blue + green;
        }
    }
}

/* --- The operations ---------------------------------------------------------------------- */

static void add_energies(double energy[IMP_BANDS], const block *b)
{
    for (size_t axis = 0; axis < AXES; axis++)
        for (size_t i = 0; i < b->h; i++)
            for (size_t k = 0; k < b->w; k++) {
                const double c = (double) b->c[axis][i][k];
                energy[axis * IMP_RADII + b->band[i][k]] += c * c;
            }
}

void IMP_SIMD(imp_band_energies)(double energy[IMP_BANDS], const imp_tensor *x)
{
    double part[PARTS][IMP_BANDS] = {{ 0 }};
    plan p;

    make_plan(&p, x);
    #pragma omp parallel for schedule(static)
    for (size_t i = 0; i < PARTS; i++) {
        block b;
        const size_t end = imp_part_begin(p.down.blocks, i + 1);
        for (size_t r = imp_part_begin(p.down.blocks, i); r < end; r++)
            for (size_t c = 0; c < p.across.blocks; c++) {
                place(&b, &p, r, c);
                analyse(&b, x);
                add_energies(part[i], &b);
            }
    }
    memset(energy, 0, IMP_BANDS * sizeof *energy);
    for (size_t i = 0; i < PARTS; i++)
        for (size_t k = 0; k < IMP_BANDS; k++) energy[k] += part[i][k];
}

static void scale_block(block *b, const float *factor)
{
    for (size_t axis = 0; axis < AXES; axis++)
        for (size_t i = 0; i < b->h; i++)
            for (size_t k = 0; k < b->w; k++)
                b->c[axis][i][k] *= factor[axis * IMP_RADII + b->band[i][k]];
}

void IMP_SIMD(imp_band_scale)(imp_tensor *x, const float factor[IMP_BANDS])
{
    plan p;

    make_plan(&p, x);
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
