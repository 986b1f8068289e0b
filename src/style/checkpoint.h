/* checkpoint.h - the file that a painter is kept in: a stream of bytes, whole or refused.
 *
 * Eight bytes that say what it is, the stream, its length with those eight, and a check sum of
 * all that. Numbers are as this machine has them. */
#ifndef IMP_CHECKPOINT_H
#define IMP_CHECKPOINT_H

#include <impasto/base.h>

typedef struct imp_checkpoint imp_checkpoint;

/* For writing: nothing is there under its name until imp_checkpoint_end(). For reading: all of
 * it has been read once, and nothing is missing or damaged.
 * Ownership: the caller owns *out: imp_checkpoint_free(); `file` must last as long.
 * Errors: IMP_EIO, IMP_ENOMEM, IMP_EFORMAT (torn, damaged, not such a file, or of another
 * version). Messages begin with the file's name. */
imp_status imp_checkpoint_create(imp_checkpoint **out, const char *file, imp_error *err);
imp_status imp_checkpoint_open(imp_checkpoint **out, const char *file, imp_error *err);

/* Writes or reads the next bytes of the stream, for archives. */
bool imp_checkpoint_move(void *checkpoint, void *data, size_t size);

/* What is known of a failed move better than by whom it was called; else as imp_fail_at(). */
imp_status imp_checkpoint_fail(const imp_checkpoint *checkpoint, imp_status status,
                               imp_error *err);

/* Writing: the file appears under its name. Reading: IMP_EFORMAT if the stream goes on. */
imp_status imp_checkpoint_end(imp_checkpoint *checkpoint, imp_error *err);

/* Leaves nothing behind of one that was not ended. */
void imp_checkpoint_free(imp_checkpoint *checkpoint);

#endif
