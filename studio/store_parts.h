/* store_parts.h - what the files of the store share. */
#ifndef STUDIO_STORE_PARTS_H
#define STUDIO_STORE_PARTS_H

#include <pthread.h>

#include "studio/database.h"
#include "studio/store.h"

struct store {
    sqlite3 *db;
    pthread_mutex_t lock;     /* one statement or transaction at a time */
    char *folder, *incoming;
    int folder_lock;
};

/* Of the pictures that a job in this state keeps. */
int64_t store_job_bytes(const store *s, int64_t id, job_state state);

/* Removes those that a job in this state does not keep; NULL: all of them. */
void store_job_drop_files(const store *s, int64_t id, const job_state *state);

/* Removes what a kill has left: files named like those of pictures or jobs that are not there,
 * or are not to have them. Nothing that is called otherwise. */
void store_sweep(store *s);

/* A job is gone back to a step: the weights of its later ones have not counted. The lock is
 * held, and a transaction open. */
imp_status store_weights_back(store *s, int64_t id, int step, imp_error *err);

/* A statement by itself, as database_run() has it. The lock is not held. */
IMP_MUST_CHECK imp_status store_run(store *s, imp_error *err, const char *sql,
                                    const char *types, ...);

/* Takes back a transaction that has failed; the status is handed on. */
imp_status store_undo(store *s, imp_status status);

/* Seconds since 1970. */
double store_now(void);

/* Room for one more item in an array of `n`; NULL if there is none. */
void *store_grown(void *items, size_t n, size_t size);

#endif
