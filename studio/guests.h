/* guests.h - who is connected, how long each may take, and who goes when it gets crowded.
 *
 * A client that sends or reads a byte now and then would never be quiet for long; so all it
 * does has an end that stands beforehand: headers, a body as fast as the least rate, an answer
 * read as fast. Whoever is late is cut off. When room runs short those go first who have not
 * said yet what they want, the oldest before the others. */
#ifndef STUDIO_GUESTS_H
#define STUDIO_GUESTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* Connections; how many are let be before room is made; uploads and streams of events; what a
 * few people's browsers have. On loopback all clients have one address; any other has limits
 * of its own. */
enum {
    GUESTS_MOST = 512, GUESTS_CROWD = 384, GUESTS_UPLOADS = 32, GUESTS_STREAMS = 128,
    GUESTS_FEW = 24, GUESTS_OF_ONE = 64, GUESTS_UPLOADS_OF_ONE = 4, GUESTS_STREAMS_OF_ONE = 16
};

typedef struct guests guests;
typedef struct guest guest;

guests *guests_new(void);      /* NULL: no memory, no thread */

/* All have left. */
void guests_free(guests *all);

/* A client has connected. NULL: it has been cut off at once. `socket` is borrowed until
 * guest_leave(). */
guest *guest_come(guests *all, int socket, const struct sockaddr *address);
void guest_leave(guest *g);

/* Where it comes from, as IPv6 has it; of IPv6 the network alone, as that is one client's. */
void guest_address(const guest *g, unsigned char address[16]);

/* Whether more than GUESTS_FEW are here. */
bool guest_is_one_of_many(const guest *g);

/* What it does next. The first of the two that may be refused is an upload, the other a stream
 * of events: false if there are too many. */
void guest_waits(guest *g);                     /* nothing yet, after an answer */
bool guest_sends(guest *g, bool upload);        /* a body                       */
void guest_sent(guest *g, uint64_t bytes);      /* some of it                   */
void guest_is_served(guest *g);                 /* nothing: it is our turn      */
void guest_reads(guest *g, uint64_t bytes);     /* an answer                    */
bool guest_watches(guest *g);                   /* a stream: it waits for us    */
void guest_reads_piece(guest *g);               /* some of it                   */

#endif
