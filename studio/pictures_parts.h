/* pictures_parts.h - what the files of the pictures share. */
#ifndef STUDIO_PICTURES_PARTS_H
#define STUDIO_PICTURES_PARTS_H

#include <pthread.h>

#include <impasto/image.h>

#include "studio/pictures.h"

struct pictures {
    store *store;
    decoder *decoder;
    pthread_mutex_t coming_in;       /* held while a picture from outside is looked at */
    pthread_mutex_t one_at_a_time;
};

imp_status pictures_no_memory(imp_error *err);

/* Both that are kept. */
IMP_MUST_CHECK imp_status
pictures_save_thumbnails(const pictures *all, const char *id, const imp_image *image,
                         imp_error *err);

#endif
