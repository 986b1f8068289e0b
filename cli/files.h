/* files.h - the files of a command, held against each other before any work is done. */
#ifndef IMP_FILES_H
#define IMP_FILES_H

#include <stdbool.h>

/* A file that will be written, and with what: "the log". No path: it will not be. */
typedef struct output_file { const char *path, *holds; } output_file;

/* Refuses an output that is one of the inputs or another output, standard input read twice,
 * standard output that is a terminal. `in` may hold NULL. Returns an exit status. */
int files_check(const char *const *in, int n_in, const output_file *out, int n_out);

/* Whether both names lead to one regular file, be it there or yet to be written. */
bool files_same(const char *a, const char *b);

/* The folder that a file is in; what does not fit is cut off. */
enum { FILES_PATH = 4096 };
const char *files_folder(char folder[FILES_PATH], const char *path);

#endif
