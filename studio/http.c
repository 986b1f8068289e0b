/* http.c - see http.h: what comes from libmicrohttpd, and what is handed to it. */
#include "studio/http.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <nettle/sha2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/resource.h>
#include <unistd.h>

#include "studio/fail.h"
#include "studio/guests.h"
#include "studio/http_names.h"
#include "studio/http_response.h"
#include "studio/http_tls.h"

enum {
    CONNECTION_MEMORY = 32 * 1024, QUIET_SECONDS = 30, BLOCK = 64 * 1024, BUSY_SECONDS = 2,
    LOW_PRIORITY = 12,
    UNREAD_MOST = 256 * 1024        /* of a refused body, read so that the client listens */
};

struct http_server {
    struct MHD_Daemon *daemon;
    guests *guests;
    http_site site;
    http_names names;
    char *certificate, *key;        /* PEM, for TLS */
    char url[280];
};

/* One request while it lasts. */
typedef struct exchange {
    http_request r;
    guest *guest;
    http_body body;
    http_response *refusal;         /* the answer, whatever comes: the body is not kept */
    char *path;                     /* cut into segments */
    uint64_t got;                   /* bytes of the body */
    int fd;                         /* of its file, else -1 */
    int write_error;
    struct sha256_ctx sha;
} exchange;

const char *http_header(const http_request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

const char *http_cookie(const http_request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_COOKIE_KIND, name);
}

const char *http_query(const http_request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name);
}

/* --- Sending ----------------------------------------------------------------------------- */

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

static http_response *too_many(const char *what)
{
    return http_retry(http_error(503, "busy", "too many %s at once; try again in a moment",
                                 what), BUSY_SECONDS);
}

/* The client may take its time to read it, but not for ever. */
static http_response *let_read(http_response *r, guest *g)
{
    if (r && r->next && !guest_watches(g)) {
        http_response_free(r);
        r = too_many("streams of events");
    }
    if (!r || !r->next) guest_reads(g, !r ? 0 : r->fd >= 0 ? r->size : r->len);
    return r;
}

/* Takes the response. */
static enum MHD_Result send_response(http_response *r, exchange *e)
{
    static const char no_memory[] =
        "{\"error\":{\"code\":\"memory\",\"message\":\"out of memory\"}}";
    http_response last = {
        .status = 503, .type = "application/json", .fd = -1,
        .data = (void *) (uintptr_t) no_memory, .len = sizeof no_memory - 1,
    };
    const http_request *request = &e->r;
    http_response *shown;
    struct MHD_Response *out;
    enum MHD_Result sent = MHD_NO;

    r = let_read(r, e->guest);
    shown = r ? r : &last;
    if (is_known(shown, request)) {
        shown->status = 304;
        out = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    } else {
        out = shown->next ? stream_response(shown, e->guest)
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

/* --- Receiving --------------------------------------------------------------------------- */

/* Another page in the same browser may send requests here; it must get nowhere. */
static http_response *refuse_stranger(const http_server *s, const http_request *r)
{
    const char *host = http_header(r, "Host"), *origin = http_header(r, "Origin");
    const char *site = http_header(r, "Sec-Fetch-Site");

    if (!host || !http_names_host(&s->names, host))
        return http_error(421, "host", "this is %s; it answers under other names if they are "
                          "given by --host", s->url);
    if (origin && !http_names_origin(&s->names, origin))
        return http_error(403, "origin", "pages of other sites may not use the studio");
    if (site && !strcmp(site, "cross-site") && strcmp(r->method, "GET"))
        return http_error(403, "origin", "pages of other sites may not use the studio");
    return NULL;
}

static http_response *refuse_body(const exchange *e, uint64_t most)
{
    const char *length = http_header(&e->r, "Content-Length");

    if (length && strtoull(length, NULL, 10) > most)
        return http_error(413, "too_large",
                          most ? "%s bytes are more than the %llu allowed here"
                                       : "nothing may be sent here, let alone %s bytes",
                          length, (unsigned long long) most);
    return NULL;
}

/* What stands before the first slash is nothing. */
static void split(http_request *r, char *path)
{
    char *rest = path;

    strsep(&rest, "/");
    while (rest) {
        if (r->segments == HTTP_SEGMENTS) {
            r->segments = -1;
            return;
        }
        r->segment[r->segments++] = strsep(&rest, "/");
    }
}

static bool open_body_file(exchange *e, const http_server *s)
{
    if (asprintf(&e->r.file, "%s/body.XXXXXX", s->site.folder) < 0) {
        e->r.file = NULL;
        return false;
    }
    e->fd = mkostemp(e->r.file, O_CLOEXEC);
    sha256_init(&e->sha);
    return e->fd >= 0;
}

static guest *guest_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
        ->socket_context;
}

static void set_client(exchange *e, const http_server *s, struct MHD_Connection *connection)
{
    const char *origin;

    e->guest = guest_of(connection);
    if (e->guest) guest_address(e->guest, e->r.client);
    e->r.connection = connection;
    e->r.port = s->names.port;
    origin = http_header(&e->r, "Origin");
    e->r.secure = s->names.tls || (origin && !strncmp(origin, "https://", 8));
}

/* Takes the response. A client that is sending listens when it has sent all: what is not too
 * much is read. */
static enum MHD_Result refuse(exchange *e, http_response *refusal)
{
    const char *length = http_header(&e->r, "Content-Length");
    const unsigned long long n = length ? strtoull(length, NULL, 10) : 0;

    if (!refusal || !n || n > e->body.most) return send_response(refusal, e);
    e->refusal = refusal;
    guest_sends(e->guest, false);
    return MHD_YES;
}

static enum MHD_Result begin(http_server *s, struct MHD_Connection *connection,
                             const char *url, const char *method, void **state)
{
    exchange *e = calloc(1, sizeof *e);
    http_response *refusal;
    http_body body;

    if (!e) return MHD_NO;
    *state = e;
    e->fd = -1;
    imp_threads_use(1);   /* each of hundreds: the others are the painting's */
    e->body.most = UNREAD_MOST;
    set_client(e, s, connection);
    e->r.method = strcmp(method, "HEAD") ? method : "GET";
    if (!(e->path = strdup(url))) return MHD_NO;
    split(&e->r, e->path);
    if ((refusal = refuse_stranger(s, &e->r))) return refuse(e, refusal);
    body = s->site.body(s->site.user, &e->r);
    if (body.kind == HTTP_BODY_REFUSED)
        return refuse(e, s->site.answer(s->site.user, &e->r));
    if ((refusal = refuse_body(e, body.most))) return refuse(e, refusal);
    e->body = body;
    if (!guest_sends(e->guest, body.kind == HTTP_BODY_FILE))
        return refuse(e, too_many("uploads"));
    if (body.kind == HTTP_BODY_FILE && !open_body_file(e, s))
        return refuse(e, http_error(500, "disk", "the studio's folder cannot be written to"));
    return MHD_YES;
}

static bool keep_in_memory(http_request *r, const char *data, size_t n)
{
    char *more = realloc(r->data, r->len + n + 1);

    if (!more) return false;
    memcpy(more + r->len, data, n);
    r->data = more;
    r->data[r->len += n] = '\0';
    return true;
}

/* What cannot be written any more is still read, so that the answer arrives. */
static void keep_in_file(exchange *e, const char *data, size_t n)
{
    sha256_update(&e->sha, n, (const uint8_t *) data);
    while (n && !e->write_error) {
        const ssize_t done = write(e->fd, data, n);
        if (done < 0 && errno != EINTR) e->write_error = errno;
        if (done > 0) data += done, n -= (size_t) done;
    }
}

/* A body that was not announced and grows too large ends with the connection: libmicrohttpd
 * cannot answer in its middle. */
static enum MHD_Result receive(exchange *e, const char *data, size_t *n)
{
    e->got += *n;
    if (e->got > e->body.most) return MHD_NO;
    guest_sent(e->guest, *n);
    if (e->refusal) *n = 0;
    else if (e->body.kind == HTTP_BODY_FILE) keep_in_file(e, data, *n);
    else if (!keep_in_memory(&e->r, data, *n)) return MHD_NO;
    *n = 0;
    return MHD_YES;
}

static void finish_file(exchange *e)
{
    uint8_t digest[SHA256_DIGEST_SIZE];

    sha256_digest(&e->sha, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(e->r.sha256 + 2 * i, 3, "%02x", digest[i]);
    e->r.file_bytes = e->got;
    if (!e->write_error && fsync(e->fd)) e->write_error = errno;
    close(e->fd);
    e->fd = -1;
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection,
                                  const char *url, const char *method, const char *version,
                                  const char *data, size_t *n, void **state)
{
    http_server *s = user;
    exchange *e = *state;
    http_response *refusal;

    (void) version;
    if (!e) return begin(s, connection, url, method, state);
    if (*n) return receive(e, data, n);
    guest_is_served(e->guest);
    if ((refusal = e->refusal)) {
        e->refusal = NULL;
        return send_response(refusal, e);
    }
    if (e->fd >= 0) finish_file(e);
    if (e->write_error)
        return send_response(http_error(507, "disk", "the studio's folder: %s",
                                        strerror(e->write_error)), e);
    return send_response(s->site.answer(s->site.user, &e->r), e);
}

static void on_completed(void *user, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode why)
{
    exchange *e = *state;

    (void) user, (void) connection, (void) why;
    if (!e) return;
    guest_waits(e->guest);
    if (e->fd >= 0) close(e->fd);
    if (e->r.file) unlink(e->r.file);
    if (e->refusal) http_response_free(e->refusal);
    free(e->r.file);
    free(e->r.data);
    free(e->path);
    free(e);
    *state = NULL;
}

static void on_connection(void *user, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    const http_server *s = user;

    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        *context = guest_come(
            s->guests,
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd,
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)
                ->client_addr);
    else guest_leave(*context);
}

/* --- The server -------------------------------------------------------------------------- */

/* In a thread that ends at once: those of the connections descend from it and have its
 * priority: one of them gets 6 % of a processor that is painting, all of one that is not. */
static void *start(void *user)
{
    http_server *s = user;
    const http_names *n = &s->names;

    setpriority(PRIO_PROCESS, 0, LOW_PRIORITY);
    s->daemon = MHD_start_daemon(
        MHD_USE_POLL | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION
        | MHD_USE_ITC | (n->v6 ? MHD_USE_IPv6 : 0) | (n->tls ? MHD_USE_TLS : 0),
        0, NULL, NULL, on_request, s, MHD_OPTION_LISTEN_SOCKET, n->fd,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned) GUESTS_MOST,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned) QUIET_SECONDS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) CONNECTION_MEMORY,
        n->tls ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END, s->certificate,
        MHD_OPTION_HTTPS_MEM_KEY, s->key,
        MHD_OPTION_HTTPS_PRIORITIES, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2",
        MHD_OPTION_END);
    return NULL;
}

static bool start_below(http_server *s)
{
    pthread_t thread;

    return !pthread_create(&thread, NULL, start, s) && !pthread_join(thread, NULL)
        && s->daemon;
}

imp_status http_server_new(http_server **out, const http_site *site, const http_place *place,
                           imp_error *err)
{
    http_server *s = calloc(1, sizeof *s);
    imp_status status = IMP_OK;

    *out = NULL;
    if (!s) return studio_fail(err, IMP_ENOMEM, "no memory for the server");
    s->site = *site;
    s->names.fd = -1;
    if (place->certificate)
        TRY(http_tls_read(&s->certificate, &s->key, place->certificate, place->key, err));
    TRY(http_listen(&s->names, place, err));
    http_names_url(s->url, sizeof s->url, &s->names);
    if (!(s->guests = guests_new()))
        status = studio_fail(err, IMP_ENOMEM, "no memory for the server");
    TRY(status);
    if (!start_below(s))
        status = studio_fail(err, IMP_EIO, "%s: the server cannot be started", s->url);
    TRY(status);
    *out = s;
    s = NULL;

done:
    http_server_free(s);
    return status;
}

const char *http_server_url(const http_server *s)
{
    return s->url;
}

void http_server_free(http_server *s)
{
    if (!s) return;
    if (s->daemon) MHD_stop_daemon(s->daemon);
    else if (s->names.fd >= 0) close(s->names.fd);
    guests_free(s->guests);
    free(s->certificate);
    if (s->key) explicit_bzero(s->key, strlen(s->key));
    free(s->key);
    free(s);
}
