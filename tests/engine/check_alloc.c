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

/* Ours take nothing. oneDNN makes a list of arguments for each call, which it does not let its
 * users keep: anything that grows with the picture would be larger than a page. */
static void check_steps(const imp_pass_desc *desc)
{
    const imp_ops *ops;

    for (size_t b = 0; (ops = imp_ops_known(b)); b++) {
        const heap_count n = count_steps(ops, desc, 3);
        if (strcmp(ops->name, "onednn")) CHECK(n.calls == 0);
        else CHECK(n.largest < 4096 && n.live == 0);
    }
}

static void test_steps_allocate_nothing(void)
{
    static const imp_network *const nets[] = { &small_net, &wide_net };
    imp_pass_desc desc = { .h = 50, .w = 70, .padding = IMP_PAD_REPLICATE, .n_taps = 3,
                           .taps = { RELU4, CONV2, RELU1 }, .backward = true };

    if (!HEAP_COUNTED) CHECK_SKIP("a sanitizer has the heap to itself");
    for (size_t i = 0; i < 2; i++)
        for (int pooling = IMP_POOL_MAX; pooling <= IMP_POOL_L2; pooling++) {
            desc.network = nets[i];
            desc.pooling = (imp_pooling) pooling;
            check_steps(&desc);
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
    CHECK_RUN(test_steps_allocate_nothing);
    return check_done();
}
