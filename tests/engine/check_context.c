/* check_context.c - contexts, backends by name, and how a plan lays things out. */
#include "check.h"

#include <stdlib.h>

#include "base/threads.h"
#include "engine/context.h"
#include "engine/plan.h"

static imp_error err;

static void test_defaults(void)
{
    imp_context_params params;
    imp_context *ctx;

    imp_context_params_init(&params);
    CHECK_OK(imp_context_new(&ctx, &params, &err));
    CHECK(imp_context_threads(ctx) == imp_threads_available());
    CHECK_TEXT(imp_context_backend(ctx), imp_ops_known(0)->name);
    imp_context_free(ctx);
    CHECK_OK(imp_context_new(&ctx, NULL, &err));
    CHECK(ctx->max_memory == 0);
    imp_context_free(ctx);
    imp_context_free(NULL);
}

static void test_choices(void)
{
    const imp_context_params params = { .threads = 3, .backend = "c", .max_memory = 1000 };
    imp_context *ctx;

    CHECK_OK(imp_context_new(&ctx, &params, &err));
    CHECK(imp_context_threads(ctx) == 3 && ctx->max_memory == 1000 && ctx->ops == &imp_ops_c);
    CHECK_TEXT(imp_context_backend(ctx), "c");
    imp_context_free(ctx);
}

static void test_refused(void)
{
    imp_context_params params = { .backend = "abacus" };
    imp_context *ctx;

    CHECK_STATUS(imp_context_new(&ctx, &params, &err), IMP_EINVAL);
    CHECK(!ctx && strstr(err.message, "backend \"abacus\": unknown; there are ")
          && strstr(err.message, "c, ") && strstr(err.message, ", reference"));
    params = (imp_context_params) { .threads = -1 };
    CHECK_STATUS(imp_context_new(&ctx, &params, &err), IMP_EINVAL);
    CHECK(strstr(err.message, "1 to 1024"));
    params.threads = 1025;
    CHECK_STATUS(imp_context_new(&ctx, &params, &err), IMP_EINVAL);
}

/* Whatever this build or this processor lacks is refused, and what there is is named. */
static void test_lacking(void)
{
    static const char *const names[] = { "avx512", "avx2", "onednn" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const imp_context_params params = { .backend = names[i] };
        imp_context *ctx;
        if (imp_ops_find(names[i])) continue;
        CHECK_STATUS(imp_context_new(&ctx, &params, &err), IMP_EUNSUPPORTED);
        CHECK(!ctx && strstr(err.message, names[i]) && strstr(err.message, "c, "));
        CHECK(strstr(err.message, "left out of this build")
              || strstr(err.message, "this processor cannot run it"));
    }
}

static void check_level(const char *level)
{
    const imp_context_params named = { .backend = "reference" };
    imp_context *ctx;

    setenv("IMPASTO_CPU", level, 1);
    if (imp_ops_find(level)) {
        CHECK_OK(imp_context_new(&ctx, NULL, &err));
        CHECK_TEXT(imp_context_backend(ctx), level);
        imp_context_free(ctx);
    } else {
        CHECK_STATUS(imp_context_new(&ctx, NULL, &err), IMP_EINVAL);
    }
    CHECK_OK(imp_context_new(&ctx, &named, &err));   /* a name goes before it */
    CHECK_TEXT(imp_context_backend(ctx), "reference");
    imp_context_free(ctx);
}

/* IMPASTO_CPU chooses a level; nothing else is one. */
static void test_level(void)
{
    static const char *const no_levels[] = { "onednn", "reference", "abacus", "AVX2" };
    imp_context *ctx;

    check_level("c");
    check_level("avx2");
    check_level("avx512");
    for (size_t i = 0; i < sizeof no_levels / sizeof *no_levels; i++) {
        setenv("IMPASTO_CPU", no_levels[i], 1);
        CHECK_STATUS(imp_context_new(&ctx, NULL, &err), IMP_EINVAL);
        CHECK(!ctx && strstr(err.message, "IMPASTO_CPU: \"")
              && strstr(err.message, no_levels[i]) && strstr(err.message, "choose one of "));
        CHECK(!strstr(strstr(err.message, "choose"), "reference"));
    }
    setenv("IMPASTO_CPU", "", 1);
    CHECK_OK(imp_context_new(&ctx, NULL, &err));
    CHECK_TEXT(imp_context_backend(ctx), imp_ops_known(0)->name);
    imp_context_free(ctx);
    unsetenv("IMPASTO_CPU");
}

/* Every backend is found by its name, the reference is the last. */
static void test_backends(void)
{
    const imp_ops *ops, *last = NULL;

    for (size_t i = 0; (ops = imp_ops_known(i)); i++) {
        CHECK(imp_ops_find(ops->name) == ops);
        last = ops;
    }
    CHECK(last == &imp_ops_reference && imp_ops_find("c") == &imp_ops_c);
    CHECK(imp_ops_find(NULL) == imp_ops_known(0));
    CHECK(!imp_ops_find("abacus"));
}

static bool overlap(const imp_block *a, const imp_block *b)
{
    return a->first <= b->last && b->first <= a->last
           && a->offset < b->offset + b->bytes && b->offset < a->offset + a->bytes;
}

static void test_plan(void)
{
    /* At moment 2 three of them live, 64 + 192 + 128 bytes; the fourth may lie where the
     * second was. */
    imp_block b[] = { { 64, 0, 4, 0 }, { 192, 1, 2, 0 }, { 128, 2, 3, 0 }, { 192, 3, 4, 0 },
                      { 0, 0, 9, 7 } };
    imp_block *all[] = { &b[0], &b[1], &b[2], &b[3], &b[4] };
    imp_block huge[] = { { SIZE_MAX - 63, 0, 1, 0 }, { 128, 1, 1, 0 } };
    imp_block *both[] = { &huge[0], &huge[1] };
    size_t total;

    CHECK(imp_plan_place(all, 5, &total));
    CHECK(total == 64 + 192 + 128);
    for (size_t i = 0; i < 4; i++)   /* the last takes no room */
        for (size_t k = 0; k < i; k++) CHECK(!overlap(&b[i], &b[k]));
    CHECK(!imp_plan_place(both, 2, &total));
}

int main(void)
{
    unsetenv("IMPASTO_CPU");
    CHECK_RUN(test_defaults);
    CHECK_RUN(test_choices);
    CHECK_RUN(test_refused);
    CHECK_RUN(test_lacking);
    CHECK_RUN(test_level);
    CHECK_RUN(test_backends);
    CHECK_RUN(test_plan);
    return check_done();
}
