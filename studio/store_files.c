/* store_files.c - the files of jobs: their paths, and which of them stay when. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "studio/fail.h"
#include "studio/store_parts.h"

/* The pictures, large and small, as a job ended or as it stood at the last pause; and what its
 * painter goes on from. */
static const struct kind {
    const char *room, *ending;
    bool stays[JOB_CANCELLED + 1];
} kinds[] = {
    { "results", ".png", { [JOB_QUEUED] = true, [JOB_RUNNING] = true, [JOB_PAUSED] = true,
                           [JOB_DONE] = true } },
    { "results", STORE_MIDDLE, { [JOB_QUEUED] = true, [JOB_RUNNING] = true,
                                 [JOB_PAUSED] = true, [JOB_DONE] = true,
                                 [JOB_FAILED] = true } },
    { "results", STORE_SMALL, { [JOB_QUEUED] = true, [JOB_RUNNING] = true, [JOB_PAUSED] = true,
                                [JOB_DONE] = true, [JOB_FAILED] = true } },
    { "checkpoints", "", { [JOB_QUEUED] = true, [JOB_RUNNING] = true, [JOB_PAUSED] = true } },
};

enum { KINDS = sizeof kinds / sizeof *kinds, CHECKPOINT = 3 };

static char *path_of(const store *s, const struct kind *kind, int64_t id)
{
    char name[32];

    snprintf(name, sizeof name, "%lld", (long long) id);
    return store_path(s, kind->room, name, kind->ending);
}

char *store_result_path(const store *s, int64_t id, const char *ending)
{
    int i = 0;

    while (i + 1 < CHECKPOINT && strcmp(ending, kinds[i].ending)) i++;
    return path_of(s, &kinds[i], id);
}

char *store_checkpoint_path(const store *s, int64_t id)
{
    return path_of(s, &kinds[CHECKPOINT], id);
}

static int64_t size_of(const char *path)
{
    struct stat st;

    return stat(path, &st) ? 0 : (int64_t) st.st_size;
}

int64_t store_job_bytes(const store *s, int64_t id, job_state state)
{
    int64_t bytes = 0;

    for (int i = 0; i < CHECKPOINT; i++) {
        char *path = kinds[i].stays[state] ? path_of(s, &kinds[i], id) : NULL;
        if (path) bytes += size_of(path);
        free(path);
    }
    return bytes;
}

void store_job_drop_files(const store *s, int64_t id, const job_state *state)
{
    for (int i = 0; i < KINDS; i++) {
        char *path = state && kinds[i].stays[*state] ? NULL : path_of(s, &kinds[i], id);
        if (path) unlink(path);
        free(path);
    }
}

/* Whether all of it is on the disk. */
static bool write_all(int fd, const unsigned char *data, size_t len)
{
    ssize_t n;

    for (; len > 0; data += n, len -= (size_t) n)
        if ((n = write(fd, data, len)) <= 0) return false;
    return !fsync(fd);
}

imp_status store_job_keep_small(store *s, int64_t id, const void *data, size_t len,
                                imp_error *err)
{
    char *path = store_result_path(s, id, ".jpg");
    char *part = store_path(s, "incoming", "small", ".XXXXXX");
    const int fd = part ? mkostemp(part, O_CLOEXEC) : -1;
    imp_status status = IMP_OK;

    if (!path || fd < 0 || !write_all(fd, data, len))
        status = studio_fail(err, IMP_EIO, "the studio's folder: %s", strerror(errno));
    if (status == IMP_OK) status = store_move(part, path, err);
    if (status != IMP_OK && fd >= 0) unlink(part);
    if (fd >= 0) close(fd);
    free(part);
    free(path);
    return status;
}

/* --- At the start ------------------------------------------------------------------------ */

/* JOB_CANCELLED also if there is no such job: of both nothing stays. */
static job_state state_of(store *s, int64_t id)
{
    sqlite3_stmt *query;
    job_state state = JOB_CANCELLED;
    imp_status status = database_query(&query, s->db, NULL,
                                       "SELECT state FROM jobs WHERE id = ?", "i", id);

    if (status == IMP_OK && database_row(query))
        state = (job_state) sqlite3_column_int(query, 0);
    status = database_done(query, status, s->db, NULL);
    return status == IMP_OK ? state : JOB_RUNNING;
}

/* Where that cannot be told it is. */
static bool is_picture(store *s, const char *id)
{
    picture p;
    bool found;

    return store_picture_find(s, &p, &found, id, NULL) || found;
}

/* Whether a file of this room is named like a picture's, of which there is none. */
static bool is_lost(store *s, const char *room, const char *name)
{
    const size_t n = strspn(name, "0123456789abcdef");
    const char *ending = name + n;
    char id[PICTURE_ID];

    if (n != sizeof id - 1 || (strcmp(room, "pictures")
                               ? strcmp(ending, STORE_MIDDLE) && strcmp(ending, STORE_SMALL)
                               : *ending)) return false;
    memcpy(id, name, n);
    id[n] = '\0';
    return !is_picture(s, id);
}

/* Whether a file of this room is a job's that is not to have it (any more). */
static bool is_left_over(store *s, const char *room, const char *name)
{
    char *ending;
    const int64_t id = strtoll(name, &ending, 10);

    for (int i = 0; *name >= '1' && *name <= '9' && i < KINDS; i++)
        if (!strcmp(kinds[i].room, room) && !strcmp(kinds[i].ending, ending))
            return !kinds[i].stays[state_of(s, id)];
    return false;
}

static void sweep(store *s, const char *room,
                  bool goes(store *s, const char *room, const char *name))
{
    char *path = store_path(s, room, "", "");
    DIR *folder = path ? opendir(path) : NULL;
    const struct dirent *entry;

    while (folder && (entry = readdir(folder)))
        if (goes(s, room, entry->d_name))
            unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder) closedir(folder);
    free(path);
}

void store_sweep(store *s)
{
    sweep(s, "pictures", is_lost);
    sweep(s, "thumbnails", is_lost);
    sweep(s, "results", is_left_over);
    sweep(s, "checkpoints", is_left_over);
}
