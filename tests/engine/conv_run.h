/* conv_run.h - a convolution of a backend on guarded memory, both ways. */
#ifndef IMP_TEST_CONV_RUN_H
#define IMP_TEST_CONV_RUN_H

#include "conv_truth.h"

static imp_error err;   /* of conv_new() */

/* What a backend made of a case, in plain order. */
typedef struct conv_result {
    float *y, *dx;
    imp_gate *mask;
} conv_result;

/* Whether to leave a case of the reference backend to builds without sanitizers: small ones
 * walk all of it. */
static inline bool conv_too_slow(const kernel_run *run, const conv_shape *s)
{
    const double products = 1.0 * s->in_c * s->out_c * s->h * s->w * s->kernel * s->kernel;

    return CHECK_SANITIZED && run->ops == kernel_reference() && products > 4e6;
}

static inline void conv_result_free(conv_result *r)
{
    imp_free(r->y);
    imp_free(r->dx);
    imp_free(r->mask);
    *r = (conv_result) { 0 };
}

/* A convolution whose weights are gone when it is used; the status of conv_new(). */
static inline imp_status conv_try(imp_conv **conv, const kernel_run *run, const conv_input *in,
                                  const imp_conv_desc *desc)
{
    guard g = { run->side, .n = 0 };
    const float *weight = kernel_input(&g, in->weight, in->n_weight, sizeof(float));
    const float *bias = kernel_input(&g, in->bias, (size_t) desc->out_c, sizeof(float));
    const imp_status status = run->ops->conv_new(conv, desc, weight, bias, &err);

    KERNEL_END(&g);
    return status;
}

static inline imp_conv *conv_make(const kernel_run *run, const conv_input *in,
                                  const imp_conv_desc *desc)
{
    imp_conv *conv = NULL;

    if (conv_try(&conv, run, in, desc) != IMP_OK)
        check_fail(__FILE__, __LINE__, "%s: %s", guard_case, err.message);
    return conv;
}

/* NULL where the backend, or this processor, has not this precision. */
static inline imp_conv *conv_make_if(const kernel_run *run, const conv_input *in,
                                     const imp_conv_desc *desc)
{
    imp_conv *conv = NULL;
    const imp_status status = conv_try(&conv, run, in, desc);

    if (status != IMP_OK
        && (status != IMP_EUNSUPPORTED || desc->precision == IMP_PRECISION_FP32))
        check_fail(__FILE__, __LINE__, "%s: %s", guard_case, err.message);
    return conv;
}

static inline void *conv_room(guard *g, const kernel_run *run, const imp_conv *conv)
{
    return guard_room(g, run->ops->conv_scratch(conv), IMP_ALIGN);
}

/* r->y, and with `masked` r->mask. */
static inline void conv_run_forward(conv_result *r, const kernel_run *run, const conv_truth *t,
                                    const imp_conv *conv, bool masked)
{
    const conv_shape *s = &t->in->shape;
    const size_t bytes = t->n_mask * sizeof *t->mask;
    guard g = { run->side, .n = 0 };
    const imp_tensor x = kernel_tensor_in(&g, s->in_c, s->h, s->w, t->in->x);
    imp_tensor y = kernel_tensor(&g, t->y.c, t->y.h, t->y.w);
    imp_gate *mask = masked ? guard_room(&g, bytes, IMP_ALIGN) : NULL;

    run->ops->conv_forward(conv, &y, mask, &x, conv_room(&g, run, conv));
    r->y = kernel_plain(&y);
    if (masked) memcpy(r->mask = imp_alloc(t->n_mask, sizeof *mask), mask, bytes);
    KERNEL_END(&g);
}

/* r->dx, through the true mask. */
static inline void conv_run_backward(conv_result *r, const kernel_run *run,
                                     const conv_truth *t, const imp_conv *conv)
{
    const conv_shape *s = &t->in->shape;
    guard g = { run->side, .n = 0 };
    const imp_tensor dy = kernel_tensor_in(&g, t->y.c, t->y.h, t->y.w, t->dy);
    imp_tensor dx = kernel_tensor(&g, s->in_c, s->h, s->w);
    const imp_gate *mask = t->desc.relu ? guard_input(&g, t->mask, t->n_mask * sizeof *mask,
                                                      IMP_ALIGN) : NULL;

    run->ops->conv_backward(conv, &dx, &dy, mask, conv_room(&g, run, conv));
    r->dx = kernel_plain(&dx);
    KERNEL_END(&g);
}

/* Everything; without memory of the way back for the second forward. */
static inline conv_result conv_run(const kernel_run *run, const conv_truth *t)
{
    imp_conv_desc forward_only = t->desc;
    conv_result r = { 0 }, unmasked = { 0 };
    imp_conv *conv = conv_make(run, t->in, &t->desc), *half;

    forward_only.backward = false;
    half = conv_make(run, t->in, &forward_only);
    if (conv && half) {
        conv_run_forward(&r, run, t, conv, t->desc.relu);
        conv_run_backward(&r, run, t, conv);
        conv_run_forward(&unmasked, run, t, half, false);
        KERNEL_CHECK(!memcmp(r.y, unmasked.y, map_size(&t->y) * sizeof *r.y));
    }
    run->ops->conv_free(conv);
    run->ops->conv_free(half);
    conv_result_free(&unmasked);
    return r;
}

static inline void conv_name(const kernel_run *run, const imp_conv_desc *d)
{
    kernel_name(run, "convolution %d -> %d of %d x %d, kernel %d, pad %d%s%s%s", d->in_c,
                d->out_c, d->h, d->w, d->kernel, d->pad, d->relu ? ", relu" : "",
                !d->pool ? "" : d->pooling == IMP_POOL_MAX ? ", maximum" : ", average",
                d->precision == IMP_PRECISION_BF16 ? ", bf16" : "");
}

#endif
