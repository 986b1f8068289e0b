/* answers_plan.c - what a job would take. */
#include "studio/answers.h"

/* One plan, in the thread for that. */
typedef struct plan_aside {
    api *api;
    const job *job;
    imp_plan plan;
    http_response *refusal;
} plan_aside;

static void make_plan(void *user)
{
    plan_aside *p = user;
    imp_error err;

    if (plans_known(p->api->plans, &p->plan, p->job)) return;
    if ((p->refusal = answer_refuse_inputs(p->api, p->job))) return;
    if (plans_make(p->api->plans, &p->plan, p->job, &err)) p->refusal = answer_failed(&err);
}

static json_t *sizes_json(const imp_plan *plan)
{
    json_t *all = json_array();

    for (int i = 0; i < plan->stages; i++)
        json_array_append_new(all, json_pack(
            "{s:I, s:I, s:i, s:f}", "width", (json_int_t) plan->stage[i].width, "height",
            (json_int_t) plan->stage[i].height, "steps", plan->stage[i].steps, "seconds",
            plan->stage[i].seconds));
    return all;
}

static json_t *shares_json(const imp_plan *plan, int styles)
{
    json_t *all = json_array();

    for (int i = 0; i < styles; i++)
        json_array_append_new(all, json_pack("{s:f}", "share", plan->share[i]));
    return all;
}

static json_t *plan_json(const imp_plan *plan, int styles)
{
    return json_pack("{s:I, s:I, s:i, s:f, s:I, s:I, s:o, s:o}", "width",
                     (json_int_t) plan->width, "height", (json_int_t) plan->height, "steps",
                     plan->steps, "seconds", plan->seconds, "memory",
                     (json_int_t) plan->memory, "available", (json_int_t) plan->available,
                     "sizes", sizes_json(plan), "styles", shares_json(plan, styles));
}

http_response *answer_plan(api *a, http_request *r)
{
    plan_aside p = { .api = a };
    http_response *response;
    job j;

    if (!(response = answer_read_job(a, r, &j))) {
        p.job = &j;
        if (!aside_do(a->planning, make_plan, &p))
            response = http_error(503, "busy", "other jobs are being planned: try again "
                                  "shortly");
        else response = p.refusal ? p.refusal : http_json(200, plan_json(&p.plan, j.styles));
    }
    job_free(&j);
    return response;
}
