/* disk.h - how much the studio keeps on the disk, and what goes when that is too much: first
 * the oldest jobs that are over and not pinned, with their files, then the pictures and masks
 * that no job uses, those first that were handed over longest ago. */
#ifndef STUDIO_DISK_H
#define STUDIO_DISK_H

#include "studio/events.h"
#include "studio/store.h"

typedef struct disk disk;

/* Borrows both; who watches is told what goes. NULL: no memory. */
disk *disk_new(store *s, events *e, uint64_t budget);
void disk_free(disk *d);

typedef struct disk_state {
    store_use use;
    uint64_t budget;
    int64_t jobs_gone, pictures_gone;   /* to make room, since the program began */
} disk_state;

/* All of it. */
uint64_t disk_used(const store_use *use);

IMP_MUST_CHECK imp_status disk_look(disk *d, disk_state *out, imp_error *err);

/* IMP_ELIMIT if `more` bytes could not be kept whatever goes; *err says why and what to do. */
IMP_MUST_CHECK imp_status disk_check(disk *d, uint64_t more, imp_error *err);

/* To be called after something has come: others go until what is there is no more than the
 * budget, or nothing is left that may go. `spare` stays. Any thread. */
IMP_MUST_CHECK imp_status
disk_make_room(disk *d, const store_spared *spare, imp_error *err);

#endif
