/* guests_room.c - how many may be here, upload and watch at once, and who goes for others: see
 * guests.h. All of it under the lock. */
#include "studio/guests_parts.h"

#include <poll.h>
#include <string.h>

#include "studio/clock.h"

/* One may be slow for so long before room is made at its expense. */
static const double slow_seconds = 1;

/* What it has not read is not kept for it. */
void guest_cut_off(guest *g)
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
    if (g->doing == SENDING && (double) g->bytes < GUESTS_LEAST_RATE * age) return 2;
    return g->doing == READING && age > GUESTS_BODY_SECONDS;
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

void guests_make_room(guests *all, double now)
{
    guest *worst;

    for (int n = count_all(all, NULL); n > GUESTS_CROWD; n--)
        if ((worst = most_dispensable(all, now, false))) guest_cut_off(worst);
        else return;
}

bool guests_are_many(const guests *all)
{
    return count_all(all, NULL) > GUESTS_FEW;
}

bool guest_may_come(const guest *g)
{
    return !g->foreign || count_all(g->all, g) < GUESTS_OF_ONE;
}

bool guest_may_upload(guest *g)
{
    guest *worst;

    if (g->foreign && count(g->all, g, true) >= GUESTS_UPLOADS_OF_ONE) return false;
    if (count(g->all, NULL, true) < GUESTS_UPLOADS) return true;
    if (!(worst = most_dispensable(g->all, seconds_now(), true))) return false;
    guest_cut_off(worst);
    return true;
}

/* Those who have gone are noticed only when there is something to tell them. */
bool guest_may_watch(guest *g)
{
    for (guest *other = g->all->first; other; other = other->next)
        if (!other->gone && other->doing == WATCHING && has_hung_up(other))
            guest_cut_off(other);
    return count(g->all, NULL, false) < GUESTS_STREAMS
        && !(g->foreign && count(g->all, g, false) >= GUESTS_STREAMS_OF_ONE);
}
