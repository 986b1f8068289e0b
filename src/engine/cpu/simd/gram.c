/* gram.c - Gram matrices of blocked maps, and their gradient.
 *
 * Both are products of large matrices, cut up as such: sums stay in registers, what one loop
 * reads again in the first-level cache, what a thread works on in the second. Planar maps, of
 * a picture's few channels, are left to the reference. */
#include <omp.h>
#include <stdalign.h>
#include <string.h>

#include "base/memory.h"
#include "engine/cpu/gram_reference.h"
#include "engine/cpu/simd/simd.h"

enum { B = IMP_BLOCK };

static size_t pixels_of(const imp_tensor *x)
{
    return (size_t) x->h * (size_t) x->w;
}

static size_t blocks_of(const imp_tensor *x)
{
    return ((size_t) x->c + B - 1) / B;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* --- Some of the pixels ------------------------------------------------------------------ */

static imp_part some_of(const imp_part *part, size_t first, size_t n)
{
    return (imp_part) { part->pixel + first, part->weight + first, n };
}

/* The part's pixels of so many blocks side by side, times their weights if it has any; from
 * block to block it is so many floats, there and here. */
static void fetch(float *to, size_t apart, const float *x, size_t plane, size_t blocks,
                  const imp_part *part)
{
    for (size_t k = 0; k < blocks; k++, to += apart, x += plane)
        for (size_t i = 0; i < part->n; i++) {
            const float *from = x + part->pixel[i] * B;
            const float w = part->weight ? part->weight[i] : 1;
            #pragma omp simd
            for (size_t c = 0; c < B; c++) to[i * B + c] = w * from[c];
        }
}

/* And back on top of what is there, times the squares of their weights. */
static void bring_back(float *to, size_t plane, const float *x, size_t apart, size_t blocks,
                       const imp_part *part)
{
    for (size_t k = 0; k < blocks; k++, to += plane, x += apart)
        for (size_t i = 0; i < part->n; i++) {
            const float *from = x + i * B, w = part->weight[i];
            float *at = to + part->pixel[i] * B;
            #pragma omp simd
            for (size_t c = 0; c < B; c++) at[c] += w * w * from[c];
        }
}

/* --- The matrix: products of two blocks -------------------------------------------------- */

/* Blocks on a side of a square of the matrix whose sums one task keeps; pixels that it sums at
 * a time, of which three blocks stay in the first-level cache. */
enum { SQUARE = 8, CHUNK = 128 };

typedef float block_sums[B][B];

/* ROWS channels of a with two vectors of channels of b: one each of two blocks where a vector
 * is a whole block. */
#if defined __AVX512F__
enum { ROWS = 8, ACROSS = 2 };   /* ACROSS: blocks */
#else
enum { ROWS = 4, ACROSS = 1 };
#endif

/* sum[r], sum2[r] += the products of a's channel r with the vectors at b and b2, over n
 * pixels; without `two` only the first. `ahead` is fetched meanwhile, as many pixels. */
IMP_INLINE void multiply(const int rows, const bool two, float *sum, float *sum2,
                         const float *a, const float *b, const float *b2, size_t n,
                         const float *ahead)
{
    vec first[B], second[B];

    IMP_UNROLL
    for (int r = 0; r < rows; r++) first[r] = second[r] = (vec) { 0 };
    for (; n > 0; n--, a += B, b += B, b2 += B, ahead += B) {
        const vec v = *(const vec *) b, v2 = *(const vec *) b2;
        __builtin_prefetch(ahead);
        IMP_UNROLL
        for (int r = 0; r < rows; r++) {
            const vec f = imp_splat(a[r]);
            first[r] += f * v;
            IMP_NOW(first[r]);
            if (two) second[r] += f * v2;
            if (two) IMP_NOW(second[r]);
        }
    }
    IMP_UNROLL
    for (int r = 0; r < rows; r++) {
        *(vec *) (sum + r * B) += first[r];
        if (two) *(vec *) (sum2 + r * B) += second[r];
    }
}

/* A block with another, or with another two: sum[0], sum[1]. ahead: see multiply(); two. */
static void multiply_blocks(block_sums *sum, const float *a, const float *b, size_t b_plane,
                            int blocks, size_t n, const float *const ahead[2])
{
    if (blocks == 2)
        for (int r = 0; r < B; r += ROWS)
            multiply(ROWS, true, sum[0][r], sum[1][r], a + r, b, b + b_plane, n, ahead[r > 0]);
    else if (VECS == 1)
        multiply(B, false, sum[0][0], sum[0][0], a, b, b, n, ahead[0]);
    else
        for (int lane = 0; lane < B; lane += 2 * VW)
            for (int r = 0; r < B; r += ROWS)
                multiply(ROWS, true, sum[0][r] + lane, sum[0][r] + lane + VW, a + r,
                         b + lane, b + lane + VW, n, ahead[r > 0]);
}

/* --- The matrix: a task ------------------------------------------------------------------ */

/* Blocks [row, row_end) with blocks [column, column_end), of which those right of the diagonal
 * are left out; pixels [first, end) of those that are seen. */
typedef struct task {
    size_t row, row_end, column, column_end;
    size_t first, end;
} task;

/* The k-th of `parts` tasks for each square on and left of the diagonal, counted by rows. */
static task task_of(size_t blocks, size_t n, size_t k, size_t parts)
{
    const size_t part = k % parts;
    size_t i, j = k / parts;

    for (i = 0; j > i; i++) j -= i + 1;
    return (task) { i * SQUARE, least((i + 1) * SQUARE, blocks),
                    j * SQUARE, least((j + 1) * SQUARE, blocks),
                    n * part / parts, n * (part + 1) / parts };
}

/* Past the diagonal, or past the square. */
static size_t columns_end(const task *t, size_t row)
{
    return least(row + 1, t->column_end);
}

/* Where the task's first row and column of blocks begin, and how far it is to the next. */
typedef struct place {
    const float *rows, *columns;
    size_t plane;
} place;

/* One row of blocks, over n pixels. The next pixels of two blocks are fetched meanwhile, which
 * lie in too many places for the processor to guess: this row's, and that of the column as far
 * along. */
static void sum_row(block_sums *sum, const place *at, const task *t, size_t row, size_t n)
{
    const size_t end = columns_end(t, row), far = row - t->row;
    const size_t along = least(far, t->column_end - 1 - t->column);
    const float *a = at->rows + far * at->plane;
    const float *ahead[2] = { a + CHUNK * B, at->columns + along * at->plane + CHUNK * B };

    for (size_t j = t->column; j < end; j += ACROSS) {
        multiply_blocks(&sum[j - t->column], a, at->columns + (j - t->column) * at->plane,
                        at->plane, (int) least(ACROSS, end - j), n, ahead);
        ahead[0] = ahead[1] = a;
    }
}

static void sum_chunk(block_sums (*sum)[SQUARE], const place *at, const task *t, size_t n)
{
    for (size_t i = t->row; i < t->row_end; i++) sum_row(sum[i - t->row], at, t, i, n);
}

/* In the order of pixels. */
static void sum_all(block_sums (*sum)[SQUARE], const imp_tensor *x, const task *t)
{
    const size_t plane = pixels_of(x) * B;

    for (size_t p = t->first; p < t->end; p += CHUNK) {
        const float *pixels = x->data + p * B;
        const place at = { pixels + t->row * plane, pixels + t->column * plane, plane };
        sum_chunk(sum, &at, t, least(CHUNK, t->end - p));
    }
}

static void sum_part(block_sums (*sum)[SQUARE], const imp_tensor *x, const imp_part *part,
                     const task *t)
{
    const size_t plane = pixels_of(x) * B;
    alignas(IMP_ALIGN) float rows[SQUARE * CHUNK * B], columns[SQUARE * CHUNK * B];
    const bool same = t->row == t->column;
    const place at = { rows, same ? rows : columns, CHUNK * B };

    for (size_t p = t->first; p < t->end; p += CHUNK) {
        const size_t n = least(CHUNK, t->end - p);
        const imp_part some = some_of(part, p, n);
        fetch(rows, at.plane, x->data + t->row * plane, plane, t->row_end - t->row, &some);
        if (!same)
            fetch(columns, at.plane, x->data + t->column * plane, plane,
                  t->column_end - t->column, &some);
        sum_chunk(sum, &at, t, n);
    }
}

/* Adds a block's sums to the matrix, where there are channels. */
static void add_block(float *g, size_t c, size_t i, size_t j, float (*sum)[B])
{
    const size_t rows = least(B, c - i * B), columns = least(B, c - j * B);

    for (size_t row = 0; row < rows; row++) {
        float *to = g + (i * B + row) * c + j * B;
        #pragma omp simd
        for (size_t column = 0; column < columns; column++) to[column] += sum[row][column];
    }
}

/* In the order of tasks, so that the same bits come out each time. */
static void lower_half(float *g, const imp_tensor *x, const imp_part *part)
{
    enum { WORTH_A_PART = 4 * CHUNK };
    const size_t side = (blocks_of(x) + SQUARE - 1) / SQUARE;
    const size_t n = part ? part->n : pixels_of(x);
    const size_t parts = least((size_t) omp_get_max_threads(), 1 + n / WORTH_A_PART);
    const size_t tasks = side * (side + 1) / 2 * parts;

    #pragma omp parallel for ordered schedule(static, 1)
    for (size_t k = 0; k < tasks; k++) {
        const task t = task_of(blocks_of(x), n, k, parts);
        alignas(IMP_ALIGN) block_sums sum[SQUARE][SQUARE];
        memset(sum, 0, (t.row_end - t.row) * sizeof *sum);
        if (part) sum_part(sum, x, part, &t);
        else sum_all(sum, x, &t);
        #pragma omp ordered
        for (size_t i = t.row; i < t.row_end; i++)
            for (size_t j = t.column; j < columns_end(&t, i); j++)
                add_block(g, (size_t) x->c, i, j, sum[i - t.row][j - t.column]);
    }
}

/* Scales a block of the lower half, and has its mirror image. */
static void finish_block(float *g, size_t c, size_t i, size_t j, double scale)
{
    const size_t row_end = least((i + 1) * B, c), column_end = least((j + 1) * B, c);

    for (size_t row = i * B; row < row_end; row++)
        for (size_t column = j * B; column < column_end && column <= row; column++)
            g[row * c + column] = g[column * c + row]
                = (float) (scale * (double) g[row * c + column]);
}

void IMP_SIMD(imp_gram)(float *g, const imp_tensor *x, const imp_part *part, double scale)
{
    const size_t c = (size_t) x->c, blocks = blocks_of(x);

    if (x->block != B) {
        imp_gram_reference(g, x, part, scale);
        return;
    }
    memset(g, 0, c * c * sizeof *g);
    lower_half(g, x, part);
    #pragma omp parallel for schedule(static, 1)
    for (size_t i = 0; i < blocks; i++)
        for (size_t j = 0; j <= i; j++) finish_block(g, c, i, j, scale);
}

/* --- Its gradient ------------------------------------------------------------------------ */

/* Channels of dx made at a time, and of x summed at a time: a panel of D, which stays in the
 * first-level cache. PIXELS: as registers allow. */
enum {
    PANEL = 2 * VW, DEPTH = 256,
    PIXELS = VW == 16 ? 14 : 6,
    TILE_FLOATS = 1 << 17,    /* of x, which stay in the second-level cache */
    PART_FLOATS = 1 << 15     /* of x, and as many of dx, on the stack      */
};

/* scale * (D x + s), D of c x c numbers. */
typedef struct factor {
    const float *d, *s;
    size_t c;
    float scale;
} factor;

typedef struct panel {
    alignas(IMP_ALIGN) float row[DEPTH][PANEL], start[PANEL];
    size_t rows;
} panel;

/* D from row `first` and column `left` on, and with the first rows s; zeros where there are no
 * channels. */
static void take_panel(panel *to, const factor *f, size_t first, size_t left)
{
    const size_t c = f->c;

    for (size_t i = 0; i < PANEL; i++)
        to->start[i] = f->s && first == 0 && left + i < c ? f->scale * f->s[left + i] : 0;
    for (size_t k = 0; k < to->rows; k++) {
        const float *row = f->d + (first + k) * c;
        for (size_t i = 0; i < PANEL; i++)
            to->row[k][i] = first + k < c && left + i < c ? f->scale * row[left + i] : 0;
    }
}

/* dx[r], dx2[r] += the panel's start and the sum over all its rows k of x's channel k at pixel
 * r times the row. The next pixels' x is fetched on the way, which lies in too many places for
 * the processor to guess. dx2 the same as dx: the second half of the panel is not wanted. */
IMP_INLINE void add_products(const int pixels, float *dx, float *dx2, const float *x,
                             size_t plane, const panel *by)
{
    vec first[PIXELS], second[PIXELS];

    IMP_UNROLL
    for (int r = 0; r < pixels; r++) {
        first[r] = *(const vec *) by->start;
        second[r] = *(const vec *) (by->start + VW);
        __builtin_prefetch(dx + r * B, 1);
        __builtin_prefetch(dx2 + r * B, 1);
    }
    for (size_t k = 0; k < by->rows; k += B, x += plane)
        for (int i = 0; i < B; i++) {
            const vec d = *(const vec *) by->row[k + (size_t) i];
            const vec d2 = *(const vec *) (by->row[k + (size_t) i] + VW);
            if (i < pixels) __builtin_prefetch(x + (pixels + i) * B);
            IMP_UNROLL
            for (int r = 0; r < pixels; r++) {
                const vec f = imp_splat(x[r * B + i]);
                first[r] += f * d;
                second[r] += f * d2;
                IMP_NOW(first[r]);
                IMP_NOW(second[r]);
            }
        }
    IMP_UNROLL
    for (int r = 0; r < pixels; r++) {
        *(vec *) (dx + r * B) += first[r];
        if (dx2 != dx) *(vec *) (dx2 + r * B) += second[r];
    }
}

/* n pixels of a panel. */
static void add_panel(float *dx, float *dx2, const float *x, size_t plane, const panel *by,
                      size_t n)
{
    size_t p = 0;

    for (; p + PIXELS <= n; p += PIXELS)
        add_products(PIXELS, dx + p * B, dx2 + p * B, x + p * B, plane, by);
    for (; p < n; p++) add_products(1, dx + p * B, dx2 + p * B, x + p * B, plane, by);
}

/* n pixels of all channels; x and dx have blocks of so many floats. */
static void add_tile(float *dx, const factor *f, const float *x, size_t plane, size_t n)
{
    const size_t filled = (f->c + B - 1) / B * B;
    panel by;

    for (size_t k = 0; k < filled; k += DEPTH)
        for (size_t left = 0; left < filled; left += PANEL) {
            const size_t right = left + VW < filled ? left + VW : left;
            by.rows = least(DEPTH, filled - k);
            take_panel(&by, f, k, left);
            add_panel(dx + left / B * plane + left % B, dx + right / B * plane + right % B,
                      x + k / B * plane, plane, &by, n);
        }
}

/* Fetched, worked on side by side, and brought back. */
static void add_part_tile(imp_tensor *dx, const factor *f, const imp_tensor *x,
                          const imp_part *part)
{
    const size_t blocks = blocks_of(x), plane = pixels_of(x) * B, apart = part->n * B;
    const imp_part plain = { part->pixel, NULL, part->n };
    alignas(IMP_ALIGN) float out[2 * PART_FLOATS], *in = out + blocks * apart;

    memset(out, 0, blocks * apart * sizeof *out);
    fetch(in, apart, x->data, plane, blocks, &plain);
    add_tile(out, f, in, apart, part->n);
    bring_back(dx->data, plane, out, apart, blocks, part);
}

/* A fair share for each thread, unless less fits. */
static size_t tile_of(size_t n, size_t fits)
{
    const size_t threads = (size_t) omp_get_max_threads();

    return least((n + threads - 1) / threads + PIXELS - 1, fits) / PIXELS * PIXELS;
}

void IMP_SIMD(imp_gram_backward)(imp_tensor *dx, const float *d, const float *s,
                                 const imp_tensor *x, const imp_part *part, double scale)
{
    const factor f = { d, s, (size_t) x->c, (float) scale };
    const size_t n = part ? part->n : pixels_of(x), depth = blocks_of(x) * B;
    const size_t tile = tile_of(n, (part ? PART_FLOATS : TILE_FLOATS) / depth);

    if (x->block != B || tile == 0) {
        imp_gram_backward_reference(dx, d, s, x, part, scale);
        return;
    }
    #pragma omp parallel for schedule(static)
    for (size_t first = 0; first < n; first += tile) {
        const size_t pixels = least(tile, n - first);
        if (part) {
            const imp_part some = some_of(part, first, pixels);
            add_part_tile(dx, &f, x, &some);
        } else {
            add_tile(dx->data + first * B, &f, x->data + first * B, pixels_of(x) * B, pixels);
        }
    }
}
