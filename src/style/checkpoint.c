/* checkpoint.c - see checkpoint.h. */
#include "style/checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/sum.h"

/* The last byte is the format's version. */
static const char MAGIC[8] = { 'i', 'm', 'p', 'a', 's', 't', 'o', 1 };

enum { HEAD = sizeof MAGIC, TAIL = 2 * sizeof(uint64_t), PIECE = 1 << 16 };

struct imp_checkpoint {
    const char *name;
    FILE *in;                /* NULL: it is written */
    imp_new_file out;
    unsigned char *piece;    /* on its way to or from the disk           */
    size_t used;
    uint64_t sum, length;    /* of what has gone to the disk             */
    uint64_t left;           /* of the stream, to be read                */
    imp_error failed;        /* why nothing more can be read or written  */
};

static imp_status begin(imp_checkpoint **out, const char *file, imp_error *err)
{
    imp_checkpoint *c = imp_alloc(1, sizeof *c);

    *out = NULL;
    if (c) *c = (imp_checkpoint) {
        .name = file, .out = { .fd = -1 }, .piece = imp_alloc(PIECE, 1), .sum = IMP_SUM_START,
    };
    if (!c || !c->piece) {
        imp_free(c);
        return imp_fail(err, IMP_ENOMEM, "%s: no memory for a piece of it", file);
    }
    *out = c;
    return IMP_OK;
}

void imp_checkpoint_free(imp_checkpoint *c)
{
    if (!c) return;
    if (c->in) fclose(c->in);
    imp_new_file_drop(&c->out);
    imp_free(c->piece);
    imp_free(c);
}

imp_status imp_checkpoint_fail(const imp_checkpoint *c, imp_status status, imp_error *err)
{
    if (c->failed.status == IMP_OK) return imp_fail_at(err, status, c->name);
    return imp_fail(err, c->failed.status, "%s", c->failed.message);
}

/* --- Writing ----------------------------------------------------------------------------- */

static bool flush(imp_checkpoint *c)
{
    c->sum = imp_sum_on(c->sum, c->piece, c->used);
    c->length += c->used;
    if (imp_new_file_write(&c->out, c->piece, c->used, &c->failed) != IMP_OK) return false;
    c->used = 0;
    return true;
}

static bool put(imp_checkpoint *c, const void *data, size_t size)
{
    const unsigned char *from = data;

    for (size_t n; size > 0; from += n, size -= n) {
        if (c->used == PIECE && !flush(c)) return false;
        n = size < PIECE - c->used ? size : PIECE - c->used;
        memcpy(c->piece + c->used, from, n);
        c->used += n;
    }
    return true;
}

imp_status imp_checkpoint_create(imp_checkpoint **out, const char *file, imp_error *err)
{
    imp_status status = begin(out, file, err);

    if (status == IMP_OK) status = imp_new_file_open(&(*out)->out, file, err);
    if (status == IMP_OK) put(*out, MAGIC, HEAD);
    else {
        imp_checkpoint_free(*out);
        *out = NULL;
    }
    return status;
}

static imp_status end_writing(imp_checkpoint *c, imp_error *err)
{
    const uint64_t length = c->length + c->used;

    if (!put(c, &length, sizeof length) || !flush(c)
        || imp_new_file_write(&c->out, &c->sum, sizeof c->sum, &c->failed) != IMP_OK)
        return imp_checkpoint_fail(c, IMP_EIO, err);
    return imp_new_file_keep(&c->out, err);
}

/* --- Reading ----------------------------------------------------------------------------- */

static imp_status cannot_read(const imp_checkpoint *c, imp_error *err)
{
    return imp_fail(err, IMP_EIO, "%s: %s", c->name,
                    ferror(c->in) ? strerror(errno) : "has changed while it was read");
}

static imp_status find_size(imp_checkpoint *c, uint64_t *size, imp_error *err)
{
    struct stat st;

    c->in = fopen(c->name, "rbe");
    if (!c->in || fstat(fileno(c->in), &st))
        return imp_fail(err, errno == ENOMEM ? IMP_ENOMEM : IMP_EIO, "%s: %s", c->name,
                        strerror(errno));
    if (!S_ISREG(st.st_mode))
        return imp_fail(err, IMP_EIO, "%s: is no regular file, as a checkpoint is", c->name);
    *size = (uint64_t) st.st_size;
    return IMP_OK;
}

/* By its first bytes, the version's aside, or as many as there are. */
static imp_status check_head(imp_checkpoint *c, uint64_t size, imp_error *err)
{
    const size_t n = size < HEAD - 1 ? (size_t) size : HEAD - 1;

    if (fread(c->piece, 1, n, c->in) != n) return cannot_read(c, err);
    if (memcmp(c->piece, MAGIC, n))
        return imp_fail(err, IMP_EFORMAT, "%s: is no checkpoint of impasto", c->name);
    if (size < HEAD + TAIL)
        return imp_fail(err, IMP_EFORMAT, "%s: torn: it ends early", c->name);
    rewind(c->in);
    return IMP_OK;
}

/* Sums up all but the sum itself; its last piece holds the length. */
static imp_status sum_up(imp_checkpoint *c, uint64_t size, imp_error *err)
{
    for (uint64_t left = size - sizeof c->sum; left; left -= c->used) {
        c->used = left < PIECE ? (size_t) left : PIECE;
        if (fread(c->piece, 1, c->used, c->in) != c->used) return cannot_read(c, err);
        c->sum = imp_sum_on(c->sum, c->piece, c->used);
    }
    return IMP_OK;
}

static imp_status check_whole(imp_checkpoint *c, uint64_t size, imp_error *err)
{
    uint64_t tail[2];
    imp_status status = sum_up(c, size, err);

    if (status != IMP_OK) return status;
    if (fseek(c->in, -(long) TAIL, SEEK_END)
        || fread(tail, sizeof *tail, 2, c->in) != 2) return cannot_read(c, err);
    if (tail[0] != size - TAIL)
        return imp_fail(err, IMP_EFORMAT, "%s: torn: its end is not where it should be",
                        c->name);
    if (tail[1] != c->sum)
        return imp_fail(err, IMP_EFORMAT, "%s: damaged: its check sum is wrong", c->name);
    return IMP_OK;
}

/* To the beginning of the stream. */
static imp_status check_version(imp_checkpoint *c, imp_error *err)
{
    rewind(c->in);
    if (fread(c->piece, 1, HEAD, c->in) != HEAD) return cannot_read(c, err);
    if (memcmp(c->piece, MAGIC, HEAD))
        return imp_fail(err, IMP_EFORMAT, "%s: from another version of impasto (format %d, "
                        "this one reads %d)", c->name, c->piece[HEAD - 1], MAGIC[HEAD - 1]);
    return IMP_OK;
}

imp_status imp_checkpoint_open(imp_checkpoint **out, const char *file, imp_error *err)
{
    imp_checkpoint *c = NULL;
    uint64_t size = 0;
    imp_status status;

    *out = NULL;
    TRY(begin(&c, file, err));
    TRY(find_size(c, &size, err));
    TRY(check_head(c, size, err));
    TRY(check_whole(c, size, err));
    TRY(check_version(c, err));
    c->left = size - HEAD - TAIL;
    *out = c;
    c = NULL;
done:
    imp_checkpoint_free(c);
    return status;
}

static bool get(imp_checkpoint *c, void *data, size_t size)
{
    if (size > c->left || fread(data, 1, size, c->in) != size) return false;
    c->left -= size;
    return true;
}

/* --- Either way -------------------------------------------------------------------------- */

bool imp_checkpoint_move(void *checkpoint, void *data, size_t size)
{
    imp_checkpoint *c = checkpoint;

    return c->in ? get(c, data, size) : put(c, data, size);
}

imp_status imp_checkpoint_end(imp_checkpoint *c, imp_error *err)
{
    if (!c->in) return end_writing(c, err);
    if (!c->left) return IMP_OK;
    return imp_fail(err, IMP_EFORMAT, "%s: holds more than a painter's state", c->name);
}
