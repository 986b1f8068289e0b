/* http_response.h - what http_response.c makes and http_send.c sends. */
#ifndef STUDIO_HTTP_RESPONSE_H
#define STUDIO_HTTP_RESPONSE_H

#include "studio/http.h"

struct http_response {
    unsigned status;
    unsigned retry;                   /* seconds, 0: not told */
    char type[40], tag[112], allow[40], disposition[1024], cookie[192];
    bool forever;
    void *data;                       /* in memory */
    size_t len;
    void (*free_data)(void *data);
    int fd;                           /* of a file, else -1 */
    uint64_t size;
    http_next *next;                  /* of a stream, else NULL */
    void (*end)(void *user);
    void *user;
};

void http_response_free(http_response *r);

#endif
