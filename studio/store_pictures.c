/* store_pictures.c - the pictures that the store knows. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "studio/fail.h"
#include "studio/store_parts.h"

#define PICTURE_COLUMNS "id, name, type, width, height, bytes, created, role"

static const char *const roles[] = { "picture", "mask" };

const char *picture_role_name(picture_role role)
{
    return roles[role];
}

bool picture_role_find(picture_role *role, const char *name)
{
    *role = strcmp(name, roles[ROLE_MASK]) ? ROLE_PICTURE : ROLE_MASK;
    return !strcmp(name, roles[*role]);
}

static void read_picture(picture *p, sqlite3_stmt *query)
{
    database_text(p->id, sizeof p->id, query, 0);
    database_text(p->name, sizeof p->name, query, 1);
    database_text(p->type, sizeof p->type, query, 2);
    p->width = (size_t) sqlite3_column_int64(query, 3);
    p->height = (size_t) sqlite3_column_int64(query, 4);
    p->bytes = (uint64_t) sqlite3_column_int64(query, 5);
    p->created = sqlite3_column_double(query, 6);
    p->role = (picture_role) sqlite3_column_int(query, 7);
}

static int64_t size_of(const store *s, const char *room, const char *id, const char *ending)
{
    char *path = store_path(s, room, id, ending);
    struct stat st;
    const int64_t bytes = path && !stat(path, &st) ? st.st_size : 0;

    free(path);
    return bytes;
}

imp_status store_picture_add(store *s, const picture *p, imp_error *err)
{
    const double now = store_now();

    return store_run(s, err, "INSERT OR IGNORE INTO pictures"
                     " (" PICTURE_COLUMNS ", touched, stored)"
                     " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", "tttiiididi", p->id,
                     p->name, p->type, (int64_t) p->width, (int64_t) p->height,
                     (int64_t) p->bytes, now, (int64_t) p->role, now,
                     size_of(s, "pictures", p->id, "")
                     + size_of(s, "thumbnails", p->id, STORE_MIDDLE)
                     + size_of(s, "thumbnails", p->id, STORE_SMALL));
}

imp_status store_picture_touch(store *s, const picture *p, bool *found, imp_error *err)
{
    imp_status status;

    pthread_mutex_lock(&s->lock);
    status = database_run(s->db, err, "UPDATE pictures SET touched = ?, role = min(role, ?),"
                          " name = iif(name = '', ?, name) WHERE id = ?", "ditt",
                          store_now(), (int64_t) p->role, p->name, p->id);
    *found = status == IMP_OK && sqlite3_changes(s->db) > 0;
    pthread_mutex_unlock(&s->lock);
    return status;
}

imp_status store_picture_rename(store *s, const char *id, const char *name, imp_error *err)
{
    imp_status status;

    pthread_mutex_lock(&s->lock);
    status = database_run(s->db, err, "UPDATE pictures SET name = ? WHERE id = ?", "tt", name,
                          id);
    pthread_mutex_unlock(&s->lock);
    return status;
}

static void remove_file(const store *s, const char *room, const char *id, const char *ending)
{
    char *path = store_path(s, room, id, ending);

    if (path) unlink(path);
    free(path);
}

imp_status store_picture_remove(store *s, const char *id, bool *gone, imp_error *err)
{
    imp_status status;

    pthread_mutex_lock(&s->lock);
    status = database_run(s->db, err, "DELETE FROM pictures WHERE id = ?1 AND NOT EXISTS"
                          " (SELECT 1 FROM uses WHERE picture = ?1)", "t", id);
    if ((*gone = status == IMP_OK && sqlite3_changes(s->db) > 0)) {
        remove_file(s, "pictures", id, "");
        remove_file(s, "thumbnails", id, STORE_MIDDLE);
        remove_file(s, "thumbnails", id, STORE_SMALL);
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}

imp_status store_picture_find(store *s, picture *out, bool *found, const char *id,
                              imp_error *err)
{
    sqlite3_stmt *query;
    imp_status status;

    *found = false;
    pthread_mutex_lock(&s->lock);
    status = database_query(&query, s->db, err,
                            "SELECT " PICTURE_COLUMNS " FROM pictures WHERE id = ?", "t", id);
    if (status == IMP_OK && (*found = database_row(query))) read_picture(out, query);
    status = database_done(query, status, s->db, err);
    pthread_mutex_unlock(&s->lock);
    return status;
}

imp_status store_pictures(store *s, picture **out, size_t *n, picture_role role,
                          const char *before, int limit, imp_error *err)
{
    sqlite3_stmt *query;
    imp_status status;
    picture *more;

    *out = NULL;
    *n = 0;
    pthread_mutex_lock(&s->lock);
    status = database_query(&query, s->db, err, "SELECT " PICTURE_COLUMNS " FROM pictures"
                            " WHERE role = ?1 AND (?2 IS NULL OR"
                            " place < (SELECT place FROM pictures WHERE id = ?2))"
                            " ORDER BY place DESC LIMIT ?3", "iti", (int64_t) role, before,
                            (int64_t) limit);
    while (status == IMP_OK && database_row(query)) {
        if (!(more = store_grown(*out, *n, sizeof **out)))
            status = studio_fail(err, IMP_ENOMEM, "no memory for the list of pictures");
        else read_picture(&(*out = more)[(*n)++], query);
    }
    status = database_done(query, status, s->db, err);
    pthread_mutex_unlock(&s->lock);
    if (status != IMP_OK) free(*out), *out = NULL, *n = 0;
    return status;
}
