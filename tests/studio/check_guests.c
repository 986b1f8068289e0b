/* check_guests.c - how many may connect, upload and watch at once; who is cut off for others.
 * The deadlines are slow.py's. */
#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include "studio/clock.h"
#include "studio/guests.h"

typedef struct client { int near, far; guest *guest; } client;

static client client_from(guests *all, const char *address)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    int pair[2] = { -1, -1 };
    client c;

    CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    inet_pton(AF_INET, address, &at.sin_addr);
    c = (client) { .near = pair[0], .far = pair[1] };
    c.guest = guest_come(all, c.near, (struct sockaddr *) &at);
    return c;
}

static void leave(client *c)
{
    guest_leave(c->guest);
    close(c->near);
    close(c->far);
}

/* What the client sees: the end of the connection. */
static bool is_cut_off(const client *c)
{
    char byte;

    return recv(c->far, &byte, 1, MSG_DONTWAIT) == 0;
}

static void test_connections_of_one(void)
{
    guests *all = guests_new();
    client c[GUESTS_OF_ONE + 1], other, near;

    for (int i = 0; i <= GUESTS_OF_ONE; i++) c[i] = client_from(all, "192.0.2.1");
    CHECK(!is_cut_off(&c[GUESTS_OF_ONE - 1]) && is_cut_off(&c[GUESTS_OF_ONE]));
    other = client_from(all, "192.0.2.2");
    near = client_from(all, "127.0.0.1");
    CHECK(!is_cut_off(&other) && !is_cut_off(&near));
    leave(&other);
    leave(&near);
    for (int i = 0; i <= GUESTS_OF_ONE; i++) leave(&c[i]);
    guests_free(all);
}

static void test_uploads(void)
{
    guests *all = guests_new();
    client c[GUESTS_UPLOADS + 1];

    for (int i = 0; i <= GUESTS_UPLOADS; i++) c[i] = client_from(all, "127.0.0.1");
    for (int i = 0; i < GUESTS_UPLOADS; i++) CHECK(guest_sends(c[i].guest, true));
    CHECK(!guest_sends(c[GUESTS_UPLOADS].guest, true));
    CHECK(guest_sends(c[GUESTS_UPLOADS].guest, false));
    seconds_sleep(1.2);
    for (int i = 0; i < GUESTS_UPLOADS; i++) if (i != 3) guest_sent(c[i].guest, 1 << 20);
    guest_is_served(c[0].guest);                         /* while its picture is decoded */
    CHECK(guest_sends(c[GUESTS_UPLOADS].guest, true));   /* at the expense of the slow one */
    for (int i = 0; i <= GUESTS_UPLOADS; i++) CHECK(is_cut_off(&c[i]) == (i == 3));
    for (int i = 0; i <= GUESTS_UPLOADS; i++) leave(&c[i]);
    guests_free(all);
}

static void test_of_one_elsewhere(void)
{
    enum { MOST = GUESTS_STREAMS_OF_ONE + 1 };
    guests *all = guests_new();
    client c[MOST];

    for (int i = 0; i < MOST; i++) c[i] = client_from(all, "198.51.100.7");
    for (int i = 0; i < GUESTS_UPLOADS_OF_ONE; i++) CHECK(guest_sends(c[i].guest, true));
    CHECK(!guest_sends(c[GUESTS_UPLOADS_OF_ONE].guest, true));
    for (int i = 0; i < MOST; i++)
        CHECK(guest_watches(c[i].guest) == (i < GUESTS_STREAMS_OF_ONE));
    for (int i = 0; i < MOST; i++) leave(&c[i]);
    guests_free(all);
}

static void test_streams_of_those_who_left(void)
{
    guests *all = guests_new();
    static client c[GUESTS_STREAMS + 1];

    for (int i = 0; i <= GUESTS_STREAMS; i++) c[i] = client_from(all, "127.0.0.1");
    for (int i = 0; i < GUESTS_STREAMS; i++) CHECK(guest_watches(c[i].guest));
    CHECK(!guest_watches(c[GUESTS_STREAMS].guest));
    CHECK(guest_watches(c[0].guest));                    /* who has one keeps it */
    shutdown(c[5].far, SHUT_RDWR);
    CHECK(guest_watches(c[GUESTS_STREAMS].guest));
    for (int i = 0; i <= GUESTS_STREAMS; i++) leave(&c[i]);
    guests_free(all);
}

static void test_room_is_made(void)
{
    guests *all = guests_new();
    static client c[GUESTS_CROWD + 2];

    for (int i = 0; i < GUESTS_CROWD; i++) {
        c[i] = client_from(all, "127.0.0.1");
        if (i < 2) guest_is_served(c[i].guest);
    }
    seconds_sleep(1.2);
    for (int i = GUESTS_CROWD; i < GUESTS_CROWD + 2; i++) c[i] = client_from(all, "127.0.0.1");
    for (int i = 0; i < GUESTS_CROWD + 2; i++)           /* the oldest who say nothing */
        CHECK(is_cut_off(&c[i]) == (i == 2 || i == 3));
    for (int i = 0; i < GUESTS_CROWD + 2; i++) leave(&c[i]);
    guests_free(all);
}

int main(void)
{
    CHECK_RUN(test_connections_of_one);
    CHECK_RUN(test_uploads);
    CHECK_RUN(test_of_one_elsewhere);
    CHECK_RUN(test_streams_of_those_who_left);
    CHECK_RUN(test_room_is_made);
    return check_done();
}
