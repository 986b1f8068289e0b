/* pictures.c - see pictures.h. */
#include "studio/pictures.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <impasto/image.h>

#include "studio/fail.h"
#include "studio/hex.h"
#include "studio/shrink.h"

enum { PREVIEW_QUALITY = 85 };

struct pictures {
    store *store;
    decoder *decoder;
    pthread_mutex_t coming_in;       /* held while a picture from outside is looked at */
    pthread_mutex_t one_at_a_time;
};

pictures *pictures_new(store *s)
{
    pictures *all = calloc(1, sizeof *all);

    if (!all) return NULL;
    all->store = s;
    if (!(all->decoder = decoder_new())) {
        free(all);
        return NULL;
    }
    pthread_mutex_init(&all->coming_in, NULL);
    pthread_mutex_init(&all->one_at_a_time, NULL);
    return all;
}

void pictures_free(pictures *all)
{
    if (!all) return;
    pthread_mutex_destroy(&all->one_at_a_time);
    pthread_mutex_destroy(&all->coming_in);
    decoder_free(all->decoder);
    free(all);
}

static imp_status no_memory(imp_error *err)
{
    return studio_fail(err, IMP_ENOMEM, "no memory for a picture");
}

/* --- In ---------------------------------------------------------------------------------- */

/* By its first bytes, as the library goes by; "" if unknown, which it then refuses. */
static void set_type(picture *p, const char *file)
{
    unsigned char first[12] = { 0 };
    FILE *f = fopen(file, "rbe");
    const size_t n = f ? fread(first, 1, sizeof first, f) : 0;
    const char *type = n < sizeof first ? ""
                     : !memcmp(first, "\xff\xd8\xff", 3) ? "image/jpeg"
                     : !memcmp(first, "\x89PNG", 4) ? "image/png"
                     : !memcmp(first, "RIFF", 4) ? "image/webp" : "image/tiff";

    if (f) fclose(f);
    snprintf(p->type, sizeof p->type, "%s", type);
}

static const imp_save_params jpeg = { .format = IMP_FORMAT_JPEG, .depth = 8,
                                      .quality = PREVIEW_QUALITY };

/* Takes `path`, which is NULL if there was no memory for it. */
static imp_status save_small(char *path, const imp_image *image, size_t side, imp_error *err)
{
    imp_image *small = NULL;
    imp_status status = path ? IMP_OK : no_memory(err);

    TRY(status);
    TRY(shrink(&small, image, side, err));
    TRY(imp_image_save(small, path, &jpeg, err));

done:
    imp_image_free(small);
    free(path);
    return status;
}

static imp_status save_thumbnails(const pictures *all, const char *id, const imp_image *image,
                                  imp_error *err)
{
    imp_status status;

    TRY(save_small(store_path(all->store, "thumbnails", id, STORE_MIDDLE), image,
                   THUMBNAIL_MOST, err));
    status = save_small(store_path(all->store, "thumbnails", id, STORE_SMALL), image,
                        THUMBNAIL_SMALL, err);

done:
    return status;
}

/* What is new: decoded to be sure that it can be, with a thumbnail made on the way. */
static imp_status take_in(pictures *all, picture *p, const char *file, imp_error *err)
{
    char *path = store_path(all->store, "pictures", p->id, "");
    imp_image *image = NULL;
    imp_status status = path ? IMP_OK : no_memory(err);

    TRY(status);
    set_type(p, file);
    TRY(decoder_load(all->decoder, &image, &p->width, &p->height, file, THUMBNAIL_MOST, err));
    TRY(save_thumbnails(all, p->id, image, err));
    TRY(store_move(file, path, err));
    TRY(store_picture_add(all->store, p, err));

done:
    imp_image_free(image);
    free(path);
    return status;
}

imp_status pictures_accept(pictures *all, picture *p, bool *is_new, const char *file,
                           imp_error *err)
{
    bool found = false;
    imp_status status;

    pthread_mutex_lock(&all->coming_in);
    *is_new = false;
    TRY(store_picture_touch(all->store, p, &found, err));
    if (!found) TRY(take_in(all, p, file, err));
    *is_new = !found;
    TRY(store_picture_find(all->store, p, &found, p->id, err));
    if (!found) status = studio_fail(err, IMP_ELIMIT, "the picture is gone again: the studio "
                                     "has no room; begin it with a larger --disk");

done:
    pthread_mutex_unlock(&all->coming_in);
    return status;
}

imp_status pictures_load_small(pictures *all, imp_image **out, const char *id, size_t side,
                               imp_error *err)
{
    char *path = store_path(all->store, "pictures", id, "");
    size_t width, height;
    imp_status status;

    *out = NULL;
    if (!path) return no_memory(err);
    status = decoder_load(all->decoder, out, &width, &height, path, side, err);
    free(path);
    return status;
}

imp_status pictures_load(pictures *all, imp_image **out, const char *id, imp_error *err)
{
    return pictures_load_small(all, out, id, 0, err);
}

imp_status pictures_load_mask(pictures *all, imp_mask **out, const char *id, imp_error *err)
{
    imp_image *image;
    imp_status status = pictures_load(all, &image, id, err);

    *out = NULL;
    if (status == IMP_OK) status = imp_mask_from_image(out, image, err);
    imp_image_free(image);
    return status;
}

static void name_by_bytes(picture *p, const void *data, size_t len)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    struct sha256_ctx sha;

    sha256_init(&sha);
    sha256_update(&sha, len, data);
    sha256_digest(&sha, sizeof digest, digest);
    hex_of(p->id, digest, sizeof digest);
    p->bytes = len;
}

/* A new file of these bytes, synced. */
static imp_status write_incoming(const pictures *all, char **file, const void *data,
                                 size_t len, imp_error *err)
{
    bool written = false;
    int fd;

    if (asprintf(file, "%s/mask.XXXXXX", store_incoming(all->store)) < 0) {
        *file = NULL;
        return no_memory(err);
    }
    if ((fd = mkostemp(*file, O_CLOEXEC)) >= 0) {
        written = write(fd, data, len) == (ssize_t) len && !fsync(fd);
        written = !close(fd) && written;
    }
    if (written) return IMP_OK;
    studio_fail(err, IMP_EIO, "the studio's folder: %s", strerror(errno));
    if (fd >= 0) unlink(*file);
    free(*file);
    *file = NULL;
    return IMP_EIO;
}

imp_status pictures_write_mask(pictures *all, char **file, picture *p, const imp_mask *mask,
                               imp_error *err)
{
    const imp_save_params png = { .format = IMP_FORMAT_PNG, .depth = 8, .quality = 95 };
    imp_image *image = NULL;
    void *data = NULL;
    size_t len;
    imp_status status;

    *file = NULL;
    TRY(imp_mask_image(&image, mask, err));
    TRY(imp_image_encode(&data, &len, image, &png, err));
    name_by_bytes(p, data, len);
    status = write_incoming(all, file, data, len, err);

done:
    imp_data_free(data);
    imp_image_free(image);
    return status;
}

/* --- Out --------------------------------------------------------------------------------- */

static bool is_there(char *path)
{
    const bool there = path && !access(path, R_OK);

    free(path);
    return there;
}

imp_status pictures_renew_thumbnails(pictures *all, const picture *p, imp_error *err)
{
    char *path = store_path(all->store, "pictures", p->id, "");
    imp_image *image = NULL;
    size_t width, height;
    imp_status status = path ? IMP_OK : no_memory(err);

    TRY(status);
    if (is_there(store_path(all->store, "thumbnails", p->id, STORE_MIDDLE))
        && is_there(store_path(all->store, "thumbnails", p->id, STORE_SMALL))) goto done;
    TRY(decoder_load(all->decoder, &image, &width, &height, path, THUMBNAIL_MOST, err));
    TRY(save_thumbnails(all, p->id, image, err));

done:
    imp_image_free(image);
    free(path);
    return status;
}

char *pictures_thumbnail_file(const pictures *all, const picture *p, int side)
{
    const int whole = (int) (p->width > p->height ? p->width : p->height);
    const int shown = side < whole ? side : whole;

    if (shown == whole ? whole <= THUMBNAIL_SMALL : shown == THUMBNAIL_SMALL)
        return store_path(all->store, "thumbnails", p->id, STORE_SMALL);
    if (shown == whole || shown == THUMBNAIL_MOST)
        return store_path(all->store, "thumbnails", p->id, STORE_MIDDLE);
    return NULL;
}

imp_status pictures_thumbnail(pictures *all, void **data, size_t *len, const char *id,
                              int side, imp_error *err)
{
    char *path = store_path(all->store, "thumbnails", id,
                            side < THUMBNAIL_SMALL ? STORE_SMALL : STORE_MIDDLE);
    imp_image *image = NULL, *small = NULL;
    imp_status status = path ? IMP_OK : no_memory(err);

    pthread_mutex_lock(&all->one_at_a_time);
    TRY(status);
    TRY(imp_image_load(&image, path, NULL, err));
    TRY(shrink(&small, image, (size_t) side, err));
    TRY(imp_image_encode(data, len, small, &jpeg, err));

done:
    pthread_mutex_unlock(&all->one_at_a_time);
    imp_image_free(small);
    imp_image_free(image);
    free(path);
    return status;
}

/* In place of *image; not made anew if it has this size. */
static imp_status resize(imp_image **image, const imp_size *size, const imp_params *settings,
                         imp_error *err)
{
    const size_t old_width = imp_image_width(*image), old_height = imp_image_height(*image);
    size_t width = old_width, height = old_height;
    imp_image *resized;
    imp_status status;

    imp_size_apply(size, &width, &height);
    if (width == old_width && height == old_height) return IMP_OK;
    if (height > PICTURES_MAX_PIXELS / width)
        return studio_fail(err, IMP_ELIMIT, "size: %zux%zu are more than %llu million pixels",
                           width, height,
                           (unsigned long long) PICTURES_MAX_PIXELS / 1000000);
    status = imp_image_resize(&resized, *image, width, height, settings->filter,
                              settings->linear_light, err);
    if (status != IMP_OK) return status;
    imp_image_free(*image);
    *image = resized;
    return IMP_OK;
}

imp_status pictures_result(pictures *all, void **data, size_t *len, int64_t id,
                           const imp_size *size, const imp_params *settings,
                           const imp_save_params *params, imp_error *err)
{
    char *path = store_result_path(all->store, id, ".png");
    imp_image *image = NULL;
    imp_status status = path ? IMP_OK : no_memory(err);

    pthread_mutex_lock(&all->one_at_a_time);
    TRY(status);
    TRY(imp_image_load(&image, path, NULL, err));
    TRY(resize(&image, size, settings, err));
    TRY(imp_image_encode(data, len, image, params, err));

done:
    pthread_mutex_unlock(&all->one_at_a_time);
    imp_image_free(image);
    free(path);
    return status;
}

imp_status pictures_keep_result(pictures *all, int64_t id, const imp_image *image,
                                imp_error *err)
{
    const imp_save_params png = { .format = IMP_FORMAT_PNG, .depth = 16, .quality = 95 };
    char *path = store_result_path(all->store, id, ".png");
    imp_status status = path ? IMP_OK : no_memory(err);

    TRY(status);
    TRY(save_small(store_result_path(all->store, id, STORE_MIDDLE), image, THUMBNAIL_MOST,
                   err));
    TRY(save_small(store_result_path(all->store, id, STORE_SMALL), image, THUMBNAIL_SMALL,
                   err));
    TRY(imp_image_save(image, path, &png, err));

done:
    free(path);
    return status;
}

imp_status pictures_preview(void **data, size_t *len, const imp_image *image, imp_error *err)
{
    imp_image *small = NULL;
    imp_status status;

    TRY(shrink(&small, image, THUMBNAIL_MOST, err));
    TRY(imp_image_encode(data, len, small, &jpeg, err));

done:
    imp_image_free(small);
    return status;
}
