/* disk.c - see disk.h. */
#include "studio/disk.h"

#include <pthread.h>
#include <stdlib.h>

#include "studio/fail.h"

struct disk {
    store *store;
    events *events;
    uint64_t budget;
    pthread_mutex_t lock;            /* one makes room at a time; guards what is counted */
    int64_t jobs_gone, pictures_gone;
};

disk *disk_new(store *s, events *e, uint64_t budget)
{
    disk *d = calloc(1, sizeof *d);

    if (!d) return NULL;
    d->store = s;
    d->events = e;
    d->budget = budget;
    pthread_mutex_init(&d->lock, NULL);
    return d;
}

void disk_free(disk *d)
{
    if (!d) return;
    pthread_mutex_destroy(&d->lock);
    free(d);
}

uint64_t disk_used(const store_use *use)
{
    return use->pictures + use->masks + use->results + use->checkpoints + use->database;
}

imp_status disk_look(disk *d, disk_state *out, imp_error *err)
{
    *out = (disk_state) { .budget = d->budget };
    pthread_mutex_lock(&d->lock);
    out->jobs_gone = d->jobs_gone;
    out->pictures_gone = d->pictures_gone;
    pthread_mutex_unlock(&d->lock);
    return store_use_of(d->store, &out->use, err);
}

/* Megabytes. */
static double mb(uint64_t bytes)
{
    return (double) bytes / 1e6;
}

imp_status disk_check(disk *d, uint64_t more, imp_error *err)
{
    store_use use;
    const imp_status status = store_use_of(d->store, &use, err);

    if (status != IMP_OK || use.kept + more <= d->budget) return status;
    return studio_fail(err, IMP_ELIMIT, "no room for %.1f MB: of the studio's %.1f MB, "
                       "%.1f MB are pinned or of jobs that are not over; unpin or remove "
                       "some, or begin it with a larger --disk", mb(more), mb(d->budget),
                       mb(use.kept));
}

imp_status disk_make_room(disk *d, const store_spared *spare, imp_error *err)
{
    store_gone gone = { .any = true };
    store_use use;
    uint64_t used;
    imp_status status;

    pthread_mutex_lock(&d->lock);
    TRY(store_use_of(d->store, &use, err));
    used = disk_used(&use);
    while (used > d->budget && gone.any) {
        TRY(store_drop(d->store, &gone, spare, err));
        used -= gone.bytes < used ? gone.bytes : used;
        if (gone.any) events_removed(d->events, gone.job, gone.picture);
        d->jobs_gone += gone.any && gone.job;
        d->pictures_gone += gone.any && !gone.job;
    }

done:
    pthread_mutex_unlock(&d->lock);
    return status;
}
