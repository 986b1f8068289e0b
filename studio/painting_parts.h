/* painting_parts.h - what the files of the painting share. All of it is for the thread that
 * paints, without the lock. */
#ifndef STUDIO_PAINTING_PARTS_H
#define STUDIO_PAINTING_PARTS_H

#include "studio/worker_parts.h"

/* What goes wrong while nobody is there to be told is no reason to end a painting. */
void painting_grumble(const seat *s, const char *what, const imp_error *err);

/* Whether the seat's job has begun, from its checkpoint if it has one; if not, the seat is
 * gone: painting_begin.c. */
bool painting_begin(worker *w, seat *s);

/* With what there is to be kept of it. The seat is then gone. */
void painting_end(worker *w, seat *s, job_state state, const char *error);

/* How far it is, for who asks, and for who watches; painting_shown.c. */
void painting_note(worker *w, seat *s);
void painting_note_losses(worker *w, seat *s);
void painting_tell(worker *w, seat *s);

/* A preview of it, if the last one is old enough. */
void painting_show(worker *w, seat *s);

/* The picture as it stands, as a result; painting_kept.c. */
IMP_MUST_CHECK imp_status painting_keep_picture(worker *w, seat *s, imp_error *err);

/* The last preview is what there is to be seen of a painting that failed. */
void painting_keep_preview(worker *w, seat *s);

/* Into the database. */
void painting_save_progress(worker *w, const seat *s);
void painting_save_losses(worker *w, seat *s);

/* A checkpoint. */
IMP_MUST_CHECK imp_status painting_save(worker *w, seat *s, imp_error *err);

/* Whether it is time for one: so seldom that the paintings' time is not spent on it. */
bool painting_save_is_due(const worker *w, const seat *s);

/* The weights that were last asked for count from the next step on; painting_weights.c. */
void painting_follow_weights(worker *w, seat *s);

/* Up to its present step it has been painted with these. */
void painting_note_weights(worker *w, seat *s, const imp_loss_weights *weights);

/* No step is to come that others could count for: those that were asked for are taken back,
 * and no more are taken. */
void painting_settle_weights(worker *w, seat *s);

/* Nobody changes the weights between these two. */
void painting_hold_weights(worker *w, seat *s);
void painting_release_weights(worker *w, seat *s);

#endif
