/* answers_changes.c - what is said of pictures and jobs once they are there: names, pins; and
 * pictures that go. */
#include <stdio.h>
#include <string.h>

#include "studio/answers.h"
#include "studio/fail.h"
#include "studio/job_request.h"

static imp_status unknown(const char *name, imp_error *err)
{
    return studio_fail(err, IMP_EINVAL, "\"%.40s\" cannot be changed", name);
}

/* --- Pictures ---------------------------------------------------------------------------- */

static imp_status change_picture(api *a, const picture *p, json_t *body, imp_error *err)
{
    const char *member, *name = p->name;
    json_t *value;
    imp_status status = IMP_OK;

    json_object_foreach(body, member, value)
        TRY(strcmp(member, "name")
            ? unknown(member, err)
            : job_request_line(&name, value, member, PICTURE_NAME, err));
    status = store_picture_rename(a->store, p->id, name, err);

done:
    return status;
}

http_response *answer_picture_change(api *a, http_request *r)
{
    http_response *response;
    json_t *body = NULL;
    imp_error err;
    picture p;

    if (!answer_find_picture(a, r, &p, &response)
        || !(body = answer_read_object(r, "the change", &response))) return response;
    response = change_picture(a, &p, body, &err) ? answer_failed(&err) : answer_picture(a, r);
    json_decref(body);
    return response;
}

http_response *answer_picture_remove(api *a, http_request *r)
{
    http_response *refusal;
    imp_error err;
    picture p;
    bool gone;

    if (!answer_find_picture(a, r, &p, &refusal)) return refusal;
    if (store_picture_remove(a->store, p.id, &gone, &err)) return answer_failed(&err);
    if (!gone)
        return http_error(409, "in_use", "a job uses the picture; remove the job first");
    events_removed(a->events, 0, p.id);
    return http_empty(204);
}

/* --- Jobs -------------------------------------------------------------------------------- */

static imp_status read_pinned(int *out, const json_t *value, imp_error *err)
{
    *out = json_is_true(value);
    return json_is_boolean(value)
         ? IMP_OK : studio_fail(err, IMP_EINVAL, "pinned: true or false");
}

/* Nothing is changed if anything of it is refused. */
static answer change_job(api *a, int64_t id, const json_t *body, imp_error *err)
{
    const json_t *params = json_object_get(body, "params");
    const json_t *styles = json_object_get(body, "styles");
    job_change change = { .pinned = -1 };
    const char *member;
    json_t *value;
    int priority;
    answer given = ANSWER_YES;
    imp_status status = IMP_OK;

    json_object_foreach((json_t *) (uintptr_t) body, member, value) {
        if (!strcmp(member, "name"))
            TRY(job_request_line(&change.name, value, member, JOB_NAME, err));
        else if (!strcmp(member, "pinned")) TRY(read_pinned(&change.pinned, value, err));
        else if (!strcmp(member, "priority")) {
            TRY(job_request_priority(&priority, value, err));
            change.priority = &priority;
        } else if (value != params && value != styles) TRY(unknown(member, err));
    }
    if (params || styles) given = worker_change(a->worker, id, params, styles, err);
    if (given == ANSWER_YES) status = store_job_change(a->store, id, &change, err);
    worker_look(a->worker);

done:
    return status == IMP_OK ? given : ANSWER_FAILED;
}

http_response *answer_job_change(api *a, http_request *r)
{
    http_response *response;
    json_t *body = NULL;
    imp_error err;
    job j;

    if (answer_find_job(a, r, &j, &response)
        && (body = answer_read_object(r, "the change", &response))
        && !(response = answer_refused(change_job(a, j.id, body, &err), &err)))
        response = answer_job(a, r);
    json_decref(body);
    job_free(&j);
    return response;
}
