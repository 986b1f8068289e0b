/* http.c - see http.h: the server, made and started; http_receive.c has what happens then. */
#include "studio/http.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "studio/fail.h"
#include "studio/guests.h"
#include "studio/http_names.h"
#include "studio/http_receive.h"
#include "studio/http_tls.h"

enum { CONNECTION_MEMORY = 32 * 1024, QUIET_SECONDS = 30, LOW_PRIORITY = 5 };

struct http_server {
    struct MHD_Daemon *daemon;
    guests *guests;
    http_host host;
    char *certificate, *key;        /* PEM, for TLS */
};

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

/* In a thread that ends at once: those of the connections descend from it and have its
 * priority: one of them gets a quarter of a processor that is painting, all of one that is
 * not. */
static void *start(void *user)
{
    http_server *s = user;
    const http_names *n = &s->host.names;

    setpriority(PRIO_PROCESS, 0, LOW_PRIORITY);
    s->daemon = MHD_start_daemon(
        MHD_USE_POLL | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION
        | MHD_USE_ITC | (n->v6 ? MHD_USE_IPv6 : 0) | (n->tls ? MHD_USE_TLS : 0),
        0, NULL, NULL, http_receive, &s->host, MHD_OPTION_LISTEN_SOCKET, n->fd,
        MHD_OPTION_NOTIFY_COMPLETED, http_forget, NULL,
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
    s->host.site = *site;
    s->host.names.fd = -1;
    if (place->certificate)
        TRY(http_tls_read(&s->certificate, &s->key, place->certificate, place->key, err));
    TRY(http_listen(&s->host.names, place, err));
    http_names_url(s->host.url, sizeof s->host.url, &s->host.names);
    if (!(s->guests = guests_new()))
        status = studio_fail(err, IMP_ENOMEM, "no memory for the server");
    TRY(status);
    if (!start_below(s))
        status = studio_fail(err, IMP_EIO, "%s: the server cannot be started", s->host.url);
    TRY(status);
    *out = s;
    s = NULL;

done:
    http_server_free(s);
    return status;
}

const char *http_server_url(const http_server *s)
{
    return s->host.url;
}

void http_server_free(http_server *s)
{
    if (!s) return;
    if (s->daemon) MHD_stop_daemon(s->daemon);
    else if (s->host.names.fd >= 0) close(s->host.names.fd);
    guests_free(s->guests);
    free(s->certificate);
    if (s->key) explicit_bzero(s->key, strlen(s->key));
    free(s->key);
    free(s);
}
