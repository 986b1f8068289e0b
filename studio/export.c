/* export.c - see export.h. Pictures are packed already, so nothing is packed again. */
#include "studio/export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

#include "studio/command.h"
#include "studio/fail.h"

static imp_status failed(zip_t *zip, imp_error *err)
{
    return studio_fail(err, IMP_EIO, "the export: %s", zip_strerror(zip));
}

/* Takes the source. */
static imp_status add(zip_t *zip, zip_source_t *source, const char *name, imp_error *err)
{
    const zip_int64_t i = source ? zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8) : -1;

    if (i < 0) {
        const imp_status status = failed(zip, err);
        zip_source_free(source);
        return status;
    }
    return zip_set_file_compression(zip, (zip_uint64_t) i, ZIP_CM_STORE, 0) ? failed(zip, err)
                                                                            : IMP_OK;
}

/* Takes `path`, which is NULL if there was no memory for it. */
static imp_status add_file(zip_t *zip, char *path, const char *name, imp_error *err)
{
    const imp_status status =
        path ? add(zip, zip_source_file(zip, path, 0, -1), name, err)
             : studio_fail(err, IMP_ENOMEM, "no memory for the name of a file");

    free(path);
    return status;
}

/* The text has to last until the archive is closed. */
static imp_status add_text(zip_t *zip, const char *text, const char *name, imp_error *err)
{
    return add(zip, zip_source_buffer(zip, text, strlen(text), 0), name, err);
}

static imp_status fill(zip_t *zip, store *s, const job *j, const job_names *names,
                       const char *command, imp_error *err)
{
    char result[FILE_NAME + 8];
    imp_status status;

    snprintf(result, sizeof result, "%s.png", names->result);
    TRY(add_file(zip, store_result_path(s, j->id, ".png"), result, err));
    for (int i = 0; i < names->n; i++)
        TRY(add_file(zip, store_path(s, "pictures", names->file[i].picture.id, ""),
                     names->file[i].name, err));
    TRY(add_text(zip, j->params, "params.json", err));
    TRY(add_text(zip, command, "command.txt", err));

done:
    return status;
}

static imp_status write_zip(const char *path, store *s, const job *j, const job_names *names,
                            const char *command, imp_error *err)
{
    int code;
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
    imp_status status;

    if (!zip) return studio_fail(err, IMP_EIO, "the export: it cannot be begun (%d)", code);
    TRY(fill(zip, s, j, names, command, err));
    if (zip_close(zip)) TRY(failed(zip, err));
    return IMP_OK;

done:
    zip_discard(zip);
    return status;
}

imp_status export_job(char **path, store *s, const job *j, const job_names *names,
                      imp_error *err)
{
    char *command = NULL;
    int fd = -1;
    imp_status status;

    *path = NULL;
    TRY(command_of(&command, s, j, names, err));
    if (asprintf(path, "%s/export.XXXXXX", store_incoming(s)) < 0) {
        *path = NULL;
        TRY(studio_fail(err, IMP_ENOMEM, "no memory for the name of a file"));
    }
    if ((fd = mkostemp(*path, O_CLOEXEC)) < 0)
        TRY(studio_fail(err, IMP_EIO, "the studio's folder: %s", strerror(errno)));
    TRY(write_zip(*path, s, j, names, command, err));

done:
    if (fd >= 0) close(fd);
    if (status != IMP_OK && fd >= 0) unlink(*path);
    if (status != IMP_OK) free(*path), *path = NULL;
    free(command);
    return status;
}
