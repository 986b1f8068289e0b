/* cut.c - see cut.h. The maximum flow by two search trees (Boykov and Kolmogorov, 2004).
 *
 * One tree grows from the source through edges that can take more flow, the other from the
 * sink against them. Where they meet, the path takes as much as it can; nodes whose way to the
 * root that closed are orphans, and look for another parent of their tree or leave it. When no
 * tree can grow any more, what the source's holds is inside.
 *
 * The grid has a rim of nodes without edges, so that nothing asks where it ends. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "mask/cut.h"

/* A direction's opposite differs in the last bit. Beyond those, what a parent may be. */
enum { DIRECTIONS = 8, ROOT = 8, ORPHAN, NONE };
static const uint32_t NOBODY = UINT32_MAX, FAR = UINT32_MAX;

typedef struct node {
    int32_t room[DIRECTIONS];   /* what the edge to each neighbour can still take         */
    int32_t rest;               /* from the source, or, negative, to the sink             */
    uint32_t next_active;       /* in the queue; NOBODY if in none, itself if the last    */
    uint32_t next_orphan;
    uint32_t stamp, distance;   /* from the root, as known at that time                   */
    unsigned char parent;       /* the direction of the parent, or ROOT, ORPHAN, NONE     */
    bool sink;                  /* which tree it is in                                    */
} node;

typedef struct queue { uint32_t first, last; } queue;   /* linked through the nodes */

typedef struct cut {
    node *node;
    ptrdiff_t step[DIRECTIONS];
    queue active, orphans;
    uint32_t time;              /* paths so far */
} cut;

static uint32_t neighbour(const cut *c, uint32_t i, unsigned d)
{
    return (uint32_t) ((ptrdiff_t) i + c->step[d]);
}

static void activate(cut *c, uint32_t i)
{
    if (c->node[i].next_active != NOBODY) return;
    c->node[i].next_active = i;
    if (c->active.last == NOBODY) c->active.first = i;
    else c->node[c->active.last].next_active = i;
    c->active.last = i;
}

/* The next node that is still in a tree; NOBODY if there is none. */
static uint32_t next_active(cut *c)
{
    while (c->active.first != NOBODY) {
        const uint32_t i = c->active.first, next = c->node[i].next_active;
        c->active.first = next == i ? NOBODY : next;
        if (next == i) c->active.last = NOBODY;
        c->node[i].next_active = NOBODY;
        if (c->node[i].parent != NONE) return i;
    }
    return NOBODY;
}

static void orphan(cut *c, uint32_t i)
{
    c->node[i].parent = ORPHAN;
    c->node[i].next_orphan = NOBODY;
    if (c->orphans.last == NOBODY) c->orphans.first = i;
    else c->node[c->orphans.last].next_orphan = i;
    c->orphans.last = i;
}

static uint32_t next_orphan(cut *c)
{
    const uint32_t i = c->orphans.first;

    if (i == NOBODY) return i;
    c->orphans.first = c->node[i].next_orphan;
    if (c->orphans.first == NOBODY) c->orphans.last = NOBODY;
    return i;
}

/* --- Growing ----------------------------------------------------------------------------- */

/* Room of the edge between i and its neighbour j in direction d, the way that flow takes when
 * i is nearer to the root. */
static int32_t room_away(const cut *c, uint32_t i, unsigned d, uint32_t j)
{
    return c->node[i].sink ? c->node[j].room[d ^ 1] : c->node[i].room[d];
}

static void take(cut *c, uint32_t i, unsigned d, uint32_t j)
{
    node *child = c->node + j;

    child->parent = (unsigned char) (d ^ 1);
    child->sink = c->node[i].sink;
    child->stamp = c->node[i].stamp;
    child->distance = c->node[i].distance + 1;
}

/* Takes in the neighbours of i that are free. True if one is of the other tree: *d leads
 * there. */
static bool grow(cut *c, uint32_t i, unsigned *d)
{
    for (*d = 0; *d < DIRECTIONS; ++*d) {
        const uint32_t j = neighbour(c, i, *d);
        const node *a = c->node + i, *b = c->node + j;
        if (!room_away(c, i, *d, j)) continue;
        if (b->parent == NONE) {
            take(c, i, *d, j);
            activate(c, j);
        } else if (b->sink != a->sink) {
            return true;
        } else if (b->stamp <= a->stamp && b->distance > a->distance) {
            take(c, i, *d, j);   /* nearer to the root by this way */
        }
    }
    return false;
}

/* --- A path ------------------------------------------------------------------------------ */

/* The room of the edge between i and its parent, in the direction of the flow. */
static int32_t *room_to_parent(cut *c, uint32_t i)
{
    const unsigned d = c->node[i].parent;

    return c->node[i].sink ? &c->node[i].room[d] : &c->node[neighbour(c, i, d)].room[d ^ 1];
}

static int32_t room_of_branch(cut *c, uint32_t i, int32_t most)
{
    for (; c->node[i].parent != ROOT; i = neighbour(c, i, c->node[i].parent)) {
        const int32_t room = *room_to_parent(c, i);
        if (room < most) most = room;
    }
    const int32_t rest = c->node[i].sink ? -c->node[i].rest : c->node[i].rest;
    return rest < most ? rest : most;
}

static void fill_branch(cut *c, uint32_t i, int32_t flow)
{
    while (c->node[i].parent != ROOT) {
        const unsigned d = c->node[i].parent;
        const uint32_t parent = neighbour(c, i, d);
        int32_t *to = &c->node[i].room[d], *from = &c->node[parent].room[d ^ 1];
        *to += c->node[i].sink ? -flow : flow;
        *from += c->node[i].sink ? flow : -flow;
        if (!(c->node[i].sink ? *to : *from)) orphan(c, i);
        i = parent;
    }
    c->node[i].rest += c->node[i].sink ? flow : -flow;
    if (!c->node[i].rest) orphan(c, i);
}

/* Fills the path over the edge from i in direction d, the two being in different trees. */
static void fill_path(cut *c, uint32_t i, unsigned d)
{
    const uint32_t j = neighbour(c, i, d);
    int32_t *along = c->node[i].sink ? &c->node[j].room[d ^ 1] : &c->node[i].room[d];
    int32_t *back = c->node[i].sink ? &c->node[i].room[d] : &c->node[j].room[d ^ 1];
    const int32_t flow = room_of_branch(c, i, room_of_branch(c, j, *along));

    *along -= flow;
    *back += flow;
    fill_branch(c, i, flow);
    fill_branch(c, j, flow);
}

/* --- Orphans ----------------------------------------------------------------------------- */

/* How far i is from its root, FAR if an orphan is above it. Marks the way with the answer. */
static uint32_t find_distance(cut *c, uint32_t i)
{
    uint32_t steps = 0, j = i;

    while (c->node[j].stamp != c->time) {
        if (c->node[j].parent == ORPHAN) return FAR;
        steps++;
        if (c->node[j].parent == ROOT) break;
        j = neighbour(c, j, c->node[j].parent);
    }
    if (c->node[j].stamp == c->time) steps += c->node[j].distance;
    const uint32_t distance = steps;
    for (j = i; c->node[j].stamp != c->time; j = neighbour(c, j, c->node[j].parent)) {
        c->node[j].stamp = c->time;
        c->node[j].distance = steps--;
        if (c->node[j].parent == ROOT) break;
    }
    return distance;
}

/* Whether j, in direction d of the orphan i, is of its tree and could feed it. */
static bool could_feed(const cut *c, uint32_t i, unsigned d, uint32_t j)
{
    return c->node[j].parent != NONE && c->node[j].sink == c->node[i].sink
           && room_away(c, j, d ^ 1, i);
}

static bool find_parent(cut *c, uint32_t i)
{
    uint32_t nearest = FAR;

    for (unsigned d = 0; d < DIRECTIONS; d++) {
        const uint32_t j = neighbour(c, i, d);
        const uint32_t distance = could_feed(c, i, d, j) ? find_distance(c, j) : FAR;
        if (distance >= nearest) continue;
        nearest = distance;
        c->node[i].parent = (unsigned char) d;
    }
    if (nearest == FAR) return false;
    c->node[i].stamp = c->time;
    c->node[i].distance = nearest + 1;
    return true;
}

/* Its children become orphans; whoever could have fed it may take it in again. */
static void set_free(cut *c, uint32_t i)
{
    for (unsigned d = 0; d < DIRECTIONS; d++) {
        const uint32_t j = neighbour(c, i, d);
        if (could_feed(c, i, d, j)) activate(c, j);
        if (c->node[j].parent == (d ^ 1)) orphan(c, j);
    }
    c->node[i].parent = NONE;
}

static void adopt(cut *c)
{
    for (uint32_t i; (i = next_orphan(c)) != NOBODY;)
        if (!find_parent(c, i)) set_free(c, i);
}

/* --- The whole --------------------------------------------------------------------------- */

static void run(cut *c)
{
    unsigned d;

    for (uint32_t i; (i = next_active(c)) != NOBODY;)
        while (c->node[i].parent != NONE && grow(c, i, &d)) {
            c->time++;
            fill_path(c, i, d);
            adopt(c);
        }
}

/* The edges of pixel p, which is node i, both ways. */
static void set_edges(cut *c, const imp_cut_grid *grid, size_t p, uint32_t i)
{
    const size_t x = p % grid->width, y = p / grid->width;
    const bool right = x + 1 < grid->width, below = y + 1 < grid->height;
    const bool there[IMP_CUT_EDGES] = { right, below, right && below, right && y > 0 };

    for (unsigned e = 0; e < IMP_CUT_EDGES; e++) {
        const int32_t room = grid->weight[IMP_CUT_EDGES * p + e];
        if (!there[e]) continue;
        c->node[i].room[2 * e] = room;
        c->node[neighbour(c, i, 2 * e)].room[2 * e + 1] = room;
    }
}

static void set_gain(cut *c, uint32_t i, int32_t gain)
{
    if (!gain) return;
    c->node[i].rest = gain;
    c->node[i].parent = ROOT;
    c->node[i].sink = gain < 0;
    c->node[i].distance = 1;
    activate(c, i);
}

static void set_up(cut *c, const imp_cut_grid *grid)
{
    const ptrdiff_t line = (ptrdiff_t) grid->width + 2;
    const ptrdiff_t step[DIRECTIONS]
        = { 1, -1, line, -line, line + 1, -line - 1, 1 - line, line - 1 };

    memcpy(c->step, step, sizeof step);
    c->active = c->orphans = (queue) { NOBODY, NOBODY };
    for (size_t i = 0; i < (grid->width + 2) * (grid->height + 2); i++) {
        c->node[i].parent = NONE;
        c->node[i].next_active = NOBODY;
    }
    for (size_t p = 0; p < grid->width * grid->height; p++) {
        const size_t x = p % grid->width, y = p / grid->width;
        const uint32_t i = (uint32_t) ((y + 1) * (grid->width + 2) + x + 1);
        set_edges(c, grid, p, i);
        set_gain(c, i, grid->gain[p]);
    }
}

imp_status imp_cut_find(unsigned char *inside, const imp_cut_grid *grid, imp_error *err)
{
    const size_t line = grid->width + 2;
    cut c = { .time = 0 };

    if (line * (grid->height + 2) >= NOBODY
        || !(c.node = imp_alloc(line * (grid->height + 2), sizeof *c.node)))
        return imp_fail(err, IMP_ENOMEM, "no memory to divide %zu x %zu pixels", grid->width,
                        grid->height);
    set_up(&c, grid);
    run(&c);
    for (size_t p = 0; p < grid->width * grid->height; p++) {
        const node *n = c.node + (p / grid->width + 1) * line + p % grid->width + 1;
        inside[p] = n->parent != NONE && !n->sink;
    }
    imp_free(c.node);
    return IMP_OK;
}
