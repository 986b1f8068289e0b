/* decoder_run.c - the decoding process: a picture from standard input, pixels to standard
 * output. See decoder.h; decoder.c is who reads them. */
#include "studio/decoder.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "studio/confine.h"
#include "studio/decoder_reply.h"
#include "studio/fail.h"
#include "studio/shrink.h"

static const char name[] = "the picture";

/* Room for the largest answer there can be. */
static uint64_t most_bytes(void)
{
    return DECODER_MAX_PIXELS * 4 * sizeof(float) + DECODER_SETTINGS + sizeof(decoder_reply);
}

/* Mapped: a file has no business in memory twice. */
static imp_status read_picture(imp_image **out, imp_error *err)
{
    imp_image_limits limits;
    struct stat st;
    void *data;
    size_t len;
    imp_status status;

    imp_image_limits_init(&limits);
    limits.max_bytes = DECODER_MAX_BYTES;
    limits.max_pixels = DECODER_MAX_PIXELS;
    if (fstat(STDIN_FILENO, &st))
        return studio_fail(err, IMP_EIO, "%s: %s", name, strerror(errno));
    if (!(len = (size_t) st.st_size)) return imp_image_decode(out, "", 0, name, &limits, err);
    data = mmap(NULL, len, PROT_READ, MAP_PRIVATE, STDIN_FILENO, 0);
    if (data == MAP_FAILED)
        return studio_fail(err, IMP_ENOMEM, "%s: %s", name, strerror(errno));
    status = imp_image_decode(out, data, len, name, &limits, err);
    munmap(data, len);
    return status;
}

static bool put(const void *data, size_t n)
{
    const char *at = data;

    while (n) {
        const ssize_t done = write(STDOUT_FILENO, at, n);
        if (done < 0 && errno != EINTR) return false;
        if (done > 0) at += done, n -= (size_t) done;
    }
    return true;
}

static bool put_picture(decoder_reply *reply, const imp_image *image)
{
    const size_t pixels = imp_image_width(image) * imp_image_height(image);
    const float *alpha = imp_image_alpha_const(image);
    const char *settings = imp_image_settings(image);
    const size_t n = settings ? strlen(settings) : 0;

    reply->columns = imp_image_width(image);
    reply->rows = imp_image_height(image);
    reply->has_alpha = alpha != NULL;
    reply->depth = (uint32_t) imp_image_depth(image);
    reply->settings = n <= DECODER_SETTINGS ? (uint32_t) n : 0;
    imp_image_density(image, &reply->density_x, &reply->density_y);
    return put(reply, sizeof *reply) && put(imp_image_rgb_const(image), 12 * pixels)
        && (!alpha || put(alpha, 4 * pixels)) && put(settings, reply->settings);
}

static bool put_refusal(decoder_reply *reply, imp_status status, const imp_error *err)
{
    reply->status = (uint32_t) status;
    memcpy(reply->message, err->message, sizeof reply->message);
    return put(reply, sizeof *reply);
}

int decoder_run(uint64_t side)
{
    decoder_reply reply = { 0 };
    imp_image *image = NULL, *made = NULL;
    const imp_image *wanted;
    imp_error err;
    imp_status status;
    bool said;

    if (!confine(DECODER_SECONDS, most_bytes())) return 1;
    TRY(read_picture(&image, &err));
    reply.width = imp_image_width(image);
    reply.height = imp_image_height(image);
    wanted = image;
    if (side) TRY(shrink(&wanted, &made, image, (size_t) side, &err));

done:
    said = status == IMP_OK ? put_picture(&reply, wanted) : put_refusal(&reply, status, &err);
    imp_image_free(made);
    imp_image_free(image);
    return said ? 0 : 1;
}
