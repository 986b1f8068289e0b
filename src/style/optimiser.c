/* optimiser.c - what all walkers share. See optimiser.h. */
#include "style/optimiser.h"

#include "base/error.h"
#include "base/memory.h"
#include "image/planes.h"
#include "style/variable.h"
#include "style/walker.h"

static const uint32_t MAGIC = 0x4f504d49, VERSION = 2;   /* "IMPO", lowest byte first */

static const imp_walker *walker_of(const imp_params *params)
{
    return params->optimiser == IMP_METHOD_LBFGS ? &imp_walker_lbfgs : &imp_walker_adam;
}

uint64_t imp_optimiser_bytes(const imp_params *params, size_t n)
{
    return walker_of(params)->vectors(params) * (uint64_t) n * sizeof(float);
}

imp_status imp_optimiser_new(imp_optimiser **out, const imp_ops *ops, const imp_params *params,
                             const imp_tensor *like, imp_error *err)
{
    const imp_walker *walker = walker_of(params);
    imp_optimiser *opt = imp_alloc(1, walker->size);
    uint64_t bytes;

    *out = NULL;
    if (!opt) return imp_fail(err, IMP_ENOMEM, "no memory for the optimiser");
    opt->walker = walker;
    opt->ops = ops;
    opt->shape = *like;
    opt->shape.data = NULL;
    opt->n = imp_tensor_floats(like);
    opt->kind[0] = (int32_t) params->optimiser;
    if (walker == &imp_walker_lbfgs) {
        opt->kind[1] = (int32_t) params->line_search;
        opt->kind[2] = params->history;
        opt->kind[3] = (int32_t) params->metric;
    }
    if ((opt->boxed = params->clamp))
        imp_variable_range(opt->low, opt->high, params->variable);
    if (!walker->start(opt, params)) {
        bytes = imp_optimiser_bytes(params, opt->n);
        imp_optimiser_free(opt);
        return imp_fail(err, IMP_ENOMEM, "no memory for what the optimiser remembers, %.0f MB"
                        ": choose a smaller size or history", (double) bytes / 1e6);
    }
    *out = opt;
    return IMP_OK;
}

void imp_optimiser_free(imp_optimiser *opt)
{
    if (!opt) return;
    opt->walker->stop(opt);
    imp_free(opt);
}

void imp_optimiser_restart(imp_optimiser *opt)
{
    opt->walker->reset(opt);
}

void imp_optimiser_next(imp_optimiser *opt, float *x, double loss, const float *grad)
{
    opt->walker->next(opt, x, loss, grad);
}

imp_status imp_optimiser_carry(imp_optimiser *to, const imp_optimiser *from, imp_error *err)
{
    return to->walker->carry(to, from, err);
}

/* --- State ------------------------------------------------------------------------------- */

static imp_status move_state(imp_optimiser *opt, imp_archive *a, imp_error *err)
{
    const int32_t shape[3] = { opt->shape.c, opt->shape.h, opt->shape.w };
    imp_status status;

    if (!imp_archive_begin(a))
        return imp_fail(err, IMP_ENOMEM, "no memory for the optimiser's state");
    imp_archive_same(a, MAGIC);
    imp_archive_same(a, VERSION);
    for (int i = 0; i < 4; i++) imp_archive_same(a, (uint32_t) opt->kind[i]);
    for (int i = 0; i < 3; i++) imp_archive_same(a, (uint32_t) shape[i]);
    opt->walker->visit(opt, a);
    status = imp_archive_end(a);
    if (status == IMP_EFORMAT)
        return imp_fail(err, status, "the optimiser's state is damaged, or was saved with "
                        "other parameters, another size or version: start again");
    if (status != IMP_OK)
        return imp_fail(err, status, "the optimiser's state could not be %s in full",
                        a->reading ? "read" : "written");
    return IMP_OK;
}

imp_status imp_optimiser_save(imp_optimiser *opt, imp_optimiser_move *move, void *user,
                              imp_error *err)
{
    imp_archive a = { .move = move, .user = user, .ops = opt->ops };

    return move_state(opt, &a, err);
}

imp_status imp_optimiser_load(imp_optimiser *opt, imp_optimiser_move *move, void *user,
                              imp_error *err)
{
    imp_archive a = { .reading = true, .move = move, .user = user, .ops = opt->ops };
    const imp_status status = move_state(opt, &a, err);

    if (status != IMP_OK) opt->walker->reset(opt);
    return status;
}

/* --- For the walkers --------------------------------------------------------------------- */

void imp_walker_keep_within(const imp_optimiser *opt, float *x)
{
    imp_tensor t = opt->shape;

    t.data = x;
    if (opt->boxed) opt->ops->clamp(&t, opt->low, opt->high);
}

imp_status imp_walker_resize(const imp_optimiser *to, float *out, const imp_optimiser *from,
                             const float *in, imp_filter filter, imp_error *err)
{
    float *small = imp_alloc(from->n, sizeof *small), *large = imp_alloc(to->n, sizeof *large);
    imp_status status = IMP_OK;

    if (!small || !large) {
        status = imp_fail(err, IMP_ENOMEM, "no memory to carry the optimiser's state over");
        goto done;
    }
    from->ops->download(small, in, from->n);
    TRY(imp_planes_resize(large, (size_t) to->shape.w, (size_t) to->shape.h, small,
                          (size_t) from->shape.w, (size_t) from->shape.h, filter, err));
    to->ops->upload(out, large, to->n);
done:
    imp_free(small);
    imp_free(large);
    return status;
}
