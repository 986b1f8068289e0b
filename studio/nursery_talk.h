/* nursery_talk.h - what is said between those who ask a nursery, it, and its keepers. */
#ifndef STUDIO_NURSERY_TALK_H
#define STUDIO_NURSERY_TALK_H

#include <stdint.h>
#include <sys/socket.h>

/* The files that go with a request, in this order. */
enum { NURSERY_IN, NURSERY_OUT, NURSERY_OUTCOME, NURSERY_FILES };

typedef struct nursery_request {
    uint64_t number;
    int32_t niceness;
} nursery_request;

/* Comes through NURSERY_OUTCOME, which the other side closes, or shuts down for writing, to
 * have the work killed. */
typedef struct nursery_outcome {
    int32_t error, state;
} nursery_outcome;

/* Room for the files beside a message. */
typedef union nursery_files {
    struct cmsghdr head;
    char room[CMSG_SPACE(NURSERY_FILES * sizeof(int))];
} nursery_files;

#endif
