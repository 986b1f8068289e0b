/* command.h - the command that repeats a job. */
#ifndef STUDIO_COMMAND_H
#define STUDIO_COMMAND_H

#include "studio/names.h"

/* "impasto stylize ..." in one line, quoted for a shell, with the files as `names` has them
 * and the settings that are not the preset's. What it cannot repeat stands before it, as a
 * comment. The caller frees *text. IMP_EIO, IMP_ENOMEM. */
IMP_MUST_CHECK imp_status
command_of(char **text, store *s, const job *j, const job_names *names, imp_error *err);

#endif
