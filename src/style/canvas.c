/* canvas.c - see canvas.h. */
#include "style/canvas.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "style/variable.h"

uint64_t imp_canvas_bytes(const imp_params *params, size_t width, size_t height)
{
    const size_t n = 3 * width * height;

    return 3 * (uint64_t) n * sizeof(float) + (params->average > 0 ? imp_average_bytes(n) : 0);
}

static imp_status take(imp_canvas *c, size_t w, size_t h, imp_error *err)
{
    const imp_tensor shape = { NULL, 3, (int) h, (int) w, 1 };
    const size_t n = imp_tensor_floats(&shape);

    c->x = c->grad = shape;
    c->x.data = c->ops->alloc(n);
    c->grad.data = c->ops->alloc(n);
    c->best = c->ops->alloc(n);
    if (!c->x.data || !c->grad.data || !c->best)
        return imp_fail(err, IMP_ENOMEM, "no memory for a picture of %zux%zu", w, h);
    if (c->params->average == 0) return IMP_OK;
    return imp_average_new(&c->average, c->ops, c->params->average, n, err);
}

/* What a filter overshoots is cut off: a walk within a range must begin there. */
static void keep_within(imp_canvas *c)
{
    float low[3], high[3];

    imp_variable_range(low, high, c->params->variable);
    c->ops->clamp(&c->x, low, high);
}

imp_status imp_canvas_init(imp_canvas *c, const imp_ops *ops, const imp_params *params,
                           const imp_image *start, imp_error *err)
{
    const size_t w = imp_image_width(start), h = imp_image_height(start), n = 3 * w * h;
    float *host = imp_alloc(n, sizeof *host);
    imp_status status = IMP_OK;

    *c = (imp_canvas) { .ops = ops, .params = params, .best_loss = INFINITY };
    if (!host) TRY(imp_fail(err, IMP_ENOMEM, "no memory for the starting picture"));
    TRY(take(c, w, h, err));
    imp_variable_from_image(host, start, params->variable);
    ops->upload(c->x.data, host, n);
    if (params->clamp) keep_within(c);
    ops->copy(c->best, c->x.data, n);
    if (c->average) imp_average_add(c->average, c->x.data);
done:
    imp_free(host);
    if (status != IMP_OK) imp_canvas_free(c);
    return status;
}

void imp_canvas_free(imp_canvas *c)
{
    if (!c->ops) return;
    c->ops->free(c->x.data);
    c->ops->free(c->grad.data);
    c->ops->free(c->best);
    imp_average_free(c->average);
    *c = (imp_canvas) { .ops = NULL };
}

void imp_canvas_measured(imp_canvas *c, double loss)
{
    if (!(loss < c->best_loss)) return;
    c->best_loss = loss;
    c->ops->copy(c->best, c->x.data, imp_tensor_floats(&c->x));
}

void imp_canvas_moved(imp_canvas *c)
{
    if (c->average) imp_average_add(c->average, c->x.data);
}

void imp_canvas_restart(imp_canvas *c)
{
    c->best_loss = INFINITY;
    if (!c->average) return;
    imp_average_restart(c->average);
    imp_average_add(c->average, c->x.data);
}

static void fetch(float *host, const imp_canvas *c, imp_result which)
{
    const size_t n = imp_tensor_floats(&c->x);

    if (which == IMP_RESULT_AVERAGE && c->average) imp_average_get(host, c->average);
    else c->ops->download(host, which == IMP_RESULT_BEST ? c->best : c->x.data, n);
}

imp_status imp_canvas_image(imp_image **out, const imp_canvas *c, imp_result which,
                            imp_error *err)
{
    const size_t w = (size_t) c->x.w, h = (size_t) c->x.h;
    float *host = imp_alloc(3 * w * h, sizeof *host);
    imp_status status = IMP_OK;

    *out = NULL;
    if (!host)
        TRY(imp_fail(err, IMP_ENOMEM, "no memory for a picture of %zux%zu", w, h));
    TRY(imp_image_new(out, w, h, false, err));
    fetch(host, c, which);
    imp_variable_to_image(*out, host, c->params->variable);
done:
    imp_free(host);
    return status;
}

void imp_canvas_visit(imp_canvas *c, imp_archive *archive)
{
    const size_t n = imp_tensor_floats(&c->x);

    imp_archive_vector(archive, c->x.data, n);
    imp_archive_vector(archive, c->best, n);
    imp_archive_double(archive, &c->best_loss);
    if (c->average) imp_average_visit(c->average, archive);
}
