/* store.c - see store.h: the folder and its database. */
#include "studio/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "studio/fail.h"
#include "studio/folder.h"
#include "studio/store_parts.h"

/* What was running is queued; what was to be cancelled is, and none of it stays. */
static imp_status begin_again(store *s, imp_error *err)
{
    imp_status status;

    TRY(database_run(s->db, err, "UPDATE jobs SET state = ? WHERE state = ?", "ii",
                     (int64_t) JOB_QUEUED, (int64_t) JOB_RUNNING));
    TRY(database_run(s->db, err, "UPDATE jobs SET state = ?, finished = ?, bytes = 0, wish = 0"
                     " WHERE wish = ?", "idi", (int64_t) JOB_CANCELLED, store_now(),
                     (int64_t) WISH_CANCEL));
    store_sweep(s);

done:
    return status;
}

imp_status store_open(store **out, const char *folder, imp_error *err)
{
    store *s = calloc(1, sizeof *s);
    char *path = NULL;
    imp_status status = IMP_OK;

    *out = NULL;
    if (!s) return studio_fail(err, IMP_ENOMEM, "no memory for the studio");
    pthread_mutex_init(&s->lock, NULL);
    s->folder_lock = -1;
    if (!(s->folder = strdup(folder)) || !(s->incoming = store_path(s, "incoming", "", ""))
        || asprintf(&path, "%s/studio.db", folder) < 0) {
        path = NULL;
        status = studio_fail(err, IMP_ENOMEM, "no memory for the studio");
        goto done;
    }
    TRY(folder_take(&s->folder_lock, folder, err));
    TRY(database_open(&s->db, path, err));
    TRY(begin_again(s, err));
    *out = s;
    s = NULL;

done:
    free(path);
    store_close(s);
    return status;
}

void store_close(store *s)
{
    if (!s) return;
    sqlite3_close(s->db);
    if (s->folder_lock >= 0) close(s->folder_lock);
    pthread_mutex_destroy(&s->lock);
    free(s->incoming);
    free(s->folder);
    free(s);
}

char *store_path(const store *s, const char *room, const char *name, const char *ending)
{
    char *path;

    return asprintf(&path, "%s/%s%s%s%s", s->folder, room, *name ? "/" : "", name, ending) < 0
         ? NULL : path;
}

const char *store_incoming(const store *s)
{
    return s->incoming;
}

imp_status store_move(const char *from, const char *to, imp_error *err)
{
    char *folder = strdup(to);
    int fd = -1;
    bool moved;

    if (!folder) return studio_fail(err, IMP_ENOMEM, "no memory for a file's name");
    *strrchr(folder, '/') = '\0';
    moved = !rename(from, to) && (fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0
          && !fsync(fd);
    if (!moved) studio_fail(err, IMP_EIO, "the studio's folder: %s", strerror(errno));
    if (fd >= 0) close(fd);
    free(folder);
    return moved ? IMP_OK : IMP_EIO;
}

imp_status store_run(store *s, imp_error *err, const char *sql, const char *types, ...)
{
    imp_status status;
    va_list values;

    pthread_mutex_lock(&s->lock);
    va_start(values, types);
    status = database_run_list(s->db, err, sql, types, values);
    va_end(values);
    pthread_mutex_unlock(&s->lock);
    return status;
}

imp_status store_undo(store *s, imp_status status)
{
    if (status != IMP_OK && !sqlite3_get_autocommit(s->db)
        && database_run(s->db, NULL, "ROLLBACK", "") != IMP_OK) return IMP_EIO;
    return status;
}

double store_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

void *store_grown(void *items, size_t n, size_t size)
{
    return n & (n - 1) ? items : realloc(items, (n ? 2 * n : 1) * size);
}
