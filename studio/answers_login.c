/* answers_login.c - who may ask at all. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "studio/answers.h"

enum { COOKIE = 32, SCHEME = 7 };

/* Cookies do not tell ports apart, studios on one machine do. */
static void cookie_name(char name[COOKIE], const http_request *r)
{
    snprintf(name, COOKIE, "impasto_%d", r->port);
}

static const char *session_of(const http_request *r)
{
    char name[COOKIE];

    cookie_name(name, r);
    return http_cookie(r, name);
}

static const char *bearer_of(const http_request *r)
{
    const char *text = http_header(r, "Authorization");

    return text && !strncasecmp(text, "Bearer ", SCHEME) ? text + SCHEME : NULL;
}

static bool is_login(const http_request *r)
{
    return r->segments == 3 && !strcmp(r->segment[2], "login") && !strcmp(r->method, "POST");
}

static http_response *refusal(login_answer what, unsigned seconds)
{
    if (what == LOGIN_WAIT)
        return http_retry(http_error(429, "slow", "too many wrong tokens came from there; try "
                                     "again in %u seconds", seconds), seconds);
    return http_error(401, "login", "the studio's token is needed: POST it to /api/v1/login, "
                      "or send it as Authorization: Bearer");
}

bool answer_admits(api *a, const http_request *r, http_response **no)
{
    unsigned seconds = 0;
    login_answer what;

    if (!login_is_needed(a->login) || is_login(r)) return true;
    what = login_check(a->login, session_of(r), bearer_of(r), true, r->client, &seconds);
    if (what != LOGIN_YES) *no = refusal(what, seconds);
    return what == LOGIN_YES;
}

bool answer_may_send(api *a, const http_request *r)
{
    unsigned seconds;

    return !login_is_needed(a->login) || is_login(r)
        || login_check(a->login, session_of(r), bearer_of(r), false, r->client, &seconds)
               == LOGIN_YES;
}

static http_response *with_cookie(const http_request *r, const char *session, int seconds)
{
    char name[COOKIE];

    cookie_name(name, r);
    return http_set_cookie(http_empty(204),
                           "%s=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d%s", name,
                           session, seconds, r->secure ? "; Secure" : "");
}

http_response *answer_login(api *a, http_request *r)
{
    http_response *no;
    json_t *body = answer_read_object(r, "the login", &no);
    const char *token = NULL;
    char session[LOGIN_SESSION];
    unsigned seconds = 0;
    login_answer what = LOGIN_NO;
    bool said;

    if (!body) return no;
    if ((said = !json_unpack(body, "{s:s !}", "token", &token)))
        what = login_check(a->login, NULL, token, true, r->client, &seconds);
    json_decref(body);
    if (!said) return http_error(400, "json", "{\"token\": \"...\"} is wanted");
    if (what != LOGIN_YES && seconds) return refusal(what, seconds);
    if (what != LOGIN_YES) return http_error(401, "login", "this is not the studio's token");
    if (!login_begin(a->login, session)) return NULL;
    return with_cookie(r, session, LOGIN_SECONDS);
}

http_response *answer_logout(api *a, http_request *r)
{
    login_end(a->login, session_of(r));
    return with_cookie(r, "", 0);
}
