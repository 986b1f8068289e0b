/* store.h - what the studio remembers: pictures and jobs in a database, their bytes in files.
 *
 * The folder holds studio.db; pictures/SHA256, thumbnails/SHA256.jpg and .256.jpg,
 * results/NUMBER.png, .jpg and .256.jpg, checkpoints/NUMBER of jobs that are not over; and
 * incoming/, which is emptied at each start. A file is whole and synced before its row is
 * written, and the row goes before the file: what a kill leaves between the two is swept at
 * the next start. */
#ifndef STUDIO_STORE_H
#define STUDIO_STORE_H

#include <impasto/style.h>

enum {
    PICTURE_ID = 65, PICTURE_NAME = 256, JOB_NAME = 256, JOB_GROUP = 64, JOB_WORD = 16,
    STORE_LISTED = 1000, JOB_PRIORITY = 100
};

/* A picture, or which part of one counts: the two are listed apart. */
typedef enum picture_role { ROLE_PICTURE, ROLE_MASK } picture_role;

typedef struct picture {
    char id[PICTURE_ID];               /* SHA-256 of its bytes, in hexadecimal digits */
    char name[PICTURE_NAME];           /* that its owner gave it, UTF-8; may be ""    */
    char type[16];                     /* "image/jpeg"                                */
    size_t width, height;
    uint64_t bytes;
    double created;                    /* seconds since 1970                          */
    picture_role role;
} picture;

/* "picture", "mask". */
const char *picture_role_name(picture_role role);

/* False if it is neither. */
bool picture_role_find(picture_role *role, const char *name);

typedef enum job_state {
    JOB_QUEUED, JOB_RUNNING, JOB_PAUSED, JOB_DONE, JOB_FAILED, JOB_CANCELLED
} job_state;

/* What is to become of a job. STOP keeps the picture as it is, CANCEL keeps nothing. */
typedef enum wish { WISH_NONE, WISH_STOP, WISH_PAUSE, WISH_CONTINUE, WISH_CANCEL } wish;

typedef struct job_progress {
    int step, steps;
    double seconds, left, loss;        /* left: below 0 if not known yet */
    size_t width, height;
} job_progress;

typedef struct job_style {
    char picture[PICTURE_ID];
    char mask[PICTURE_ID];             /* of the photograph: where it goes; may be ""       */
    char source[PICTURE_ID];           /* of the painting: what it is taken from; may be "" */
    char colours[JOB_WORD];            /* "cholesky" ...; "": as the settings say           */
    double weight, scale;
} job_style;

typedef struct job {
    int64_t id;
    job_state state;
    double created;
    char photo[PICTURE_ID];
    char keep[PICTURE_ID], content[PICTURE_ID];    /* masks of the photograph; may be "" */
    char init[PICTURE_ID];             /* the start; may be "" */
    job_style style[IMP_MAX_STYLES];
    int styles;
    char *params;                      /* JSON */
    job_progress progress;
    char error[1024];                  /* why it failed, "" if it did not */
    char name[JOB_NAME];               /* UTF-8, may be ""                */
    char group[JOB_GROUP];             /* of those that belong together; may be "" */
    bool pinned;                       /* it stays when room is made      */
    int priority;                      /* at most JOB_PRIORITY, either way: the larger the
                                          sooner                          */
    int threads;                       /* that it was begun with; 0: not yet */
    char *kept;                        /* the weights of its checkpoint, if they are others
                                          than its own: weights_text(); else "" */
    double finished;                   /* seconds since 1970; 0: not yet  */
    uint64_t bytes;                    /* of its files, once it is over   */
} job;

/* "queued" ... "cancelled". */
const char *job_state_name(job_state state);

/* No more will happen to it. */
bool job_is_over(job_state state);

void job_free(job *j);                 /* what it holds, not itself */

/* One of the pictures that a job is made of; the same may come several times. */
typedef struct job_picture {
    const char *id;                    /* lent by the job; "" if it does without */
    const char *member;                /* "photo", "keep", "mask" ... */
    int style;                         /* of which style; -1: of the whole job */
} job_picture;

/* The k-th one, false past the last. */
bool job_picture_known(job_picture *out, const job *j, int k);

/* Any thread may call any of these. Errors are IMP_EIO or IMP_ENOMEM. */
typedef struct store store;

/* Makes the folder, or takes it over from an earlier run, whose running jobs are queued again;
 * those that were to be cancelled are. IMP_EIO also if another process has it, or a newer
 * version of impasto made it. */
IMP_MUST_CHECK imp_status store_open(store **out, const char *folder, imp_error *err);
void store_close(store *s);

/* How JPEGs end of at most 1024 and of at most 256 pixels a side. */
#define STORE_MIDDLE ".jpg"
#define STORE_SMALL ".256.jpg"

/* FOLDER/ROOM/NAME.ENDING; `ending` may be "". The caller frees it. NULL: no memory. */
char *store_path(const store *s, const char *room, const char *name, const char *ending);

/* The picture that a job ended with, or as it stood at its last pause; `ending` is ".png" or,
 * for small ones, STORE_MIDDLE or STORE_SMALL. The caller frees it. NULL: no memory. */
char *store_result_path(const store *s, int64_t id, const char *ending);

/* What a job's painter goes on from. The caller frees it. NULL: no memory. */
char *store_checkpoint_path(const store *s, int64_t id);

const char *store_incoming(const store *s);

/* Renames a whole file and syncs its folder. */
IMP_MUST_CHECK imp_status store_move(const char *from, const char *to, imp_error *err);

IMP_MUST_CHECK imp_status store_picture_add(store *s, const picture *p, imp_error *err);

IMP_MUST_CHECK imp_status
store_picture_find(store *s, picture *out, bool *found, const char *id, imp_error *err);

/* One that may be known was handed over again: it counts as new when room is made, is no mere
 * mask any more if it came as a picture, and gets this name if it had none. */
IMP_MUST_CHECK imp_status
store_picture_touch(store *s, const picture *p, bool *found, imp_error *err);

IMP_MUST_CHECK imp_status
store_picture_rename(store *s, const char *id, const char *name, imp_error *err);

/* With its files. *gone is false if a job uses it, or there is none. */
IMP_MUST_CHECK imp_status
store_picture_remove(store *s, const char *id, bool *gone, imp_error *err);

/* Those of this role, the latest first, at most `limit`; from the one behind `before` on, or
 * the first one if that is NULL. The caller frees *out. */
IMP_MUST_CHECK imp_status
store_pictures(store *s, picture **out, size_t *n, picture_role role, const char *before,
               int limit, imp_error *err);

/* Stores its number in j->id and the time in j->created. IMP_EINVAL if one of its pictures is
 * not there. */
IMP_MUST_CHECK imp_status store_job_add(store *s, job *j, imp_error *err);

/* The caller frees what *out holds, if it was found: job_free(). */
IMP_MUST_CHECK imp_status
store_job_find(store *s, job *out, bool *found, int64_t id, imp_error *err);

/* Those in this state, or all if it is NULL, the latest first, at most `limit`, with numbers
 * below `before` if that is not 0. The caller frees each and *out. */
IMP_MUST_CHECK imp_status
store_jobs(store *s, job **out, size_t *n, const job_state *state, int64_t before, int limit,
           imp_error *err);

/* What its owner says of a job, at any time. */
typedef struct job_change {
    const char *name;                  /* NULL: as it is */
    int pinned;                        /* -1: as it is   */
    const int *priority;               /* NULL: as it is */
} job_change;

IMP_MUST_CHECK imp_status
store_job_change(store *s, int64_t id, const job_change *change, imp_error *err);

/* The weights of j->params and its styles are its own from now on, those of `before` remain
 * its checkpoint's if that has no others yet. */
IMP_MUST_CHECK imp_status
store_job_weights(store *s, const job *j, const char *before, imp_error *err);

/* A checkpoint has been written with the weights that are its own. */
IMP_MUST_CHECK imp_status store_job_weights_kept(store *s, int64_t id, imp_error *err);

/* Weights that counted up to a step, then others: weights_text(). */
typedef struct job_weights { int step; char *text; } job_weights;

/* Up to this step it has been painted with these. Nothing if it is known with which. */
IMP_MUST_CHECK imp_status store_job_weighed(store *s, int64_t id, int step,
                                            const char *weights, imp_error *err);

/* Those of before, in the order of their steps. The caller frees them, also on failure. */
IMP_MUST_CHECK imp_status store_job_weights_before(store *s, job_weights **out, size_t *n,
                                                   int64_t id, imp_error *err);
void store_weights_free(job_weights *all, size_t n);

/* That it is painted with from now on. */
IMP_MUST_CHECK imp_status
store_job_threads(store *s, int64_t id, int threads, imp_error *err);

/* Of the queued ones with the highest priority the one that was made first; 0 if there is
 * none. */
IMP_MUST_CHECK imp_status store_job_next(store *s, int64_t *id, imp_error *err);

/* With the end of a job its files go that it does not keep. What was wished of it is done once
 * it is over or paused. `error` may be NULL. */
IMP_MUST_CHECK imp_status
store_job_state(store *s, int64_t id, job_state state, const char *error, imp_error *err);

/* What is wished of a job, and the step that it had reached then. */
typedef struct job_wish { int64_t job; wish what; int step; } job_wish;

/* Stands until it is done, or WISH_NONE takes its place. */
IMP_MUST_CHECK imp_status store_job_wish(store *s, const job_wish *wished, imp_error *err);

/* All that stand. The caller frees *out. */
IMP_MUST_CHECK imp_status store_wishes(store *s, job_wish **out, size_t *n, imp_error *err);

/* The losses at one step, what the picture was measured at before it, and its size then. */
typedef struct job_loss {
    int step;
    double total, content, style, tv;
    size_t width, height;
} job_loss;

/* Of `n` more steps. To be called before a checkpoint is written, so that none is missing. */
IMP_MUST_CHECK imp_status
store_job_add_losses(store *s, int64_t id, const job_loss *more, size_t n, imp_error *err);

/* Losses and weights of steps that are still to come, from before a checkpoint was gone back
 * to, are forgotten. */
IMP_MUST_CHECK imp_status
store_job_progress(store *s, int64_t id, const job_progress *p, imp_error *err);

/* Those of the steps below `before` that leave this rest when they are divided by `every`. The
 * caller frees *out. */
IMP_MUST_CHECK imp_status
store_job_losses(store *s, job_loss **out, size_t *n, int64_t id, int before, int every,
                 int rest, imp_error *err);

/* Puts a small picture, a JPEG, in the place of the one that the job has. */
IMP_MUST_CHECK imp_status
store_job_keep_small(store *s, int64_t id, const void *data, size_t len, imp_error *err);

/* With its files. */
IMP_MUST_CHECK imp_status store_job_remove(store *s, int64_t id, imp_error *err);

/* Bytes on the disk, those of small copies with them. */
typedef struct store_use {
    uint64_t pictures, masks, results, checkpoints, database;
    uint64_t pinned;                   /* of the results            */
    uint64_t kept;                     /* of all that nothing drops */
} store_use;

IMP_MUST_CHECK imp_status store_use_of(store *s, store_use *out, imp_error *err);

typedef struct store_spared { int64_t job; char picture[PICTURE_ID]; } store_spared;
typedef struct store_gone {
    bool any;
    int64_t job;                       /* or, if it is 0, a picture */
    char picture[PICTURE_ID];
    uint64_t bytes;
} store_gone;

/* Removes what may go first, but not what is spared: an unpinned job that is over, a picture
 * that no job uses. *gone says what it was, if anything. */
IMP_MUST_CHECK imp_status
store_drop(store *s, store_gone *gone, const store_spared *spare, imp_error *err);

#endif
