/* http.h - a small HTTP server: requests in, responses out. All that is known of libmicrohttpd
 * is in http*.c.
 *
 * Each connection has a thread, so a response may take its time. Refused before anything else
 * is looked at: a Host that is not this server (names that were bound anew to this machine),
 * an Origin of another site or anything but reading that comes from one, a body larger than
 * the request may have. Who is slow, or one too many, is sent away: see guests.h. */
#ifndef STUDIO_HTTP_H
#define STUDIO_HTTP_H

#include <impasto/base.h>

#include <jansson.h>
#include <sys/types.h>

enum { HTTP_SEGMENTS = 8, HTTP_SHA256 = 65 };

typedef struct http_request {
    const char *method;                 /* "GET", for HEAD too                              */
    char *segment[HTTP_SEGMENTS];       /* of the path, between its slashes                 */
    int segments;                       /* -1 if there are more than we have               */
    char *data;                         /* the body in memory, with a zero behind it        */
    size_t len;
    char *file;                         /* the body in a file, which goes with the request
                                           if it has not been renamed                       */
    uint64_t file_bytes;
    char sha256[HTTP_SHA256];           /* of the file, 64 hexadecimal digits               */
    unsigned char client[16];           /* where it comes from, as IPv6 has it; of IPv6 the
                                           network alone                                   */
    bool secure;                        /* the client sent it over TLS                     */
    int port;                           /* where the server listens                        */
    void *connection;
} http_request;

/* A header, a cookie, a member of the query; NULL if it is not there. Owned by the request. */
const char *http_header(const http_request *r, const char *name);
const char *http_cookie(const http_request *r, const char *name);
const char *http_query(const http_request *r, const char *name);

/* --- Responses: each call makes one, or NULL, which is sent as "out of memory". ---------- */

typedef struct http_response http_response;

/* Takes `body`. */
http_response *http_json(unsigned status, json_t *body);

/* {"error": {"code": code, "message": ...}}. */
http_response *http_error(unsigned status, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Takes `data`, to be freed by `release`. */
http_response *http_data(const char *type, void *data, size_t len,
                         void (*release)(void *data));

/* Bytes that stay for ever. */
http_response *http_constant(const char *type, const void *data, size_t len);

/* Answers Range, too. An error if the file cannot be opened. */
http_response *http_file(const char *type, const char *path);

http_response *http_empty(unsigned status);

/* A stream of events: `next` is called for piece after piece, in the connection's thread, and
 * may wait some seconds. It stores a piece (of malloc) in *text, or returns false to end. */
typedef bool http_next(void *user, char **text);
http_response *http_events(http_next *next, void (*end)(void *user), void *user);

/* What identifies the content: If-None-Match is then answered. Without it nothing is kept by
 * browsers. */
http_response *http_tag(http_response *response, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* It never changes: browsers need not ask again. */
http_response *http_forever(http_response *response);

/* What it is to be called as a file: UTF-8. `save`: it is for saving, not for looking at. */
http_response *http_named(http_response *response, bool save, const char *name);

/* Which methods there are, with an error 405. */
http_response *http_allow(http_response *response, const char *methods);

/* When to come again, with an error 429 or 503. */
http_response *http_retry(http_response *response, unsigned seconds);

/* The whole header. */
http_response *http_set_cookie(http_response *response, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* --- The server -------------------------------------------------------------------------- */

/* A refused one is not waited for: the answer is the same whatever is sent. */
typedef enum http_body_kind {
    HTTP_BODY_MEMORY, HTTP_BODY_FILE, HTTP_BODY_REFUSED
} http_body_kind;
typedef struct http_body { http_body_kind kind; uint64_t most; } http_body;

/* What a site does with requests; both are called from many threads at once. */
typedef struct http_site {
    http_body (*body)(void *user, const http_request *r);
    http_response *(*answer)(void *user, http_request *r);
    void *user;
    const char *folder;                 /* for bodies in files */
} http_site;

/* Where it listens. What it points to is borrowed until http_server_free(). */
typedef struct http_place {
    const char *address;                /* of this machine, "localhost" too                */
    int port;                           /* 0: any that is free                             */
    bool guarded;                       /* strangers are refused: without it, loopback only */
    const char *certificate, *key;      /* files for TLS, or both NULL                     */
    const char *const *names;           /* by which it is known besides, at any port       */
    int n_names;
} http_place;

typedef struct http_server http_server;

/* Listens and answers from now on. The caller owns *out.
 * Errors: IMP_EINVAL (no address, or one that may not be without a guard; a certificate that
 * does not fit its key), IMP_ENET (port in use ...), IMP_EIO (a file that cannot be read). */
IMP_MUST_CHECK imp_status
http_server_new(http_server **out, const http_site *site, const http_place *place,
                imp_error *err);

/* "http://127.0.0.1:8080/". */
const char *http_server_url(const http_server *server);

/* Waits until each request has been answered; streams have to be told to end before. */
void http_server_free(http_server *server);

#endif
