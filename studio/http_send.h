/* http_send.h - a response on its way out: whole, or the part that was asked for, or not at
 * all, as the client has it already; a stream piece after piece. */
#ifndef STUDIO_HTTP_SEND_H
#define STUDIO_HTTP_SEND_H

#include <microhttpd.h>

#include "studio/guests.h"
#include "studio/http.h"

/* Takes the response; the guest's time to read it begins. */
enum MHD_Result http_send(http_response *response, const http_request *request, guest *g);

/* Error 503: too many of this kind at once. */
http_response *http_busy(const char *what);

#endif
