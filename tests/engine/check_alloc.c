/* check_alloc.c - a step takes no memory: the plan holds everything, on every backend. */
#include "heap.h"

#include "check.h"

#include "small_net.h"

static imp_error err;

static void add_output(void *user, int tap, const imp_tensor *output, imp_tensor *grad)
{
    const imp_ops *ops = user;

    (void) tap;
    ops->add_difference(grad->data, output->data, grad->data, 0.5, imp_tensor_floats(output));
}

static void step(imp_pass *pass, const imp_ops *ops)
{
    union { const imp_ops *ops; void *user; } u = { ops };

    imp_pass_forward(pass);
    imp_pass_backward(pass, add_output, u.user);
}

/* What some steps take, after two that may fill caches and start threads. */
static heap_count count_steps(const imp_ops *ops, const imp_pass_desc *desc, int steps)
{
    test_weights weights = make_weights(desc->network);
    heap_count none = { 0 };
    imp_pass *pass;

    if (imp_pass_new(&pass, ops, desc, find_weights, &weights, &err) == IMP_OK) {
        step(pass, ops);
        step(pass, ops);
        heap_watch(true);
        for (int i = 0; i < steps; i++) step(pass, ops);
        heap_watch(false);
        none = heap;
        imp_pass_free(pass);
    } else {
        check_fail(__FILE__, __LINE__, "%s: %s", ops->name, err.message);
    }
    free_weights(&weights);
    return none;
}

static const imp_pass_desc wide = {
    .network = &small_net, .h = 50, .w = 70, .pooling = IMP_POOL_MAX,
    .padding = IMP_PAD_REPLICATE, .taps = { RELU4, CONV2, RELU1 }, .n_taps = 3,
    .backward = true,
};

static void test_plain_c_allocates_nothing(void)
{
    heap_count n;

    if (!HEAP_COUNTED) CHECK_SKIP("a sanitizer has the heap to itself");
    n = count_steps(&imp_ops_c, &wide, 3);
    CHECK(n.calls == 0);
}

/* oneDNN makes a list of arguments for each call, which it does not let its users keep.
 * Anything that grows with the picture would be larger than a page. */
static void test_libraries_allocate_small_change_only(void)
{
    const imp_ops *ops;

    if (!HEAP_COUNTED) CHECK_SKIP("a sanitizer has the heap to itself");
    if (imp_ops_known(0) == &imp_ops_c)
        CHECK_SKIP("plain C is the only backend of this build");
    for (size_t b = 0; (ops = imp_ops_known(b)); b++) {
        const heap_count n = count_steps(ops, &wide, 3);
        CHECK(n.largest < 4096);
        CHECK(n.live == 0);
    }
}

/* The counter itself counts, or the tests above prove nothing. */
static void test_counter(void)
{
    void *volatile p;

    if (!HEAP_COUNTED) CHECK_SKIP("a sanitizer has the heap to itself");
    heap_watch(true);
    p = imp_alloc(1, 100);
    heap_watch(false);
    CHECK(heap.calls == 1 && heap.live == 1 && heap.live_bytes == 128);
    imp_free(p);
}

int main(void)
{
    CHECK_RUN(test_counter);
    CHECK_RUN(test_plain_c_allocates_nothing);
    CHECK_RUN(test_libraries_allocate_small_change_only);
    return check_done();
}
