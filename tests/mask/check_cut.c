/* check_cut.c - minimum cuts against all divisions of small grids, and against the flow that a
 * plain method finds on larger ones. */
#include "check.h"

#include "base/random.h"
#include "mask/cut.h"

static imp_error err;

enum { MOST = 40 * 30 };

static int32_t gain[MOST], weight[IMP_CUT_EDGES * MOST];
static const int step_x[IMP_CUT_EDGES] = { 1, 0, 1, 1 };
static const int step_y[IMP_CUT_EDGES] = { 0, 1, 1, -1 };

/* The pixel at the other end of an edge, -1 if there is none. */
static long other_end(const imp_cut_grid *g, size_t i, int e)
{
    const long x = (long) (i % g->width) + step_x[e], y = (long) (i / g->width) + step_y[e];
    const bool there = x < (long) g->width && y >= 0 && y < (long) g->height;

    return there ? y * (long) g->width + x : -1;
}

static int64_t cost(const imp_cut_grid *g, const unsigned char *inside)
{
    int64_t sum = 0;

    for (size_t i = 0; i < g->width * g->height; i++) {
        if (!inside[i] && g->gain[i] > 0) sum += g->gain[i];
        if (inside[i] && g->gain[i] < 0) sum -= g->gain[i];
        for (int e = 0; e < IMP_CUT_EDGES; e++) {
            const long j = other_end(g, i, e);
            if (j >= 0 && inside[i] != inside[j])
                sum += g->weight[IMP_CUT_EDGES * i + (size_t) e];
        }
    }
    return sum;
}

/* Whole numbers up to `most`, many of them 0, edges leading out of the grid among them. */
static imp_cut_grid random_grid(imp_random *random, size_t w, size_t h, int32_t most)
{
    for (size_t i = 0; i < w * h; i++) {
        gain[i] = (int32_t) (imp_random_uniform(random) * (2 * most + 1)) - most;
        if (imp_random_uniform(random) < 0.3) gain[i] = 0;
        for (int e = 0; e < IMP_CUT_EDGES; e++)
            weight[IMP_CUT_EDGES * i + (size_t) e]
                = imp_random_uniform(random) < 0.2
                      ? 0 : (int32_t) (imp_random_uniform(random) * (most / 2 + 1));
    }
    return (imp_cut_grid) { w, h, gain, weight };
}

static int64_t least_cost(const imp_cut_grid *g)
{
    const size_t n = g->width * g->height;
    unsigned char inside[16];
    int64_t least = INT64_MAX;

    for (unsigned long k = 0; k < 1ul << n; k++) {
        for (size_t i = 0; i < n; i++) inside[i] = k >> i & 1;
        if (cost(g, inside) < least) least = cost(g, inside);
    }
    return least;
}

static void test_all_divisions(void)
{
    static const size_t size[][2] = { { 1, 1 }, { 1, 7 }, { 6, 1 }, { 3, 4 }, { 5, 2 } };
    imp_random random = { 4 };
    unsigned char inside[16];

    for (int k = 0; k < 300; k++) {
        const size_t *s = size[(size_t) k % (sizeof size / sizeof *size)];
        const imp_cut_grid g = random_grid(&random, s[0], s[1], k % 2 ? 6 : 1000);
        CHECK_OK(imp_cut_find(inside, &g, &err));
        CHECK(cost(&g, inside) == least_cost(&g));
    }
}

/* --- Larger grids: shortest augmenting paths over a list of edges ------------------------ */

enum { SOURCE = MOST, SINK, NODES, EDGES = 2 * (IMP_CUT_EDGES + 1) * MOST };

static struct { int to, next; int32_t room; } edge[EDGES];
static int first[NODES], n_edges, came_by[NODES];

static void add_edge(int from, int to, int32_t there, int32_t back)
{
    edge[n_edges].to = to;
    edge[n_edges].room = there;
    edge[n_edges].next = first[from];
    first[from] = n_edges++;
    edge[n_edges].to = from;
    edge[n_edges].room = back;
    edge[n_edges].next = first[to];
    first[to] = n_edges++;
}

static bool find_path(void)
{
    static int line[NODES];
    int begin = 0, end = 0;

    for (int i = 0; i < NODES; i++) came_by[i] = -1;
    line[end++] = SOURCE;
    came_by[SOURCE] = EDGES;
    while (begin < end && came_by[SINK] < 0)
        for (int i = line[begin++], e = first[i]; e >= 0; e = edge[e].next)
            if (edge[e].room && came_by[edge[e].to] < 0) {
                came_by[edge[e].to] = e;
                line[end++] = edge[e].to;
            }
    return came_by[SINK] >= 0;
}

static int64_t plain_flow(const imp_cut_grid *g)
{
    int64_t flow = 0;

    n_edges = 0;
    for (int i = 0; i < NODES; i++) first[i] = -1;
    for (size_t i = 0; i < g->width * g->height; i++) {
        if (g->gain[i] > 0) add_edge(SOURCE, (int) i, g->gain[i], 0);
        if (g->gain[i] < 0) add_edge((int) i, SINK, -g->gain[i], 0);
        for (int e = 0; e < IMP_CUT_EDGES; e++) {
            const int32_t w = g->weight[IMP_CUT_EDGES * i + (size_t) e];
            if (other_end(g, i, e) >= 0) add_edge((int) i, (int) other_end(g, i, e), w, w);
        }
    }
    while (find_path()) {
        int32_t most = INT32_MAX;
        for (int i = SINK; i != SOURCE; i = edge[came_by[i] ^ 1].to)
            if (edge[came_by[i]].room < most) most = edge[came_by[i]].room;
        for (int i = SINK; i != SOURCE; i = edge[came_by[i] ^ 1].to) {
            edge[came_by[i]].room -= most;
            edge[came_by[i] ^ 1].room += most;
        }
        flow += most;
    }
    return flow;
}

static void test_plain_flow(void)
{
    imp_random random = { 5 };
    static unsigned char inside[MOST];

    for (int k = 0; k < 12; k++) {
        const int32_t most = k % 3 ? 1000 : 1 << 29;
        const imp_cut_grid g = random_grid(&random, k % 2 ? 40 : 23, 30, most);
        CHECK_OK(imp_cut_find(inside, &g, &err));
        CHECK(cost(&g, inside) == plain_flow(&g));
    }
}

/* Few pixels speak for a side, and the flow has long ways to go. */
static void test_far_apart(void)
{
    imp_random random = { 6 };
    static unsigned char inside[MOST];

    for (int k = 0; k < 12; k++) {
        const imp_cut_grid g = random_grid(&random, 40, 30, 1000);
        for (size_t i = 0; i < MOST; i++)
            gain[i] = i % 40 == 0 ? 4000 : i % 40 == 39 ? -4000 : 0;
        CHECK_OK(imp_cut_find(inside, &g, &err));
        CHECK(cost(&g, inside) == plain_flow(&g));
    }
}

int main(void)
{
    CHECK_RUN(test_all_divisions);
    CHECK_RUN(test_plain_flow);
    CHECK_RUN(test_far_apart);
    return check_done();
}
