/* whole_file.h - text files that appear whole or not at all. */
#ifndef IMP_WHOLE_FILE_H
#define IMP_WHOLE_FILE_H

#include <stddef.h>

/* Both return an exit status. The first says beforehand whether the second has a chance. */
int whole_file_can_write(const char *path);
int whole_file_write(const char *path, const char *data, size_t len);

#endif
