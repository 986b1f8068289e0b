/* http_names.c - see http_names.h. */
#include "studio/http_names.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "studio/fail.h"

enum { BACKLOG = 128, NAME = 256 };

typedef union any_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} any_address;

/* --- Listening --------------------------------------------------------------------------- */

static imp_status parse_address(any_address *out, socklen_t *len, bool *loopback,
                                const http_place *place, imp_error *err)
{
    const char *text = strcmp(place->address, "localhost") ? place->address : "127.0.0.1";

    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons((uint16_t) place->port);
        *loopback = ntohl(out->v4.sin_addr.s_addr) >> 24 == 127;
        *len = sizeof out->v4;
    } else if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons((uint16_t) place->port);
        *loopback = IN6_IS_ADDR_LOOPBACK(&out->v6.sin6_addr);
        *len = sizeof out->v6;
    } else {
        return studio_fail(err, IMP_EINVAL, "%s: is no address; wanted is a loopback address "
                           "(127.0.0.1, ::1, localhost), one of this machine's, or 0.0.0.0 "
                           "for all of them", text);
    }
    if (*loopback || place->guarded) return IMP_OK;
    return studio_fail(err, IMP_EINVAL, "%s: whoever reaches an address beyond loopback could "
                       "use the studio; a token is needed: --token auto", text);
}

static const char *remedy(int error)
{
    return error == EADDRINUSE ? "; another --port, or 0 for any"
         : error == EACCES ? "; a --port of 1024 or more, which all may have"
         : error == EADDRNOTAVAIL ? "; --address 0.0.0.0 stands for all that this machine has"
         : "";
}

static imp_status bind_to(int *out, any_address *address, socklen_t len, const char *text,
                          imp_error *err)
{
    const int on = 1, port = ntohs(address->v4.sin_port);   /* both families have it there */
    const int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    *out = fd;
    if (fd >= 0 && !setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on)
        && !bind(fd, &address->any, len) && !listen(fd, BACKLOG)
        && !getsockname(fd, &address->any, &len)) return IMP_OK;
    studio_fail(err, IMP_ENET, "%s, port %d: %s%s", text, port, strerror(errno),
                remedy(errno));
    if (fd >= 0) close(fd);
    *out = -1;
    return IMP_ENET;
}

imp_status http_listen(http_names *names, const http_place *place, imp_error *err)
{
    any_address at;
    socklen_t len = 0;
    imp_status status;

    *names = (http_names) { .fd = -1, .tls = place->certificate, .given = place->names,
                            .n_given = place->n_names };
    TRY(parse_address(&at, &len, &names->loopback, place, err));
    TRY(bind_to(&names->fd, &at, len, place->address, err));
    names->port = ntohs(at.v4.sin_port);
    names->v6 = at.any.sa_family == AF_INET6;
    inet_ntop(at.any.sa_family,
              names->v6 ? (const void *) &at.v6.sin6_addr : &at.v4.sin_addr, names->address,
              sizeof names->address);
    if (gethostname(names->machine, sizeof names->machine - 1)) *names->machine = '\0';

done:
    return status;
}

/* All addresses are none to go to: then it is the machine's name. */
void http_names_url(char *url, size_t room, const http_names *n)
{
    const bool all = !strcmp(n->address, "0.0.0.0") || !strcmp(n->address, "::");

    snprintf(url, room, n->v6 && !all ? "http%s://[%s]:%d/" : "http%s://%s:%d/",
             n->tls ? "s" : "", all && *n->machine ? n->machine : n->address, n->port);
}

/* --- Names ------------------------------------------------------------------------------- */

/* "name:port", "[address]:port", or without the port; -1 in *port if there is none. */
static bool split_host(char name[NAME], int *port, const char *text)
{
    const char *end = *text == '[' ? strchr(text, ']') : text + strcspn(text, ":");
    const size_t from = *text == '[';
    size_t n;

    if (!end || !(n = (size_t) (end - text) - from) || n >= NAME) return false;
    memcpy(name, text + from, n);
    name[n] = '\0';
    end += from;
    *port = -1;
    if (!*end) return true;
    if (*end++ != ':' || !*end || strlen(end) > 5 || end[strspn(end, "0123456789")])
        return false;
    *port = atoi(end);
    return true;
}

static bool is_address(const char *text)
{
    struct in6_addr any;

    return inet_pton(AF_INET, text, &any) == 1 || inet_pton(AF_INET6, text, &any) == 1;
}

/* Under `name`, at the port where it listens. */
static bool is_own(const http_names *n, const char *name)
{
    const size_t machine = strlen(n->machine);

    if (!strcasecmp(name, "localhost") || !strcmp(name, "127.0.0.1") || !strcmp(name, "::1")
        || !strcmp(name, n->address)) return true;
    return !n->loopback
        && (is_address(name)
            || (machine && !strncasecmp(name, n->machine, machine)
                && (!name[machine] || !strcasecmp(name + machine, ".local"))));
}

static bool is_given(const http_names *n, const char *name)
{
    for (int i = 0; i < n->n_given; i++)
        if (!strcasecmp(n->given[i], name)) return true;
    return false;
}

static bool is_name(const http_names *n, const char *text, bool tls)
{
    char name[NAME];
    int port;

    if (!split_host(name, &port, text)) return false;
    if (is_given(n, name)) return true;
    return tls == n->tls && (port < 0 ? tls ? 443 : 80 : port) == n->port && is_own(n, name);
}

bool http_names_host(const http_names *n, const char *host)
{
    return is_name(n, host, n->tls);
}

bool http_names_origin(const http_names *n, const char *origin)
{
    if (!strncmp(origin, "https://", 8)) return is_name(n, origin + 8, true);
    return !strncmp(origin, "http://", 7) && is_name(n, origin + 7, false);
}
