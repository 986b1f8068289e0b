/* context.c - contexts, and the backends that a build has. */
#include "engine/context.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "config.h"

enum { MAX_THREADS = 1024 };

#if IMP_HAVE_ONEDNN
#include "engine/cpu/onednn.h"
#endif

/* Every backend that some build has, fastest first; ops is NULL where this build lacks it. */
static const struct { const char *name; const imp_ops *ops; } backends[] = {
#if IMP_HAVE_ONEDNN
    { "onednn", &imp_ops_onednn },
#else
    { "onednn", NULL },
#endif
    { "c", &imp_ops_c },
};

enum { N_BACKENDS = sizeof backends / sizeof *backends };

const imp_ops *imp_ops_known(size_t i)
{
    for (size_t k = 0; k < N_BACKENDS; k++)
        if (backends[k].ops && i-- == 0) return backends[k].ops;
    return NULL;
}

const imp_ops *imp_ops_find(const char *name)
{
    const imp_ops *ops;

    if (!name) return imp_ops_known(0);
    for (size_t i = 0; (ops = imp_ops_known(i)); i++)
        if (!strcmp(ops->name, name)) return ops;
    return NULL;
}

/* Why there is no such backend. */
static imp_status no_backend(const char *name, imp_error *err)
{
    char there_are[64] = "";
    const imp_ops *ops;

    for (size_t i = 0; (ops = imp_ops_known(i)); i++)
        snprintf(there_are + strlen(there_are), sizeof there_are - strlen(there_are), "%s%s",
                 i ? ", " : "", ops->name);
    for (size_t k = 0; k < N_BACKENDS; k++)
        if (!strcmp(backends[k].name, name))
            return imp_fail(err, IMP_EUNSUPPORTED, "backend \"%s\": left out of this build, "
                            "which has %s", name, there_are);
    return imp_fail(err, IMP_EINVAL, "backend \"%s\": unknown; there are %s", name, there_are);
}

void imp_context_params_init(imp_context_params *params)
{
    *params = (imp_context_params) { 0 };
}

imp_status imp_context_new(imp_context **out, const imp_context_params *params, imp_error *err)
{
    const imp_context_params p = params ? *params : (imp_context_params) { 0 };
    const imp_ops *ops = imp_ops_find(p.backend);

    *out = NULL;
    if (p.threads < 0 || p.threads > MAX_THREADS)
        return imp_fail(err, IMP_EINVAL, "%d threads: choose 1 to %d, or 0 for one per core",
                        p.threads, MAX_THREADS);
    if (!ops) return no_backend(p.backend, err);
    if (!(*out = imp_alloc(1, sizeof **out)))
        return imp_fail(err, IMP_ENOMEM, "no memory for a context");
    (*out)->threads = p.threads ? p.threads : imp_threads_available();
    (*out)->ops = ops;
    (*out)->max_memory = p.max_memory;
    return IMP_OK;
}

void imp_context_free(imp_context *ctx)
{
    imp_free(ctx);
}

int imp_context_threads(const imp_context *ctx)
{
    return ctx->threads;
}

const char *imp_context_backend(const imp_context *ctx)
{
    return ctx->ops->name;
}
