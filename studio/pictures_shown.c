/* pictures_shown.c - thumbnails, results and previews, as they are kept and shown: see
 * pictures.h. */
#include "studio/pictures_parts.h"

#include <stdlib.h>
#include <unistd.h>

#include "studio/fail.h"
#include "studio/shrink.h"

enum { PREVIEW_QUALITY = 85 };

static const imp_save_params jpeg = { .format = IMP_FORMAT_JPEG, .depth = 8,
                                      .quality = PREVIEW_QUALITY };

/* Takes the paths, which are NULL if there was no memory for them. */
static imp_status save_both(char *middle, char *small, const imp_image *image, imp_error *err)
{
    imp_image *made[2] = { NULL };
    const imp_image *shown;
    imp_status status = middle && small ? IMP_OK : pictures_no_memory(err);

    TRY(status);
    TRY(shrink(&shown, &made[0], image, THUMBNAIL_MOST, err));
    TRY(imp_image_save(shown, middle, &jpeg, err));
    TRY(shrink(&shown, &made[1], shown, THUMBNAIL_SMALL, err));
    TRY(imp_image_save(shown, small, &jpeg, err));

done:
    imp_image_free(made[1]);
    imp_image_free(made[0]);
    free(small);
    free(middle);
    return status;
}

imp_status pictures_save_thumbnails(const pictures *all, const char *id,
                                    const imp_image *image, imp_error *err)
{
    return save_both(store_path(all->store, "thumbnails", id, STORE_MIDDLE),
                     store_path(all->store, "thumbnails", id, STORE_SMALL), image, err);
}

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
    imp_status status = path ? IMP_OK : pictures_no_memory(err);

    TRY(status);
    if (is_there(store_path(all->store, "thumbnails", p->id, STORE_MIDDLE))
        && is_there(store_path(all->store, "thumbnails", p->id, STORE_SMALL))) goto done;
    TRY(decoder_load(all->decoder, &image, &width, &height, path, THUMBNAIL_MOST, err));
    TRY(pictures_save_thumbnails(all, p->id, image, err));

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
    imp_image *image = NULL, *made = NULL;
    const imp_image *small;
    imp_status status = path ? IMP_OK : pictures_no_memory(err);

    pthread_mutex_lock(&all->one_at_a_time);
    TRY(status);
    TRY(imp_image_load(&image, path, NULL, err));
    TRY(shrink(&small, &made, image, (size_t) side, err));
    TRY(imp_image_encode(data, len, small, &jpeg, err));

done:
    pthread_mutex_unlock(&all->one_at_a_time);
    imp_image_free(made);
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
    imp_status status = path ? IMP_OK : pictures_no_memory(err);

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
    imp_status status = path ? IMP_OK : pictures_no_memory(err);

    TRY(status);
    TRY(save_both(store_result_path(all->store, id, STORE_MIDDLE),
                  store_result_path(all->store, id, STORE_SMALL), image, err));
    TRY(imp_image_save(image, path, &png, err));

done:
    free(path);
    return status;
}

imp_status pictures_preview(void **data, size_t *len, const imp_image *image, imp_error *err)
{
    const imp_image *shown;
    imp_image *made;
    imp_status status;

    TRY(shrink(&shown, &made, image, THUMBNAIL_MOST, err));
    status = imp_image_encode(data, len, shown, &jpeg, err);
    imp_image_free(made);

done:
    return status;
}
