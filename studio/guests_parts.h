/* guests_parts.h - what the files of the guests share. */
#ifndef STUDIO_GUESTS_PARTS_H
#define STUDIO_GUESTS_PARTS_H

#include <netinet/in.h>
#include <pthread.h>

#include "studio/guests.h"

/* Bytes a second at least, both ways; seconds granted to a body beyond that. */
enum { GUESTS_LEAST_RATE = 16 * 1024, GUESTS_BODY_SECONDS = 10 };

typedef enum doing { WAITING, SENDING, SERVED, READING, WATCHING } doing;

struct guest {
    guests *all;
    guest *next;
    int socket;
    struct in6_addr address;
    bool foreign;                   /* not this machine */
    doing doing;
    bool upload, gone;              /* gone: cut off, its thread will notice */
    double since, end;              /* of what it does; end 0: none */
    uint64_t bytes;
};

struct guests {
    pthread_mutex_t lock;
    pthread_cond_t change;
    pthread_t watchdog;
    guest *first;
    bool over;
};

/* Its thread will notice. */
void guest_cut_off(guest *g);

/* Of those who are too many, the most dispensable go. */
void guests_make_room(guests *all, double now);

bool guests_are_many(const guests *all);

/* Whether it may be here, before it is among the others; begin an upload, for which another
 * one may have to go; watch a stream. */
bool guest_may_come(const guest *g);
bool guest_may_upload(guest *g);
bool guest_may_watch(guest *g);

#endif
