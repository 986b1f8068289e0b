/* http_receive.c - see http_receive.h. */
#include "studio/http_receive.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "studio/hex.h"
#include "studio/http_response.h"
#include "studio/http_send.h"

enum {
    UNREAD_MOST = 256 * 1024,       /* of a refused body, read so that the client listens */
    CROWD_PRIORITY = 15
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

/* --- What is refused --------------------------------------------------------------------- */

/* Another page in the same browser may send requests here; it must get nowhere. */
static http_response *refuse_stranger(const http_host *h, const http_request *r)
{
    const char *host = http_header(r, "Host"), *origin = http_header(r, "Origin");
    const char *site = http_header(r, "Sec-Fetch-Site");

    if (!host || !http_names_host(&h->names, host))
        return http_error(421, "host", "this is %s; it answers under other names if they are "
                          "given by --host", h->url);
    if (origin && !http_names_origin(&h->names, origin))
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

/* --- Its head ---------------------------------------------------------------------------- */

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

static bool open_body_file(exchange *e, const http_host *h)
{
    if (asprintf(&e->r.file, "%s/body.XXXXXX", h->site.folder) < 0) {
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

static void set_client(exchange *e, const http_host *h, struct MHD_Connection *connection)
{
    const char *origin;

    e->guest = guest_of(connection);
    if (e->guest) guest_address(e->guest, e->r.client);
    e->r.connection = connection;
    e->r.port = h->names.port;
    origin = http_header(&e->r, "Origin");
    e->r.secure = h->names.tls || (origin && !strncmp(origin, "https://", 8));
}

/* Takes the response. A client that is sending listens when it has sent all: what is not too
 * much is read. */
static enum MHD_Result refuse(exchange *e, http_response *refusal)
{
    const char *length = http_header(&e->r, "Content-Length");
    const unsigned long long n = length ? strtoull(length, NULL, 10) : 0;

    if (!refusal || !n || n > e->body.most) return http_send(refusal, &e->r, e->guest);
    e->refusal = refusal;
    guest_sends(e->guest, false);
    return MHD_YES;
}

/* One thread, as the others are the painting's; and where many are here, less of a processor
 * for each: 3 % of one that is painting. A priority once lowered stays so while the connection
 * lasts. */
static void step_back(const guest *g)
{
    imp_threads_use(1);
    if (guest_is_one_of_many(g)) setpriority(PRIO_PROCESS, 0, CROWD_PRIORITY);
}

static enum MHD_Result begin(const http_host *h, struct MHD_Connection *connection,
                             const char *url, const char *method, void **state)
{
    exchange *e = calloc(1, sizeof *e);
    http_response *refusal;
    http_body body;

    if (!e) return MHD_NO;
    *state = e;
    e->fd = -1;
    e->body.most = UNREAD_MOST;
    set_client(e, h, connection);
    step_back(e->guest);
    e->r.method = strcmp(method, "HEAD") ? method : "GET";
    if (!(e->path = strdup(url))) return MHD_NO;
    split(&e->r, e->path);
    if ((refusal = refuse_stranger(h, &e->r))) return refuse(e, refusal);
    body = h->site.body(h->site.user, &e->r);
    if (body.kind == HTTP_BODY_REFUSED)
        return refuse(e, h->site.answer(h->site.user, &e->r));
    if ((refusal = refuse_body(e, body.most))) return refuse(e, refusal);
    e->body = body;
    if (!guest_sends(e->guest, body.kind == HTTP_BODY_FILE))
        return refuse(e, http_busy("uploads"));
    if (body.kind == HTTP_BODY_FILE && !open_body_file(e, h))
        return refuse(e, http_error(500, "disk", "the studio's folder cannot be written to"));
    return MHD_YES;
}

/* --- Its body ---------------------------------------------------------------------------- */

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
    if (!e->refusal && e->body.kind == HTTP_BODY_FILE) keep_in_file(e, data, *n);
    else if (!e->refusal && !keep_in_memory(&e->r, data, *n)) return MHD_NO;
    *n = 0;
    return MHD_YES;
}

static void finish_file(exchange *e)
{
    uint8_t digest[SHA256_DIGEST_SIZE];

    sha256_digest(&e->sha, sizeof digest, digest);
    hex_of(e->r.sha256, digest, sizeof digest);
    e->r.file_bytes = e->got;
    if (!e->write_error && fsync(e->fd)) e->write_error = errno;
    close(e->fd);
    e->fd = -1;
}

/* --- What libmicrohttpd calls ------------------------------------------------------------ */

enum MHD_Result http_receive(void *user, struct MHD_Connection *connection, const char *url,
                             const char *method, const char *version, const char *data,
                             size_t *n, void **state)
{
    const http_host *h = user;
    exchange *e = *state;
    http_response *refusal;

    (void) version;
    if (!e) return begin(h, connection, url, method, state);
    if (*n) return receive(e, data, n);
    guest_is_served(e->guest);
    if ((refusal = e->refusal)) {
        e->refusal = NULL;
        return http_send(refusal, &e->r, e->guest);
    }
    if (e->fd >= 0) finish_file(e);
    if (e->write_error)
        return http_send(http_error(507, "disk", "the studio's folder: %s",
                                    strerror(e->write_error)), &e->r, e->guest);
    return http_send(h->site.answer(h->site.user, &e->r), &e->r, e->guest);
}

void http_forget(void *user, struct MHD_Connection *connection, void **state,
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
