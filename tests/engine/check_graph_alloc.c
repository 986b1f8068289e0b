/* check_graph_alloc.c - all memory of a graph is taken before it runs, as much as was told;
 * running out of it while it is taken is told, with nothing lost. */
#include "heap.h"

#include "check.h"

#include "engine/graph.h"
#include "numbers.h"

enum { H = 33, W = 20, MOST = 3 * 32 * 32 };   /* floats of a filter, at most */

static imp_error err;
static imp_graph graph;

/* Of this kernel, width and activation; the same size comes out. */
static imp_conv2d_desc filter(int kernel, int out_c, imp_activation activation)
{
    return (imp_conv2d_desc) { .out_c = out_c, .kernel = kernel, .stride = 1, .dilation = 1,
                               .pad = kernel / 2, .activation = activation };
}

/* Nodes of every kind; some work over others, some are joined. */
static void build(void)
{
    const imp_conv2d_desc wide = filter(3, 16, IMP_ACTIVATION_RELU);
    const imp_conv2d_desc plain = filter(1, 16, IMP_ACTIVATION_HARD_SWISH);
    const imp_conv2d_desc factor = filter(1, 16, IMP_ACTIVATION_HARD_SIGMOID);
    const imp_conv2d_desc last = filter(1, 21, IMP_ACTIVATION_NONE);
    imp_graph *g = &graph;
    const int first = imp_graph_conv(g, imp_graph_input(g, 3), 0, &wide);
    const int small = imp_graph_max(g, first, 3, 2, 1);
    const int sum = imp_graph_conv(g, imp_graph_conv(g, small, 0, &wide), small, &plain);
    const int factors = imp_graph_conv(g, imp_graph_mean(g, sum), 0, &factor);
    const int scaled = imp_graph_scale(g, sum, factors);
    const int parts[] = { imp_graph_conv(g, scaled, 0, &plain),
                          imp_graph_resize(g, factors, scaled) };

    imp_graph_conv(g, imp_graph_concat(g, parts, 2), 0, &last);
}

/* The same numbers for every filter. */
static imp_status source(void *user, const imp_node *node, const float **weight,
                         const float **bias, imp_error *e)
{
    (void) node, (void) e;
    *weight = *bias = user;
    return IMP_OK;
}

static float *numbers;

/* A run and what it needs; either may fail. */
static imp_status make(imp_graph_weights **weights, imp_graph_run **run, const imp_ops *ops)
{
    imp_status status = imp_graph_weights_new(weights, ops, &graph, source, numbers, &err);

    *run = NULL;
    if (status == IMP_OK) status = imp_graph_run_new(run, *weights, H, W, &err);
    return status;
}

/* --- While it runs ----------------------------------------------------------------------- */

/* What a look takes, after one that may fill caches and start threads. */
static heap_count count_look(const imp_ops *ops)
{
    imp_graph_weights *weights;
    heap_count count = { 0 };
    imp_graph_run *run;

    if (make(&weights, &run, ops) == IMP_OK) {
        imp_tensor *input = imp_graph_run_input(run);
        ops->fill(input->data, 0.5, imp_tensor_floats(input));
        imp_graph_run_forward(run);
        heap_watch(true);
        imp_graph_run_forward(run);
        heap_watch(false);
        count = heap;
    } else {
        check_fail(__FILE__, __LINE__, "%s: %s", ops->name, err.message);
    }
    imp_graph_run_free(run);
    imp_graph_weights_free(weights);
    return count;
}

/* Our own filters take nothing; oneDNN's, which the other tables may have, a list of arguments
 * for each call: anything that grows with the picture would be larger than a page. */
static void test_looks_allocate_nothing(void)
{
    const imp_ops *ops;

    if (!HEAP_COUNTED) CHECK_SKIP("a sanitizer has the heap to itself");
    for (size_t b = 0; (ops = imp_ops_known(b)); b++) {
        const heap_count n = count_look(ops);
        if (!strcmp(ops->name, "c") || !strcmp(ops->name, "reference")) CHECK(n.calls == 0);
        else CHECK(n.largest < 4096 && n.live == 0);
    }
}

/* --- Before ------------------------------------------------------------------------------ */

/* What is told is what is taken, but for a few bytes for each filter. */
static void test_bytes(void)
{
    imp_graph_weights *weights;
    imp_graph_run *run;
    uint64_t bytes;

    if (!HEAP_COUNTED) CHECK_SKIP("a sanitizer has the heap to itself");
    CHECK_OK(imp_graph_weights_new(&weights, &imp_ops_c, &graph, source, numbers, &err));
    CHECK_OK(imp_graph_run_bytes(&bytes, weights, H, W, &err));
    heap_watch(true);
    CHECK_OK(imp_graph_run_new(&run, weights, H, W, &err));
    heap_watch(false);
    CHECK(heap.live_bytes >= bytes && heap.live_bytes < bytes + 1024);
    imp_graph_run_free(run);
    imp_graph_weights_free(weights);
}

/* Whether there is a k-th allocation; it fails. */
static bool fail_at(size_t k)
{
    imp_graph_weights *weights;
    imp_graph_run *run;
    imp_status status;

    heap_fail_at = k;
    heap_watch(true);
    status = make(&weights, &run, &imp_ops_c);
    heap_fail_at = 0;
    CHECK(status == IMP_OK || !run);
    imp_graph_run_free(run);
    imp_graph_weights_free(weights);
    heap_watch(false);
    CHECK(heap.live == 0);
    if (heap.calls < k) CHECK(status == IMP_OK);
    else CHECK(status == IMP_ENOMEM && strstr(err.message, "no memory"));
    return heap.calls >= k;
}

static void test_each_allocation_failing(void)
{
    size_t k = 1;

    if (!HEAP_COUNTED) CHECK_SKIP("a sanitizer has the heap to itself");
    while (k < 100 && fail_at(k)) k++;
    CHECK(k == 16);   /* 6 filters and the weights; 6 for this size, the run and its arena */
}

int main(void)
{
    build();
    numbers = kernel_numbers(MOST, 1, 0.1);
    CHECK_RUN(test_looks_allocate_nothing);
    CHECK_RUN(test_bytes);
    CHECK_RUN(test_each_allocation_failing);
    imp_free(numbers);
    return check_done();
}
