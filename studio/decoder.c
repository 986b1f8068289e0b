/* decoder.c - see decoder.h: a process is asked for, its end judged, and its answer taken. */
#include "studio/decoder.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "studio/decoder_reply.h"
#include "studio/fail.h"
#include "studio/nursery.h"

/* The second is there for what waits behind a slow one. A process may wait for the processor
 * longer than it uses it. */
enum { AT_ONCE = 2, PATIENCE_SECONDS = 4 * DECODER_SECONDS, SIDE_MOST = 65500 };

struct decoder {
    nursery *nursery;
    pthread_mutex_t lock;
    pthread_cond_t less;
    int busy;
};

decoder *decoder_new(void)
{
    decoder *d = calloc(1, sizeof *d);

    if (!d) return NULL;
    if (!(d->nursery = nursery_new(DECODER_WORD))) {
        free(d);
        return NULL;
    }
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->less, NULL);
    return d;
}

void decoder_free(decoder *d)
{
    if (!d) return;
    nursery_free(d->nursery);
    pthread_cond_destroy(&d->less);
    pthread_mutex_destroy(&d->lock);
    free(d);
}

static void enter(decoder *d)
{
    pthread_mutex_lock(&d->lock);
    while (d->busy == AT_ONCE) pthread_cond_wait(&d->less, &d->lock);
    d->busy++;
    pthread_mutex_unlock(&d->lock);
}

static void leave(decoder *d)
{
    pthread_mutex_lock(&d->lock);
    d->busy--;
    pthread_cond_signal(&d->less);
    pthread_mutex_unlock(&d->lock);
}

/* --- The process ------------------------------------------------------------------------- */

static imp_status judge(const nursery_end *end, imp_error *err)
{
    const int number = WIFSIGNALED(end->state) ? WTERMSIG(end->state) : 0;

    if (end->error)
        return studio_fail(err, end->error == ENOMEM || end->error == EAGAIN ? IMP_ENOMEM
                                                                             : IMP_EIO,
                           "the picture: no process to decode it in: %s",
                           strerror(end->error));
    if (!end->in_time || number == SIGXCPU)
        return studio_fail(err, IMP_ELIMIT, "the picture: decoding it takes more than %d "
                           "seconds; save it anew in another format", DECODER_SECONDS);
    if (number == SIGXFSZ)
        return studio_fail(err, IMP_ELIMIT, "the picture: it is too large when decoded; save "
                           "it smaller");
    if (number == SIGKILL)
        return studio_fail(err, IMP_ENOMEM, "the picture: its decoder was killed, perhaps for "
                           "want of memory; try again, or a smaller picture");
    if (number)
        return studio_fail(err, IMP_EFORMAT, "the picture: its decoder crashed (%s); save it "
                           "anew with another program", strsignal(number));
    if (WEXITSTATUS(end->state))
        return studio_fail(err, IMP_EIO, "the picture: its decoder could not be started");
    return IMP_OK;
}

/* --- Its answer -------------------------------------------------------------------------- */

static imp_status senseless(imp_error *err)
{
    return studio_fail(err, IMP_EFORMAT, "the picture: its decoder made no sense of it");
}

/* From where the last one ended. */
static bool take(int fd, void *data, size_t n)
{
    char *at = data;

    while (n) {
        const ssize_t done = read(fd, at, n);
        if (!done || (done < 0 && errno != EINTR)) return false;
        if (done > 0) at += done, n -= (size_t) done;
    }
    return true;
}

/* Its words, if they are words, with one of the statuses that reading a picture has. */
static imp_status refused(const decoder_reply *reply, imp_error *err)
{
    static const imp_status known[] = { IMP_ELIMIT, IMP_ENOMEM, IMP_EUNSUPPORTED, IMP_EIO };
    imp_status status = IMP_EFORMAT;
    char message[sizeof reply->message];

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (reply->status == (uint32_t) known[i]) status = known[i];
    memcpy(message, reply->message, sizeof message);
    message[sizeof message - 1] = '\0';
    if (strncmp(message, "the picture", 11)) return senseless(err);
    for (char *c = message; *c; c++)
        if ((unsigned char) *c < ' ' || *c == 0x7f) *c = '?';
    return studio_fail(err, status, "%s", message);
}

static bool is_side(uint64_t n)
{
    return n > 0 && n <= SIDE_MOST;
}

/* Whether there can be such a picture, and the bytes are as many as it says. */
static bool is_sound(const decoder_reply *r, size_t side, uint64_t bytes)
{
    if (!is_side(r->width) || !is_side(r->height) || !is_side(r->columns) || !is_side(r->rows)
        || r->width * r->height > DECODER_MAX_PIXELS || r->columns > r->width
        || r->rows > r->height) return false;
    if (side ? r->columns > side || r->rows > side
             : r->columns != r->width || r->rows != r->height) return false;
    return r->has_alpha <= 1 && (r->depth == 8 || r->depth == 16)
        && r->settings <= DECODER_SETTINGS && isfinite(r->density_x) && r->density_x >= 0
        && isfinite(r->density_y) && r->density_y >= 0
        && bytes == sizeof *r + r->columns * r->rows * (r->has_alpha ? 16 : 12) + r->settings;
}

/* Not only in 0 to 1: filters overshoot, and in linear light dark values do so far. */
static bool are_values(const float *x, size_t n)
{
    bool all = true;

    for (size_t i = 0; i < n; i++) all &= isfinite(x[i]) != 0;
    return all;
}

static imp_status take_settings(imp_image *image, int fd, size_t n, imp_error *err)
{
    char *text;
    imp_status status;

    if (!n) return IMP_OK;
    if (!(text = calloc(1, n + 1)))
        return studio_fail(err, IMP_ENOMEM, "the picture: no memory for its settings");
    status = take(fd, text, n) && strlen(text) == n ? imp_image_set_settings(image, text, err)
                                                    : senseless(err);
    free(text);
    return status;
}

static imp_status take_picture(imp_image **out, const decoder_reply *r, int fd, imp_error *err)
{
    const size_t pixels = (size_t) (r->columns * r->rows);
    imp_image *image = NULL;
    imp_status status;

    TRY(imp_image_new(&image, r->columns, r->rows, r->has_alpha, err));
    if (!take(fd, imp_image_rgb(image), 12 * pixels)
        || !are_values(imp_image_rgb(image), 3 * pixels)
        || (r->has_alpha && (!take(fd, imp_image_alpha(image), 4 * pixels)
                             || !are_values(imp_image_alpha(image), pixels))))
        TRY(senseless(err));
    TRY(take_settings(image, fd, r->settings, err));
    imp_image_set_depth(image, (int) r->depth);
    imp_image_set_density(image, r->density_x, r->density_y);
    *out = image;
    image = NULL;

done:
    imp_image_free(image);
    return status;
}

static imp_status take_reply(imp_image **out, size_t *width, size_t *height, int fd,
                             size_t side, imp_error *err)
{
    decoder_reply reply;
    struct stat st;

    if (fstat(fd, &st) || lseek(fd, 0, SEEK_SET) || !take(fd, &reply, sizeof reply))
        return senseless(err);
    if (reply.status != IMP_OK) return refused(&reply, err);
    if (!is_sound(&reply, side, (uint64_t) st.st_size)) return senseless(err);
    *width = (size_t) reply.width;
    *height = (size_t) reply.height;
    return take_picture(out, &reply, fd, err);
}

imp_status decoder_load(decoder *d, imp_image **out, size_t *width, size_t *height,
                        const char *file, size_t side, imp_error *err)
{
    const int in = open(file, O_RDONLY | O_CLOEXEC);
    const int answer = memfd_create("picture", MFD_CLOEXEC);
    imp_status status = IMP_OK;
    nursery_end end;

    *out = NULL;
    if (in < 0 || answer < 0)
        status = studio_fail(err, IMP_EIO, "the picture: %s", strerror(errno));
    TRY(status);
    enter(d);
    end = nursery_do(d->nursery, &(nursery_work) { .in = in, .out = answer, .number = side,
                                                   .seconds = PATIENCE_SECONDS });
    status = judge(&end, err);
    if (status == IMP_OK) status = take_reply(out, width, height, answer, side, err);
    leave(d);

done:
    if (in >= 0) close(in);
    if (answer >= 0) close(answer);
    return status;
}
