/* api.c - the table of what the studio answers, and the way from a request to its answer. */
#include "studio/api.h"

#include <stdio.h>
#include <string.h>

#include "studio/answers.h"
#include "studio/fail.h"
#include "studio/pages.h"

#define NOTHING { HTTP_BODY_MEMORY, 0 }
#define JSON { HTTP_BODY_MEMORY, 256 * 1024 }
#define PICTURE { HTTP_BODY_FILE, PICTURES_MAX_BYTES }

static const api_route routes[] = {
    { "GET", "about", NOTHING, answer_about },
    { "GET", "openapi.json", NOTHING, answer_openapi },
    { "POST", "login", JSON, answer_login },
    { "POST", "logout", NOTHING, answer_logout },
    { "GET", "disk", NOTHING, answer_disk },
    { "GET", "presets", NOTHING, answer_presets },
    { "GET", "params", NOTHING, answer_params },
    { "GET", "params/known", NOTHING, answer_params_known },
    { "POST", "pictures", PICTURE, answer_picture_add },
    { "GET", "pictures", NOTHING, answer_pictures },
    { "GET", "pictures/{id}", NOTHING, answer_picture },
    { "PATCH", "pictures/{id}", JSON, answer_picture_change },
    { "DELETE", "pictures/{id}", NOTHING, answer_picture_remove },
    { "GET", "pictures/{id}/file", NOTHING, answer_picture_file },
    { "GET", "pictures/{id}/thumbnail", NOTHING, answer_picture_thumbnail },
    { "GET", "pictures/{id}/objects", NOTHING, answer_picture_objects },
    { "POST", "pictures/{id}/masks", JSON, answer_picture_masks },
    { "POST", "plan", JSON, answer_plan },
    { "POST", "jobs", JSON, answer_job_add },
    { "GET", "jobs", NOTHING, answer_jobs },
    { "GET", "jobs/{n}", NOTHING, answer_job },
    { "PATCH", "jobs/{n}", JSON, answer_job_change },
    { "DELETE", "jobs/{n}", NOTHING, answer_job_remove },
    { "POST", "jobs/{n}/stop", NOTHING, answer_job_stop },
    { "POST", "jobs/{n}/pause", NOTHING, answer_job_pause },
    { "POST", "jobs/{n}/continue", NOTHING, answer_job_continue },
    { "POST", "jobs/{n}/cancel", NOTHING, answer_job_cancel },
    { "GET", "jobs/{n}/preview", NOTHING, answer_job_preview },
    { "GET", "jobs/{n}/losses", NOTHING, answer_job_losses },
    { "GET", "jobs/{n}/result", NOTHING, answer_job_result },
    { "GET", "jobs/{n}/command", NOTHING, answer_job_command },
    { "GET", "jobs/{n}/export", NOTHING, answer_job_export },
    { "GET", "jobs/{n}/events", NOTHING, answer_job_events },
    { "GET", "events", NOTHING, answer_events },
};

const api_route *api_route_known(size_t i)
{
    return i < sizeof routes / sizeof *routes ? &routes[i] : NULL;
}

/* Whether the words of the path, from the third on, are those of the route's. */
static bool fits(const api_route *route, const http_request *r)
{
    const char *at = route->path;
    int i = 2;

    for (; i < r->segments && at; i++) {
        const char *slash = strchr(at, '/');
        const size_t n = slash ? (size_t) (slash - at) : strlen(at);
        if (*at != '{' && (strncmp(at, r->segment[i], n) || r->segment[i][n])) return false;
        at = slash ? slash + 1 : NULL;
    }
    return i == r->segments && !at;
}

static bool is_api(const http_request *r)
{
    return r->segments > 0 && !strcmp(r->segment[0], "api");
}

enum { METHODS = 40 };

/* NULL if there is no such path, or not with this method: `methods` is then what there is. */
static const api_route *find_route(const http_request *r, char methods[METHODS])
{
    const api_route *route;
    size_t n = 0;

    *methods = '\0';
    if (r->segments < 3 || strcmp(r->segment[1], "v1")) return NULL;
    for (size_t i = 0; (route = api_route_known(i)); i++) {
        if (!fits(route, r)) continue;
        if (!strcmp(route->method, r->method)) return route;
        n += (size_t) snprintf(methods + n, METHODS - n, "%s%s", n ? ", " : "",
                               route->method);
    }
    return NULL;
}

http_body api_body(void *user, const http_request *r)
{
    char methods[METHODS];
    const api_route *route = is_api(r) ? find_route(r, methods) : NULL;

    if (is_api(r) && (!route || !answer_may_send(user, r)))
        return (http_body) { HTTP_BODY_REFUSED, 0 };
    return route ? route->body : (http_body) NOTHING;
}

static http_response *answer_page(const http_request *r)
{
    const bool one = r->segments == 1;
    const page *p = one ? page_find(*r->segment[0] ? r->segment[0] : "index.html") : NULL;

    if (!p) return http_error(404, "not_found", "there is no such page");
    if (strcmp(r->method, "GET"))
        return http_allow(http_error(405, "method", "pages can only be read"), "GET");
    return http_tag(http_constant(p->type, p->data, p->len), "%s", p->tag);
}

/* Hundreds of threads that want little each would together take a painting's time, however low
 * their priority: few of them work at once. What may take seconds has queues of its own. */
static bool is_brief(const api_route *route)
{
    return !strcmp(route->method, "GET") && route->answer != answer_job_result
        && route->answer != answer_job_export && !strstr(route->path, "objects");
}

static http_response *answer_by(const api_route *route, api *a, http_request *r)
{
    http_response *response;

    if (!is_brief(route)) return route->answer(a, r);
    while (sem_wait(a->few)) continue;
    response = route->answer(a, r);
    sem_post(a->few);
    return response;
}

http_response *api_answer(void *user, http_request *r)
{
    const api_route *route;
    http_response *refusal;
    char methods[METHODS];

    if (!is_api(r)) return answer_page(r);
    if (!answer_admits(user, r, &refusal)) return refusal;
    if ((route = find_route(r, methods))) return answer_by(route, user, r);
    if (*methods)
        return http_allow(
            http_error(405, "method", "%s is not possible here, but %s", r->method, methods),
            methods);
    return http_error(404, "not_found", "there is no such address; see /api/v1/openapi.json");
}

http_response *answer_failed(const imp_error *err)
{
    switch (err->status) {
    case IMP_EINVAL: return http_error(422, "invalid", "%s", err->message);
    case IMP_EFORMAT: return http_error(415, "format", "%s", err->message);
    case IMP_EUNSUPPORTED: return http_error(415, "unsupported", "%s", err->message);
    case IMP_ELIMIT: return http_error(413, "too_large", "%s", err->message);
    case IMP_ENOMEM: return http_error(503, "memory", "%s", err->message);
    case IMP_OK:
    case IMP_EIO:
    case IMP_ENOMODEL:
    case IMP_ENET: break;
    }
    studio_say("%s", err->message);
    return http_error(500, "failed", "%s", err->message);
}

json_t *answer_read_object(const http_request *r, const char *what, http_response **refusal)
{
    json_error_t why;
    json_t *body = json_loadb(r->data ? r->data : "", r->len, JSON_REJECT_DUPLICATES, &why);

    if (json_is_object(body)) return body;
    *refusal = http_error(400, "json", "%s is no JSON object%s%s", what, body ? "" : ": ",
                          body ? "" : why.text);
    json_decref(body);
    return NULL;
}

bool answer_is_picture_id(const char *text)
{
    return strspn(text, "0123456789abcdef") == PICTURE_ID - 1 && !text[PICTURE_ID - 1];
}

bool answer_number(int *out, const http_request *r, const char *name, int least, int most,
                   int otherwise)
{
    const char *text = http_query(r, name);
    int n = 0;

    *out = otherwise;
    if (!text) return true;
    if (!*text || strlen(text) > 9 || text[strspn(text, "0123456789")]) return false;
    for (; *text; text++) n = 10 * n + (*text - '0');
    *out = n;
    return n >= least && n <= most;
}

bool answer_word(int *out, const http_request *r, const char *name, const char *const *words,
                 int otherwise)
{
    const char *text = http_query(r, name);

    *out = otherwise;
    if (!text) return true;
    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], text)) continue;
        *out = i;
        return true;
    }
    return false;
}

http_response *answer_bad_list(const char *which)
{
    return http_error(400, "list", "limit is 1 to %d; %s", STORE_LISTED, which);
}
