/* answers_jobs.c - jobs: asked for, told of, stopped. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "studio/answers.h"
#include "studio/job_request.h"

/* --- Jobs as JSON ------------------------------------------------------------------------ */

/* Null for "". */
static json_t *text_json(const char *text)
{
    return *text ? json_string(text) : json_null();
}

static json_t *styles_json(const job *j)
{
    json_t *all = json_array();

    for (int i = 0; i < j->styles; i++) {
        const job_style *s = &j->style[i];
        json_array_append_new(all, json_pack(
            "{s:s, s:f, s:f, s:o, s:o, s:o}", "picture", s->picture, "weight", s->weight,
            "scale", s->scale, "mask", text_json(s->mask), "source", text_json(s->source),
            "colours", text_json(s->colours)));
    }
    return all;
}

static json_t *progress_json(const job_progress *p)
{
    return json_pack("{s:i, s:i, s:f, s:o, s:o, s:I, s:I}", "step", p->step, "steps", p->steps,
                     "seconds", p->seconds, "left",
                     p->left < 0 ? json_null() : json_real(p->left), "loss",
                     p->step ? json_real(p->loss) : json_null(), "width",
                     (json_int_t) p->width, "height", (json_int_t) p->height);
}

static json_t *job_json(api *a, job *j)
{
    if (!job_is_over(j->state)) worker_progress(a->worker, j->id, &j->progress);
    return json_pack("{s:I, s:s, s:s, s:b, s:s, s:f, s:o, s:I, s:s, s:o, s:o, s:o, s:o, s:o,"
                     " s:o, s:o, s:i}", "id", (json_int_t) j->id, "name", j->name, "group",
                     j->group, "pinned", j->pinned, "state", job_state_name(j->state),
                     "created", j->created,
                     "finished", j->finished > 0 ? json_real(j->finished) : json_null(),
                     "bytes", (json_int_t) j->bytes, "photo", j->photo, "styles",
                     styles_json(j), "keep", text_json(j->keep), "content",
                     text_json(j->content), "init", text_json(j->init), "params",
                     json_loads(j->params, 0, NULL), "progress", progress_json(&j->progress),
                     "error", text_json(j->error), "priority", j->priority);
}

/* --- One of them ------------------------------------------------------------------------- */

static int64_t number_of(const http_request *r)
{
    const char *text = r->segment[ANSWERS_WORD];

    if (strlen(text) > 15 || text[strspn(text, "0123456789")]) return 0;
    return strtoll(text, NULL, 10);
}

static http_response *no_job(void)
{
    return http_error(404, "no_job", "there is no such job");
}

bool answer_find_job(api *a, const http_request *r, job *j, http_response **refusal)
{
    bool found = false;
    imp_error err;

    *j = (job) { 0 };
    if (store_job_find(a->store, j, &found, number_of(r), &err))
        *refusal = answer_failed(&err);
    else if (!found) *refusal = no_job();
    return found;
}

http_response *answer_of_job(api *a, const http_request *r,
                             http_response *(*made)(api *a, job *j))
{
    http_response *response;
    job j;

    if (answer_find_job(a, r, &j, &response)) response = made(a, &j);
    job_free(&j);
    return response;
}

static http_response *whole_job(api *a, job *j)
{
    return http_json(200, job_json(a, j));
}

http_response *answer_job(api *a, http_request *r)
{
    return answer_of_job(a, r, whole_job);
}

http_response *answer_jobs(api *a, http_request *r)
{
    const char *const states[] = {
        job_state_name(JOB_QUEUED), job_state_name(JOB_RUNNING), job_state_name(JOB_PAUSED),
        job_state_name(JOB_DONE), job_state_name(JOB_FAILED), job_state_name(JOB_CANCELLED),
        NULL
    };
    json_t *list;
    job_state state;
    imp_error err;
    int word, limit, before;
    job *all;
    size_t n;

    if (!answer_number(&limit, r, "limit", 1, STORE_LISTED, STORE_LISTED)
        || !answer_number(&before, r, "before", 1, INT_MAX, 0)
        || !answer_word(&word, r, "state", states, -1))
        return answer_bad_list("state is queued, running, paused, done, failed or cancelled; "
                               "before is a job's number");
    state = (job_state) word;
    if (store_jobs(a->store, &all, &n, word < 0 ? NULL : &state, before, limit, &err))
        return answer_failed(&err);
    list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(list, job_json(a, &all[i]));
        job_free(&all[i]);
    }
    free(all);
    return http_json(200, list);
}

/* --- Asking ------------------------------------------------------------------------------ */

http_response *answer_refuse_inputs(api *a, const job *j)
{
    imp_error err;

    switch (masks_check(a->masks, j, &err)) {
    case MASKS_GOOD: return NULL;
    case MASKS_MISSING: return http_error(422, "no_picture", "%s", err.message);
    case MASKS_UNFIT: return http_error(422, "mask", "%s", err.message);
    case MASKS_FAILED: break;
    }
    return answer_failed(&err);
}

http_response *answer_read_job(api *a, const http_request *r, job *j)
{
    http_response *refusal = NULL;
    json_t *request = answer_read_object(r, "the job", &refusal);
    imp_error err;

    *j = (job) { 0 };
    if (request && job_request_read(j, request, a->model, &err)) refusal = answer_failed(&err);
    json_decref(request);
    return refusal;
}

http_response *answer_job_add(api *a, http_request *r)
{
    http_response *response;
    imp_error err;
    job j;

    if (!(response = answer_read_job(a, r, &j)) && !(response = answer_refuse_inputs(a, &j)))
        response = worker_add(a->worker, &j, &err) ? answer_failed(&err)
                                                   : http_json(201, job_json(a, &j));
    job_free(&j);
    return response;
}

http_response *answer_refused(answer given, const imp_error *err)
{
    switch (given) {
    case ANSWER_YES: return NULL;
    case ANSWER_NO: return http_error(409, "state", "%s", err->message);
    case ANSWER_UNKNOWN: return no_job();
    case ANSWER_FAILED: return answer_failed(err);
    }
    return NULL;
}

/* The job as it is now; what is being painted comes to it after the present step. */
static http_response *ask(api *a, http_request *r, wish what)
{
    imp_error err;
    const answer given = worker_ask(a->worker, number_of(r), what, &err);
    http_response *refusal = answer_refused(given, &err);

    return refusal ? refusal : answer_job(a, r);
}

http_response *answer_job_stop(api *a, http_request *r)
{
    return ask(a, r, WISH_STOP);
}

http_response *answer_job_pause(api *a, http_request *r)
{
    return ask(a, r, WISH_PAUSE);
}

http_response *answer_job_continue(api *a, http_request *r)
{
    return ask(a, r, WISH_CONTINUE);
}

http_response *answer_job_cancel(api *a, http_request *r)
{
    return ask(a, r, WISH_CANCEL);
}

http_response *answer_job_remove(api *a, http_request *r)
{
    imp_error err;
    const answer given = worker_remove(a->worker, number_of(r), &err);
    http_response *refusal = answer_refused(given, &err);

    return refusal ? refusal : http_empty(204);
}
