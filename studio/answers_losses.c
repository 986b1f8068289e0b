/* answers_losses.c - the losses and sizes of a job's steps, as many as a curve needs. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "studio/answers.h"

enum { POINTS = 2000 };

typedef struct curves { json_t *step, *total, *content, *style, *tv, *width, *height; } curves;

static json_t *number(double loss)
{
    return isfinite(loss) ? json_real(loss) : json_null();
}

static void add(curves *c, const job_loss *l)
{
    json_array_append_new(c->step, json_integer(l->step));
    json_array_append_new(c->total, number(l->total));
    json_array_append_new(c->content, number(l->content));
    json_array_append_new(c->style, number(l->style));
    json_array_append_new(c->tv, number(l->tv));
    json_array_append_new(c->width, json_integer((json_int_t) l->width));
    json_array_append_new(c->height, json_integer((json_int_t) l->height));
}

/* Those of the database, then those that are not there yet: every so many of them, so that the
 * last one is among them. */
static http_response *losses(api *a, const job *j, const job_loss *fresh, size_t n_fresh)
{
    const int last = n_fresh ? fresh[n_fresh - 1].step : j->progress.step;
    const int every = (last + POINTS - 1) / POINTS + !last, rest = last % every;
    job_loss *old;
    imp_error err;
    size_t n;
    curves c;

    if (store_job_losses(a->store, &old, &n, j->id, n_fresh ? fresh->step : INT_MAX, every,
                         rest, &err)) return answer_failed(&err);
    c = (curves) { json_array(), json_array(), json_array(), json_array(), json_array(),
                   json_array(), json_array() };
    for (size_t i = 0; i < n; i++) add(&c, &old[i]);
    for (size_t i = 0; i < n_fresh; i++)
        if (fresh[i].step % every == rest) add(&c, &fresh[i]);
    free(old);
    return http_json(200, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "step", c.step,
                                    "total", c.total, "content", c.content, "style", c.style,
                                    "tv", c.tv, "width", c.width, "height", c.height));
}

http_response *answer_job_losses(api *a, http_request *r)
{
    http_response *response;
    job_loss *fresh = NULL;
    imp_error err;
    size_t n;
    job j;

    if (answer_find_job(a, r, &j, &response))
        response = worker_losses(a->worker, j.id, &fresh, &n, &err)
                 ? answer_failed(&err) : losses(a, &j, fresh, n);
    free(fresh);
    job_free(&j);
    return response;
}
