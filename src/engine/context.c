/* context.c - contexts, and the backends that a build has. */
#include "engine/context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/threads.h"
#include "config.h"

enum { MAX_THREADS = 1024 };

#if IMP_HAVE_ONEDNN
#include "engine/cpu/onednn.h"
#define ONEDNN &imp_ops_onednn
#else
#define ONEDNN NULL
#endif

#if defined __x86_64__
#define AVX2 &imp_ops_avx2
#define AVX512 &imp_ops_avx512
#else
#define AVX2 NULL
#define AVX512 NULL
#endif

static bool anywhere(void)
{
    return true;
}

static bool has_avx2(void)
{
#if defined __x86_64__
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return false;
#endif
}

static bool has_avx512(void)
{
#if defined __x86_64__
    return has_avx2() && __builtin_cpu_supports("avx512f")
           && __builtin_cpu_supports("avx512bw")
           && __builtin_cpu_supports("avx512dq")
           && __builtin_cpu_supports("avx512vl");
#else
    return false;
#endif
}

/* Every backend that some build has, fastest first; ops is NULL where this build lacks it. The
 * levels are those that IMPASTO_CPU may name. */
static const struct {
    const char *name;
    const imp_ops *ops;
    bool (*runs)(void);   /* can this processor? */
    bool level;
} backends[] = {
    { "avx512", AVX512, has_avx512, true },
    { "avx2", AVX2, has_avx2, true },
    { "c", &imp_ops_c, anywhere, true },
    { "onednn", ONEDNN, anywhere, false },
    { "reference", &imp_ops_reference, anywhere, false },
};

enum { N_BACKENDS = sizeof backends / sizeof *backends };

static bool usable(size_t k)
{
    return backends[k].ops && backends[k].runs();
}

const imp_ops *imp_ops_known(size_t i)
{
    for (size_t k = 0; k < N_BACKENDS; k++)
        if (usable(k) && i-- == 0) return backends[k].ops;
    return NULL;
}

const imp_ops *imp_ops_find(const char *name)
{
    for (size_t k = 0; k < N_BACKENDS; k++)
        if (usable(k) && (!name || !strcmp(backends[k].name, name))) return backends[k].ops;
    return NULL;
}

enum { LIST = 64 };

/* The names of what can be used here: "avx2, c". */
static const char *list(char out[LIST], bool levels_only)
{
    size_t n = 0;

    for (size_t k = 0; k < N_BACKENDS; k++)
        if (usable(k) && (backends[k].level || !levels_only))
            n += (size_t) snprintf(out + n, LIST - n, "%s%s", n ? ", " : "", backends[k].name);
    return out;
}

/* Why there is no such backend. */
static imp_status no_backend(const char *name, imp_error *err)
{
    char quoted[IMP_QUOTED_TEXT], there_are[LIST];

    imp_text_quote(quoted, name);
    list(there_are, false);
    for (size_t k = 0; k < N_BACKENDS; k++) {
        if (strcmp(backends[k].name, name)) continue;
        if (backends[k].ops)
            return imp_fail(err, IMP_EUNSUPPORTED, "backend %s: this processor cannot run it; "
                            "there are %s", quoted, there_are);
        return imp_fail(err, IMP_EUNSUPPORTED, "backend %s: left out of this build, which has "
                        "%s", quoted, there_are);
    }
    return imp_fail(err, IMP_EINVAL, "backend %s: unknown; there are %s", quoted, there_are);
}

/* The backend asked for; if there is none, the level that IMPASTO_CPU names, or the best. */
static imp_status choose(const imp_ops **out, const char *name, imp_error *err)
{
    const char *level = getenv("IMPASTO_CPU");
    char quoted[IMP_QUOTED_TEXT], there_are[LIST];

    if (name) return (*out = imp_ops_find(name)) ? IMP_OK : no_backend(name, err);
    *out = imp_ops_find(NULL);
    if (!level || !*level) return IMP_OK;
    for (size_t k = 0; k < N_BACKENDS; k++)
        if (usable(k) && backends[k].level && !strcmp(backends[k].name, level)) {
            *out = backends[k].ops;
            return IMP_OK;
        }
    return imp_fail(err, IMP_EINVAL, "IMPASTO_CPU: %s is not one that this processor runs; "
                    "choose one of %s", imp_text_quote(quoted, level), list(there_are, true));
}

void imp_context_params_init(imp_context_params *params)
{
    *params = (imp_context_params) { 0 };
}

imp_status imp_context_new(imp_context **out, const imp_context_params *params, imp_error *err)
{
    const imp_context_params p = params ? *params : (imp_context_params) { 0 };
    const imp_ops *ops;
    imp_status status = IMP_OK;

    *out = NULL;
    if (p.threads < 0 || p.threads > MAX_THREADS)
        return imp_fail(err, IMP_EINVAL, "%d threads: choose 1 to %d, or 0 for one per core",
                        p.threads, MAX_THREADS);
    TRY(choose(&ops, p.backend, err));
    if (!(*out = imp_alloc(1, sizeof **out)))
        return imp_fail(err, IMP_ENOMEM, "no memory for a context");
    (*out)->threads = p.threads ? p.threads : imp_threads_available();
    (*out)->ops = ops;
    (*out)->max_memory = p.max_memory;
done:
    return status;
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
