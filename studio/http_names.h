/* http_names.h - where the server listens and the names it answers to.
 *
 * A page of another site may lead a browser here under its own name, bound anew to this
 * machine; so a request has to call the server what it is called. An address in digits cannot
 * be bound anew. */
#ifndef STUDIO_HTTP_NAMES_H
#define STUDIO_HTTP_NAMES_H

#include <netinet/in.h>

#include "studio/http.h"

typedef struct http_names {
    int fd, port;
    bool v6, loopback, tls;
    char address[INET6_ADDRSTRLEN], machine[256];
    const char *const *given;       /* names, of any port */
    int n_given;
} http_names;

/* Listens; names->fd is then the caller's. Errors: IMP_EINVAL (no address; beyond loopback
 * without a guard), IMP_ENET (port in use ...). */
IMP_MUST_CHECK imp_status
http_listen(http_names *names, const http_place *place, imp_error *err);

/* "http://127.0.0.1:8080/". */
void http_names_url(char *url, size_t room, const http_names *names);

/* Whether a Host, or an Origin, is this server. */
bool http_names_host(const http_names *names, const char *host);
bool http_names_origin(const http_names *names, const char *origin);

#endif
