/* store_room.c - what the store takes on the disk, and what of it may go first. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "studio/fail.h"
#include "studio/store_parts.h"

/* --- How much ---------------------------------------------------------------------------- */

static uint64_t bytes_in(const store *s, const char *room)
{
    char *path = store_path(s, room, "", "");
    DIR *folder = path ? opendir(path) : NULL;
    const struct dirent *entry;
    uint64_t bytes = 0;
    struct stat st;

    while (folder && (entry = readdir(folder)))
        if (!fstatat(dirfd(folder), entry->d_name, &st, AT_SYMLINK_NOFOLLOW)
            && S_ISREG(st.st_mode)) bytes += (uint64_t) st.st_size;
    if (folder) closedir(folder);
    free(path);
    return bytes;
}

/* The sign keeps SQLite from the index by state, which has nothing else that is looked at. */
#define OVER "+state IN (3, 4, 5)"
_Static_assert(JOB_DONE == 3 && JOB_FAILED == 4 && JOB_CANCELLED == 5, "as OVER has them");

/* Sums over all pictures or jobs; *out gets up to two of them. */
static imp_status sums(store *s, uint64_t *a, uint64_t *b, const char *sql, imp_error *err)
{
    sqlite3_stmt *query;
    imp_status status = database_query(&query, s->db, err, sql, "");

    if (status == IMP_OK && database_row(query)) {
        *a += (uint64_t) sqlite3_column_int64(query, 0);
        if (b) *b += (uint64_t) sqlite3_column_int64(query, 1);
    }
    return database_done(query, status, s->db, err);
}

/* In use: what was freed within its file will be used again. */
static imp_status bytes_of_database(store *s, uint64_t *bytes, imp_error *err)
{
    imp_status status;

    pthread_mutex_lock(&s->lock);
    status = sums(s, bytes, NULL, "SELECT (page_count - freelist_count) * page_size FROM"
                  " pragma_page_count, pragma_freelist_count, pragma_page_size", err);
    pthread_mutex_unlock(&s->lock);
    return status;
}

imp_status store_use_of(store *s, store_use *out, imp_error *err)
{
    imp_status status;

    *out = (store_use) { .checkpoints = bytes_in(s, "checkpoints") };
    if ((status = bytes_of_database(s, &out->database, err)) != IMP_OK) return status;
    out->kept = out->checkpoints + out->database;
    pthread_mutex_lock(&s->lock);
    TRY(sums(s, &out->pictures, &out->masks,
             "SELECT sum(stored) FILTER (WHERE role = 0), sum(stored) FILTER (WHERE role = 1)"
             " FROM pictures", err));
    TRY(sums(s, &out->results, &out->pinned,
             "SELECT sum(bytes), sum(bytes) FILTER (WHERE pinned) FROM jobs", err));
    TRY(sums(s, &out->kept, NULL, "SELECT sum(bytes) FROM jobs WHERE pinned OR NOT " OVER,
             err));
    TRY(sums(s, &out->kept, NULL, "SELECT sum(stored) FROM pictures WHERE id IN (SELECT"
             " picture FROM uses JOIN jobs ON id = job WHERE pinned OR NOT " OVER ")", err));

done:
    pthread_mutex_unlock(&s->lock);
    return status;
}

/* --- What goes --------------------------------------------------------------------------- */

/* The oldest job that may go; 0 if there is none. */
static imp_status oldest_job(store *s, store_gone *gone, bool with_files, int64_t spare,
                             imp_error *err)
{
    sqlite3_stmt *query;
    imp_status status;

    pthread_mutex_lock(&s->lock);
    status = database_query(&query, s->db, err, "SELECT id, bytes FROM jobs WHERE pinned = 0"
                            " AND " OVER " AND bytes >= ? AND id <> ? ORDER BY finished, id"
                            " LIMIT 1", "ii", (int64_t) with_files, spare);
    if (status == IMP_OK && (gone->any = database_row(query))) {
        gone->job = sqlite3_column_int64(query, 0);
        gone->bytes = (uint64_t) sqlite3_column_int64(query, 1);
    }
    status = database_done(query, status, s->db, err);
    pthread_mutex_unlock(&s->lock);
    return status;
}

static imp_status oldest_picture(store *s, store_gone *gone, const char *spare, imp_error *err)
{
    sqlite3_stmt *query;
    imp_status status;

    pthread_mutex_lock(&s->lock);
    status = database_query(&query, s->db, err, "SELECT id, stored FROM pictures WHERE id <> ?"
                            " AND NOT EXISTS (SELECT 1 FROM uses WHERE picture = id)"
                            " ORDER BY touched, place LIMIT 1", "t", spare);
    if (status == IMP_OK && (gone->any = database_row(query))) {
        database_text(gone->picture, sizeof gone->picture, query, 0);
        gone->bytes = (uint64_t) sqlite3_column_int64(query, 1);
    }
    status = database_done(query, status, s->db, err);
    pthread_mutex_unlock(&s->lock);
    return status;
}

/* Jobs that left no files go last: only for the pictures that they use. */
imp_status store_drop(store *s, store_gone *gone, const store_spared *spare, imp_error *err)
{
    uint64_t before = 0, after = 0;
    imp_status status;
    bool removed;

    *gone = (store_gone) { 0 };
    TRY(bytes_of_database(s, &before, err));
    TRY(oldest_job(s, gone, true, spare->job, err));
    if (!gone->any) TRY(oldest_picture(s, gone, spare->picture, err));
    if (!gone->any) TRY(oldest_job(s, gone, false, spare->job, err));
    if (gone->job) TRY(store_job_remove(s, gone->job, err));
    else if (gone->any) TRY(store_picture_remove(s, gone->picture, &removed, err));
    TRY(bytes_of_database(s, &after, err));
    gone->bytes += before > after ? before - after : 0;

done:
    return status;
}
