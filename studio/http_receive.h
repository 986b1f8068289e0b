/* http_receive.h - a request on its way in: who may ask at all, the body, then the answer.
 *
 * What is refused before anything else is looked at stands in http.h. */
#ifndef STUDIO_HTTP_RECEIVE_H
#define STUDIO_HTTP_RECEIVE_H

#include <microhttpd.h>

#include "studio/http_names.h"

/* Whom requests come to. */
typedef struct http_host {
    http_site site;
    http_names names;
    char url[280];
} http_host;

/* For libmicrohttpd, with an http_host as `user`: called for the headers, for what comes of
 * the body, and at its end; then http_forget(). The guest is the socket's context. */
enum MHD_Result http_receive(void *user, struct MHD_Connection *connection, const char *url,
                             const char *method, const char *version, const char *data,
                             size_t *n, void **state);
void http_forget(void *user, struct MHD_Connection *connection, void **state,
                 enum MHD_RequestTerminationCode why);

#endif
