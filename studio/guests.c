/* guests.c - see guests.h. */
#include "studio/guests.h"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "studio/clock.h"

/* Bytes a second at least, both ways, beyond the seconds granted to begin with. */
static const double least_rate = 16 * 1024;
static const double headers_seconds = 10, idle_seconds = 30, body_seconds = 10,
                    body_most_seconds = 600, reading_seconds = 30, reading_most_seconds = 3600,
                    piece_seconds = 30, look_seconds = 0.25;

/* One may be slow for so long before room is made at its expense. */
static const double slow_seconds = 1;

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

/* --- Under the lock ---------------------------------------------------------------------- */

/* What it has not read is not kept for it. */
static void cut_off(guest *g)
{
    const struct linger at_once = { .l_onoff = 1 };

    setsockopt(g->socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    shutdown(g->socket, SHUT_RDWR);
    g->gone = true;
}

static bool has_hung_up(const guest *g)
{
    struct pollfd seen = { .fd = g->socket, .events = POLLRDHUP };

    return poll(&seen, 1, 0) == 1 && seen.revents & (POLLRDHUP | POLLHUP | POLLERR);
}

void guest_address(const guest *g, unsigned char address[16])
{
    memset(address, 0, 16);
    memcpy(address, &g->address, IN6_IS_ADDR_V4MAPPED(&g->address) ? 16 : 8);
}

static bool same_address(const guest *a, const guest *b)
{
    unsigned char first[16], second[16];

    guest_address(a, first);
    guest_address(b, second);
    return !memcmp(first, second, sizeof first);
}

/* Those who are here and upload, or watch; of the address of `one`, or of all. */
static int count(const guests *all, const guest *one, bool uploads)
{
    int n = 0;

    for (const guest *g = all->first; g; g = g->next)
        n += !g->gone && (uploads ? g->upload : g->doing == WATCHING)
          && (!one || same_address(g, one));
    return n;
}

static int count_all(const guests *all, const guest *one)
{
    int n = 0;

    for (const guest *g = all->first; g; g = g->next)
        n += !g->gone && (!one || same_address(g, one));
    return n;
}

/* How readily it is sent away, 0: not at all. */
static int dispensable(const guest *g, double now)
{
    const double age = now - g->since;

    if (g->gone || age < slow_seconds) return 0;
    if (g->doing == WAITING) return 3;
    if (g->doing == SENDING && (double) g->bytes < least_rate * age) return 2;
    return g->doing == READING && age > body_seconds;
}

static guest *most_dispensable(const guests *all, double now, bool uploads)
{
    guest *worst = NULL;

    for (guest *g = all->first; g; g = g->next) {
        const int this = uploads && !g->upload ? 0 : dispensable(g, now);
        const int that = worst ? dispensable(worst, now) : 0;
        if (this > that || (this && this == that && g->since < worst->since)) worst = g;
    }
    return worst;
}

static void make_room(guests *all, double now)
{
    guest *worst;

    for (int n = count_all(all, NULL); n > GUESTS_CROWD; n--)
        if ((worst = most_dispensable(all, now, false))) cut_off(worst);
        else return;
}

static void begins(guest *g, doing what, double seconds)
{
    g->doing = what;
    g->upload &= what == SERVED;    /* until it has its answer */
    g->bytes = 0;
    g->since = seconds_now();
    g->end = seconds > 0 ? g->since + seconds : 0;
}

/* --- The watchdog ------------------------------------------------------------------------ */

static void look_round(guests *all)
{
    const double now = seconds_now();

    for (guest *g = all->first; g; g = g->next)
        if (!g->gone && g->end > 0 && now > g->end) cut_off(g);
    make_room(all, now);
}

static void *watch(void *user)
{
    guests *all = user;

    pthread_mutex_lock(&all->lock);
    while (!all->over) {
        if (!all->first) {
            pthread_cond_wait(&all->change, &all->lock);
            continue;
        }
        look_round(all);
        pthread_mutex_unlock(&all->lock);
        seconds_sleep(look_seconds);
        pthread_mutex_lock(&all->lock);
    }
    pthread_mutex_unlock(&all->lock);
    return NULL;
}

guests *guests_new(void)
{
    guests *all = calloc(1, sizeof *all);

    if (!all) return NULL;
    pthread_mutex_init(&all->lock, NULL);
    pthread_cond_init(&all->change, NULL);
    if (!pthread_create(&all->watchdog, NULL, watch, all)) return all;
    pthread_cond_destroy(&all->change);
    pthread_mutex_destroy(&all->lock);
    free(all);
    return NULL;
}

void guests_free(guests *all)
{
    if (!all) return;
    pthread_mutex_lock(&all->lock);
    all->over = true;
    pthread_cond_signal(&all->change);
    pthread_mutex_unlock(&all->lock);
    pthread_join(all->watchdog, NULL);
    pthread_cond_destroy(&all->change);
    pthread_mutex_destroy(&all->lock);
    free(all);
}

/* --- Coming and going -------------------------------------------------------------------- */

/* IPv4 as IPv6 has it, so that there is one kind. */
static void set_address(guest *g, const struct sockaddr *address)
{
    const struct sockaddr_in *v4 = (const void *) address;

    g->address = in6addr_any;
    if (address->sa_family == AF_INET6) {
        g->address = ((const struct sockaddr_in6 *) (const void *) address)->sin6_addr;
    } else if (address->sa_family == AF_INET) {
        g->address.s6_addr[10] = g->address.s6_addr[11] = 0xff;
        memcpy(g->address.s6_addr + 12, &v4->sin_addr, 4);
    }
    g->foreign = !IN6_IS_ADDR_LOOPBACK(&g->address)
              && !(IN6_IS_ADDR_V4MAPPED(&g->address) && g->address.s6_addr[12] == 127);
}

guest *guest_come(guests *all, int socket, const struct sockaddr *address)
{
    guest *g = calloc(1, sizeof *g);

    if (!g) {
        shutdown(socket, SHUT_RDWR);
        return NULL;
    }
    g->all = all;
    g->socket = socket;
    set_address(g, address);
    begins(g, WAITING, headers_seconds);
    pthread_mutex_lock(&all->lock);
    if (g->foreign && count_all(all, g) >= GUESTS_OF_ONE) cut_off(g);
    g->next = all->first;
    all->first = g;
    make_room(all, g->since);
    pthread_cond_signal(&all->change);
    pthread_mutex_unlock(&all->lock);
    return g;
}

void guest_leave(guest *g)
{
    guest **at;

    if (!g) return;
    pthread_mutex_lock(&g->all->lock);
    for (at = &g->all->first; *at != g; at = &(*at)->next) continue;
    *at = g->next;
    pthread_mutex_unlock(&g->all->lock);
    free(g);
}

/* --- What it does ------------------------------------------------------------------------ */

static void change(guest *g, doing what, double seconds)
{
    if (!g) return;
    pthread_mutex_lock(&g->all->lock);
    begins(g, what, seconds);
    pthread_mutex_unlock(&g->all->lock);
}

void guest_waits(guest *g)
{
    change(g, WAITING, idle_seconds);
}

void guest_is_served(guest *g)
{
    change(g, SERVED, 0);
}

void guest_reads_piece(guest *g)
{
    if (!g) return;
    pthread_mutex_lock(&g->all->lock);
    g->end = seconds_now() + piece_seconds;
    pthread_mutex_unlock(&g->all->lock);
}

static double at_least_rate(double seconds, uint64_t bytes, double most)
{
    const double all = seconds + (double) bytes / least_rate;

    return all < most ? all : most;
}

void guest_reads(guest *g, uint64_t bytes)
{
    change(g, READING, at_least_rate(reading_seconds, bytes, reading_most_seconds));
}

static bool is_room_for_upload(guest *g)
{
    guest *worst;

    if (g->foreign && count(g->all, g, true) >= GUESTS_UPLOADS_OF_ONE) return false;
    if (count(g->all, NULL, true) < GUESTS_UPLOADS) return true;
    if (!(worst = most_dispensable(g->all, seconds_now(), true))) return false;
    cut_off(worst);
    return true;
}

bool guest_sends(guest *g, bool upload)
{
    bool room;

    if (!g) return true;
    pthread_mutex_lock(&g->all->lock);
    if ((room = !upload || is_room_for_upload(g))) {
        begins(g, SENDING, body_seconds);
        g->upload = upload;
    }
    pthread_mutex_unlock(&g->all->lock);
    return room;
}

void guest_sent(guest *g, uint64_t bytes)
{
    if (!g) return;
    pthread_mutex_lock(&g->all->lock);
    g->bytes += bytes;
    g->end = g->since + at_least_rate(body_seconds, g->bytes, body_most_seconds);
    pthread_mutex_unlock(&g->all->lock);
}

/* Those who have gone are noticed only when there is something to tell them. */
static bool is_room_for_stream(guest *g)
{
    for (guest *other = g->all->first; other; other = other->next)
        if (!other->gone && other->doing == WATCHING && has_hung_up(other)) cut_off(other);
    return count(g->all, NULL, false) < GUESTS_STREAMS
        && !(g->foreign && count(g->all, g, false) >= GUESTS_STREAMS_OF_ONE);
}

bool guest_watches(guest *g)
{
    bool room = true;

    if (!g) return true;
    pthread_mutex_lock(&g->all->lock);
    if (g->doing != WATCHING) room = is_room_for_stream(g);
    if (room) begins(g, WATCHING, 0);
    pthread_mutex_unlock(&g->all->lock);
    return room;
}
