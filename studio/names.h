/* names.h - what pictures are called as files, from the names that their owners gave them:
 * names that any system takes, and that mean nothing special to a shell or to impasto. */
#ifndef STUDIO_NAMES_H
#define STUDIO_NAMES_H

#include "studio/store.h"

enum { FILE_NAME = 160, JOB_PICTURES = 4 + 3 * IMP_MAX_STYLES };

/* The pictures of a job, each once whatever it is there for. No two names are the same, nor
 * the same but for capitals, nor params.json or command.txt. */
typedef struct job_names {
    char result[FILE_NAME];              /* without an ending */
    struct { picture picture; char name[FILE_NAME]; } file[JOB_PICTURES];
    int n;
} job_names;

/* IMP_EIO, IMP_ENOMEM. */
IMP_MUST_CHECK imp_status
job_names_of(job_names *out, store *s, const job *j, imp_error *err);

/* The name of one of them. */
const char *job_names_find(const job_names *names, const char *id);

/* That of a picture by itself. */
void picture_file_name(char out[FILE_NAME], const picture *p);

#endif
