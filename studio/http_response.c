/* http_response.c - responses as data; http.c sends them. */
#include "studio/http_response.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static http_response *response_of(unsigned status, const char *type)
{
    http_response *r = calloc(1, sizeof *r);

    if (!r) return NULL;
    r->status = status;
    snprintf(r->type, sizeof r->type, "%s", type);
    r->fd = -1;
    return r;
}

static http_response *with_data(http_response *r, void *data, size_t len,
                                void (*release)(void *))
{
    if (!r || !data) {
        if (release) release(data);
        free(r);
        return NULL;
    }
    r->data = data;
    r->len = len;
    r->free_data = release;
    return r;
}

http_response *http_json(unsigned status, json_t *body)
{
    char *text = json_dumps(body, JSON_COMPACT | JSON_REAL_PRECISION(12));

    json_decref(body);
    return with_data(response_of(status, "application/json"), text, text ? strlen(text) : 0,
                     free);
}

/* JSON is UTF-8, which a file name in a message need not be. */
static void make_ascii(char *text)
{
    for (; *text; text++)
        if ((unsigned char) *text >= 0x80) *text = '?';
}

http_response *http_error(unsigned status, const char *code, const char *fmt, ...)
{
    char message[sizeof ((imp_error *) 0)->message];
    json_t *text;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    if (!(text = json_string(message))) {
        make_ascii(message);
        text = json_string(message);
    }
    return http_json(status,
                     json_pack("{s:{s:s, s:o}}", "error", "code", code, "message", text));
}

http_response *http_data(const char *type, void *data, size_t len, void (*release)(void *data))
{
    return with_data(response_of(200, type), data, len, release);
}

http_response *http_constant(const char *type, const void *data, size_t len)
{
    return with_data(response_of(200, type), (void *) (uintptr_t) data, len, NULL);
}

http_response *http_file(const char *type, const char *path)
{
    http_response *r = response_of(200, type);
    struct stat st;

    if (!r) return NULL;
    r->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (r->fd < 0 || fstat(r->fd, &st) || !S_ISREG(st.st_mode)) {
        http_response_free(r);
        return http_error(500, "lost", "a file is gone from the studio's folder");
    }
    r->size = (uint64_t) st.st_size;
    return r;
}

http_response *http_empty(unsigned status)
{
    return response_of(status, "");
}

http_response *http_events(http_next *next, void (*end)(void *user), void *user)
{
    http_response *r = response_of(200, "text/event-stream");

    if (!r) {
        end(user);
        return NULL;
    }
    r->next = next;
    r->end = end;
    r->user = user;
    return r;
}

http_response *http_tag(http_response *r, const char *fmt, ...)
{
    char text[100];
    va_list ap;

    if (!r || r->status != 200) return r;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    snprintf(r->tag, sizeof r->tag, "\"%s\"", text);
    return r;
}

http_response *http_forever(http_response *r)
{
    if (r) r->forever = r->status == 200;
    return r;
}

/* Once for those who know ASCII only, once percent-encoded (RFC 6266). */
http_response *http_named(http_response *r, bool save, const char *name)
{
    static const char plain[] = "!#$&+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t n;

    if (!r || r->status != 200) return r;
    n = (size_t) snprintf(r->disposition, sizeof r->disposition, "%s; filename=\"",
                          save ? "attachment" : "inline");
    for (const char *c = name; *c && n + 20 < sizeof r->disposition; c++)
        if ((*c & 0xc0) != 0x80)    /* one sign for a character of several bytes */
            r->disposition[n++] = *c == ' ' || strchr(plain, *c) ? *c : '_';
    n += (size_t) snprintf(r->disposition + n, sizeof r->disposition - n,
                           "\"; filename*=UTF-8''");
    for (const char *c = name; *c && n + 4 < sizeof r->disposition; c++)
        n += (size_t) snprintf(r->disposition + n, 4, strchr(plain, *c) ? "%c" : "%%%02X",
                               (unsigned char) *c);
    return r;
}

http_response *http_allow(http_response *r, const char *methods)
{
    if (r) snprintf(r->allow, sizeof r->allow, "%s", methods);
    return r;
}

http_response *http_set_cookie(http_response *r, const char *fmt, ...)
{
    va_list ap;

    if (!r) return NULL;
    va_start(ap, fmt);
    vsnprintf(r->cookie, sizeof r->cookie, fmt, ap);
    va_end(ap);
    return r;
}

http_response *http_retry(http_response *r, unsigned seconds)
{
    if (r) r->retry = seconds;
    return r;
}

void http_response_free(http_response *r)
{
    if (!r) return;
    if (r->free_data) r->free_data(r->data);
    if (r->fd >= 0) close(r->fd);
    if (r->end) r->end(r->user);
    free(r);
}
