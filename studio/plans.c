/* plans.c - see plans.h. */
#include "studio/plans.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "studio/clock.h"
#include "studio/fail.h"
#include "studio/job_inputs.h"

enum { REMEMBERED = 16 };

/* What is free changes. */
static const double fresh_seconds = 60;

typedef struct known {
    char *key;                       /* NULL: none yet */
    imp_plan plan;
    double made;
} known;

struct plans {
    pictures *pictures;
    imp_context_params machine;
    known known[REMEMBERED];
    int next;                        /* the one to be replaced */
};

plans *plans_new(pictures *p, const imp_context_params *machine)
{
    plans *all = calloc(1, sizeof *all);

    if (!all) return NULL;
    all->pictures = p;
    all->machine = *machine;
    return all;
}

void plans_free(plans *all)
{
    if (!all) return;
    for (int i = 0; i < REMEMBERED; i++) free(all->known[i].key);
    free(all);
}

/* --- Remembering ------------------------------------------------------------------------- */

/* A weight costs the same whatever it is, except nothing. */
static double some(double weight)
{
    return weight > 0 ? 1 : 0;
}

/* The settings without what makes no difference; the caller frees them: imp_data_free(). */
static char *settings_of(const job *j)
{
    imp_params params;
    char *text;

    if (imp_params_from_json(&params, j->params, "the settings", NULL)) return NULL;
    params.content_weight = some(params.content_weight);
    params.style_weight = some(params.style_weight);
    params.tv_weight = some(params.tv_weight);
    params.seed = 0;
    return imp_params_to_json(&text, &params, NULL) ? NULL : text;
}

/* All that a plan depends on; the caller frees it. NULL: it cannot be told. */
static char *key_of(const job *j)
{
    char *settings = settings_of(j), *key = NULL;
    size_t len;
    FILE *f = settings ? open_memstream(&key, &len) : NULL;
    job_picture p;
    bool failed;

    if (f) {
        for (int k = 0; job_picture_known(&p, j, k); k++) fprintf(f, "%s,", p.id);
        for (int i = 0; i < j->styles; i++)
            fprintf(f, "%a%s,", j->style[i].scale, j->style[i].colours);
        fputs(settings, f);
        failed = ferror(f);
        if (fclose(f) || failed) {
            free(key);
            key = NULL;
        }
    }
    imp_data_free(settings);
    return key;
}

bool plans_known(plans *all, imp_plan *out, const job *j)
{
    char *key = key_of(j);
    bool found = false;

    for (int i = 0; key && i < REMEMBERED && !found; i++) {
        const known *k = &all->known[i];
        found = k->key && !strcmp(k->key, key) && seconds_now() - k->made < fresh_seconds;
        if (found) *out = k->plan;
    }
    free(key);
    return found;
}

static void remember(plans *all, const imp_plan *plan, const job *j)
{
    known *k = &all->known[all->next];

    all->next = (all->next + 1) % REMEMBERED;
    free(k->key);
    *k = (known) { .key = key_of(j), .plan = *plan, .made = seconds_now() };
}

/* --- Making ------------------------------------------------------------------------------ */

imp_status plans_make(plans *all, imp_plan *out, const job *j, imp_error *err)
{
    imp_context *ctx = NULL;
    job_inputs in = { .photo = NULL };
    imp_params params;
    imp_status status;

    TRY(imp_params_from_json(&params, j->params, "the settings", err));
    TRY(imp_context_new(&ctx, &all->machine, err));
    TRY(job_inputs_load(&in, j, all->pictures, err));
    TRY(imp_painter_plan(out, ctx, NULL, &in.all, &params, err));
    remember(all, out, j);

done:
    job_inputs_free(&in);
    imp_context_free(ctx);
    return status;
}
