/* guests.c - who comes and goes, what each does, and until when: see guests.h. */
#include "studio/guests_parts.h"

#include <stdlib.h>
#include <string.h>

#include "studio/clock.h"

/* Granted to begin with, beyond which the least rate counts, and at most. */
static const double headers_seconds = 10, idle_seconds = 30, body_most_seconds = 600,
                    reading_seconds = 30, reading_most_seconds = 3600, piece_seconds = 30,
                    look_seconds = 0.25;

/* Under the lock. */
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
        if (!g->gone && g->end > 0 && now > g->end) guest_cut_off(g);
    guests_make_room(all, now);
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

void guest_address(const guest *g, unsigned char address[16])
{
    memset(address, 0, 16);
    memcpy(address, &g->address, IN6_IS_ADDR_V4MAPPED(&g->address) ? 16 : 8);
}

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
    if (!guest_may_come(g)) guest_cut_off(g);
    g->next = all->first;
    all->first = g;
    guests_make_room(all, g->since);
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

bool guest_is_one_of_many(const guest *g)
{
    bool many;

    if (!g) return false;
    pthread_mutex_lock(&g->all->lock);
    many = guests_are_many(g->all);
    pthread_mutex_unlock(&g->all->lock);
    return many;
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
    const double all = seconds + (double) bytes / GUESTS_LEAST_RATE;

    return all < most ? all : most;
}

void guest_reads(guest *g, uint64_t bytes)
{
    change(g, READING, at_least_rate(reading_seconds, bytes, reading_most_seconds));
}

bool guest_sends(guest *g, bool upload)
{
    bool room;

    if (!g) return true;
    pthread_mutex_lock(&g->all->lock);
    if ((room = !upload || guest_may_upload(g))) {
        begins(g, SENDING, GUESTS_BODY_SECONDS);
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
    g->end = g->since + at_least_rate(GUESTS_BODY_SECONDS, g->bytes, body_most_seconds);
    pthread_mutex_unlock(&g->all->lock);
}

bool guest_watches(guest *g)
{
    bool room = true;

    if (!g) return true;
    pthread_mutex_lock(&g->all->lock);
    if (g->doing != WATCHING) room = guest_may_watch(g);
    if (room) begins(g, WATCHING, 0);
    pthread_mutex_unlock(&g->all->lock);
    return room;
}
