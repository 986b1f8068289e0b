/* http_send.c - see http_send.h. */
#include "studio/http_send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "studio/http_response.h"

enum { BLOCK = 64 * 1024, BUSY_SECONDS = 2 };

/* The pages load what this server has and nothing else; pictures also from what was dropped
 * on them. */
static const char *const every_response[][2] = {
    { "Content-Security-Policy",
      "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; "
      "form-action 'none'; frame-ancestors 'none'" },
    { "X-Content-Type-Options", "nosniff" },
    { "Referrer-Policy", "no-referrer" },
    { "Cross-Origin-Resource-Policy", "same-origin" },
    { "Cross-Origin-Opener-Policy", "same-origin" },
};

/* A stream on its way out. */
typedef struct stream {
    http_next *next;
    void (*end)(void *user);
    void *user;
    guest *guest;
    char *text;                     /* the piece being sent */
    size_t at, len;
} stream;

static ssize_t stream_read(void *user, uint64_t position, char *out, size_t room)
{
    stream *s = user;
    size_t n;

    (void) position;
    while (s->at == s->len) {
        free(s->text);
        s->text = NULL;
        guest_watches(s->guest);
        if (!s->next(s->user, &s->text)) return MHD_CONTENT_READER_END_OF_STREAM;
        s->at = 0;
        s->len = s->text ? strlen(s->text) : 0;
        guest_reads_piece(s->guest);
    }
    n = s->len - s->at < room ? s->len - s->at : room;
    memcpy(out, s->text + s->at, n);
    s->at += n;
    return (ssize_t) n;
}

static void stream_free(void *user)
{
    stream *s = user;

    s->end(s->user);
    free(s->text);
    free(s);
}

static struct MHD_Response *stream_response(http_response *r, guest *g)
{
    struct MHD_Response *out;
    stream *s = calloc(1, sizeof *s);

    if (!s) return NULL;
    *s = (stream) { .next = r->next, .end = r->end, .user = r->user, .guest = g };
    out = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, stream_read, s,
                                            stream_free);
    if (out) r->end = NULL;
    else free(s);
    return out;
}

/* A part "bytes=A-B", "bytes=A-" or "bytes=-N" of a file. False: no part that we understand,
 * and all of it is sent; *unsatisfiable: there is no such part. */
static bool range_parse(const char *text, uint64_t size, uint64_t *from, uint64_t *n,
                        bool *unsatisfiable)
{
    unsigned long long a, b;
    char end;

    if (!text || strchr(text, ',') || strlen(text) > 50) return false;
    if (sscanf(text, "bytes=-%llu%c", &b, &end) == 1) {
        *n = b < size ? b : size;
        *from = size - *n;
    } else if (sscanf(text, "bytes=%llu-%llu%c", &a, &b, &end) == 2 && a <= b) {
        *from = a;
        *n = a >= size ? 0 : b - a < size - a ? b - a + 1 : size - a;
    } else if (sscanf(text, "bytes=%llu-%c", &a, &end) == 1 && text[strlen(text) - 1] == '-') {
        *from = a;
        *n = a < size ? size - a : 0;
    } else {
        return false;
    }
    *unsatisfiable = !*n;
    return true;
}

/* n bytes of the body. */
static struct MHD_Response *body_response(http_response *r, uint64_t from, uint64_t n)
{
    char *data = r->data;
    struct MHD_Response *out;

    if (r->fd >= 0) {
        if ((out = MHD_create_response_from_fd_at_offset64(n, r->fd, from))) r->fd = -1;
        return out;
    }
    if (!r->free_data)
        return MHD_create_response_from_buffer(n, n ? data + from : NULL,
                                               MHD_RESPMEM_PERSISTENT);
    memmove(data, data + from, n);
    if ((out = MHD_create_response_from_buffer_with_free_callback(n, data, r->free_data)))
        r->free_data = NULL;
    return out;
}

/* What has a tag, or the part of it that was asked for. */
static struct MHD_Response *part_response(http_response *r, const http_request *request)
{
    const char *if_range = http_header(request, "If-Range");
    const bool whole = if_range && strcmp(if_range, r->tag);
    const uint64_t size = r->fd >= 0 ? r->size : r->len;
    struct MHD_Response *out;
    uint64_t from = 0, n = size;
    bool unsatisfiable = false;
    char text[96];

    if (!whole
        && range_parse(http_header(request, "Range"), size, &from, &n, &unsatisfiable)) {
        r->status = unsatisfiable ? MHD_HTTP_RANGE_NOT_SATISFIABLE : MHD_HTTP_PARTIAL_CONTENT;
        if (unsatisfiable)
            snprintf(text, sizeof text, "bytes */%llu", (unsigned long long) size);
        else
            snprintf(text, sizeof text, "bytes %llu-%llu/%llu", (unsigned long long) from,
                     (unsigned long long) (from + n - 1), (unsigned long long) size);
    }
    out = unsatisfiable ? MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT)
                        : body_response(r, from, n);
    if (!out) return NULL;
    MHD_add_response_header(out, "Accept-Ranges", "bytes");
    if (r->status != 200) MHD_add_response_header(out, "Content-Range", text);
    return out;
}

/* Whether If-None-Match names the tag, among others perhaps. */
static bool is_known(const http_response *r, const http_request *request)
{
    const char *known = http_header(request, "If-None-Match");

    return *r->tag && known && (!strcmp(known, "*") || strstr(known, r->tag));
}

static void add_headers(struct MHD_Response *out, const http_response *r)
{
    char text[16];

    for (size_t i = 0; i < sizeof every_response / sizeof *every_response; i++)
        MHD_add_response_header(out, every_response[i][0], every_response[i][1]);
    if (*r->type) MHD_add_response_header(out, "Content-Type", r->type);
    if (*r->disposition)
        MHD_add_response_header(out, "Content-Disposition", r->disposition);
    if (*r->allow) MHD_add_response_header(out, "Allow", r->allow);
    if (*r->cookie) MHD_add_response_header(out, "Set-Cookie", r->cookie);
    if (r->retry) {
        snprintf(text, sizeof text, "%u", r->retry);
        MHD_add_response_header(out, "Retry-After", text);
    }
    if (*r->tag) MHD_add_response_header(out, "ETag", r->tag);
    MHD_add_response_header(out, "Cache-Control",
                            r->forever ? "private, max-age=31536000, immutable"
                            : *r->tag ? "no-cache" : "no-store");
}

http_response *http_busy(const char *what)
{
    return http_retry(http_error(503, "busy", "too many %s at once; try again in a moment",
                                 what), BUSY_SECONDS);
}

/* The client may take its time to read it, but not for ever. */
static http_response *let_read(http_response *r, guest *g)
{
    if (r && r->next && !guest_watches(g)) {
        http_response_free(r);
        r = http_busy("streams of events");
    }
    if (!r || !r->next) guest_reads(g, !r ? 0 : r->fd >= 0 ? r->size : r->len);
    return r;
}

enum MHD_Result http_send(http_response *r, const http_request *request, guest *g)
{
    static const char no_memory[] =
        "{\"error\":{\"code\":\"memory\",\"message\":\"out of memory\"}}";
    http_response last = {
        .status = 503, .type = "application/json", .fd = -1,
        .data = (void *) (uintptr_t) no_memory, .len = sizeof no_memory - 1,
    };
    http_response *shown;
    struct MHD_Response *out;
    enum MHD_Result sent = MHD_NO;

    r = let_read(r, g);
    shown = r ? r : &last;
    if (is_known(shown, request)) {
        shown->status = 304;
        out = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    } else {
        out = shown->next ? stream_response(shown, g)
            : *shown->tag ? part_response(shown, request)
            : body_response(shown, 0, shown->fd >= 0 ? shown->size : shown->len);
    }
    if (out) {
        add_headers(out, shown);
        sent = MHD_queue_response(request->connection, shown->status, out);
        MHD_destroy_response(out);
    }
    http_response_free(r);
    return sent;
}
