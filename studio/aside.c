/* aside.c - see aside.h. */
#include "studio/aside.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "studio/fail.h"

/* More than that are not kept waiting. */
enum { WAITING = 8 };

typedef struct piece {
    struct piece *next;
    void (*work)(void *user);
    void *user;
    bool done;
} piece;

struct aside {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t change;
    piece *first, **last;
    int waiting, niceness;
    bool started, quit;
};

static piece *next_piece(aside *a)
{
    piece *p;

    while (!(p = a->first) && !a->quit) pthread_cond_wait(&a->change, &a->lock);
    if (!p) return NULL;
    if (!(a->first = p->next)) a->last = &a->first;
    return p;
}

/* On Linux a priority is that of the thread that asks for it and of those that it starts. */
static void *run(void *user)
{
    aside *a = user;
    piece *p;

    if (a->niceness) setpriority(PRIO_PROCESS, 0, a->niceness);
    pthread_mutex_lock(&a->lock);
    while ((p = next_piece(a))) {
        pthread_mutex_unlock(&a->lock);
        p->work(p->user);
        pthread_mutex_lock(&a->lock);
        p->done = true;
        pthread_cond_broadcast(&a->change);
    }
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

imp_status aside_new(aside **out, int niceness, imp_error *err)
{
    aside *a = calloc(1, sizeof *a);

    *out = NULL;
    if (!a) return studio_fail(err, IMP_ENOMEM, "no memory for the studio");
    a->last = &a->first;
    a->niceness = niceness;
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->change, NULL);
    if (pthread_create(&a->thread, NULL, run, a)) {
        aside_free(a);
        return studio_fail(err, IMP_ENOMEM, "no thread beside the painting");
    }
    a->started = true;
    *out = a;
    return IMP_OK;
}

void aside_free(aside *a)
{
    if (!a) return;
    pthread_mutex_lock(&a->lock);
    a->quit = true;
    pthread_cond_broadcast(&a->change);
    pthread_mutex_unlock(&a->lock);
    if (a->started) pthread_join(a->thread, NULL);
    pthread_cond_destroy(&a->change);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

bool aside_do(aside *a, void (*work)(void *user), void *user)
{
    piece mine = { .work = work, .user = user };
    bool taken;

    pthread_mutex_lock(&a->lock);
    if ((taken = a->waiting < WAITING)) {
        a->waiting++;
        *a->last = &mine;
        a->last = &mine.next;
        pthread_cond_broadcast(&a->change);
        while (!mine.done) pthread_cond_wait(&a->change, &a->lock);
        a->waiting--;
    }
    pthread_mutex_unlock(&a->lock);
    return taken;
}
