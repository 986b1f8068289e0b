/* folder.h - the folder that a store lives in. */
#ifndef STUDIO_FOLDER_H
#define STUDIO_FOLDER_H

#include <impasto/base.h>

/* Makes it and the rooms in it, open to nobody else, empties incoming/, and locks it: *lock is
 * a file to be closed at the end. IMP_EIO. */
IMP_MUST_CHECK imp_status folder_take(int *lock, const char *folder, imp_error *err);

#endif
