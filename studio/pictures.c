/* pictures.c - pictures and masks that are taken in, and had again: see pictures.h. */
#include "studio/pictures_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "studio/fail.h"
#include "studio/hex.h"

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

imp_status pictures_no_memory(imp_error *err)
{
    return studio_fail(err, IMP_ENOMEM, "no memory for a picture");
}

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

/* What is new: decoded to be sure that it can be, with a thumbnail made on the way. */
static imp_status take_in(pictures *all, picture *p, const char *file, imp_error *err)
{
    char *path = store_path(all->store, "pictures", p->id, "");
    imp_image *image = NULL;
    imp_status status = path ? IMP_OK : pictures_no_memory(err);

    TRY(status);
    set_type(p, file);
    TRY(decoder_load(all->decoder, &image, &p->width, &p->height, file, THUMBNAIL_MOST, err));
    TRY(pictures_save_thumbnails(all, p->id, image, err));
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
    if (!path) return pictures_no_memory(err);
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
        return pictures_no_memory(err);
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
