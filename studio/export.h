/* export.h - all that belongs to a job in one file. */
#ifndef STUDIO_EXPORT_H
#define STUDIO_EXPORT_H

#include "studio/names.h"

/* A new ZIP in the store's incoming/: the result, the pictures, params.json and command.txt.
 * Its name goes to *path; the caller unlinks and frees it. IMP_EIO, IMP_ENOMEM. */
IMP_MUST_CHECK imp_status
export_job(char **path, store *s, const job *j, const job_names *names, imp_error *err);

#endif
