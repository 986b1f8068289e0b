/* store_jobs.c - the jobs that the store knows. */
#include <stdlib.h>
#include <string.h>

#include "studio/fail.h"
#include "studio/store_parts.h"

const char *job_state_name(job_state state)
{
    static const char *const names[] = { "queued", "running", "paused", "done", "failed",
                                         "cancelled" };

    return names[state];
}

bool job_is_over(job_state state)
{
    return state == JOB_DONE || state == JOB_FAILED || state == JOB_CANCELLED;
}

void job_free(job *j)
{
    free(j->params);
    free(j->kept);
    j->params = j->kept = NULL;
}

bool job_picture_known(job_picture *out, const job *j, int k)
{
    enum { WHOLE = 4, EACH = 3 };
    const int style = k < WHOLE ? -1 : (k - WHOLE) / EACH;
    const job_style *s = &j->style[style < 0 || style >= j->styles ? 0 : style];
    const job_picture whole[WHOLE] = {
        { j->photo, "photo", -1 }, { j->keep, "keep", -1 }, { j->content, "content", -1 },
        { j->init, "init", -1 },
    };
    const job_picture each[EACH] = {
        { s->picture, "picture", style }, { s->mask, "mask", style },
        { s->source, "source", style },
    };

    *out = style < 0 ? whole[k] : each[(k - WHOLE) % EACH];
    return style < j->styles;
}

#define JOB_COLUMNS                                                                \
    "id, state, created, photo, params, step, steps, seconds, left, loss, width, " \
    "height, error, name, pinned, finished, bytes, keep, content, init, priority, " \
    "threads, kept, \"group\""

static imp_status add_styles(store *s, const job *j, imp_error *err)
{
    imp_status status = IMP_OK;

    for (int i = 0; i < j->styles && status == IMP_OK; i++)
        status = database_run(s->db, err,
                              "INSERT INTO styles (job, place, picture, weight, scale,"
                              " mask, source, colours) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                              "iitddttt", j->id, (int64_t) i, j->style[i].picture,
                              j->style[i].weight, j->style[i].scale, j->style[i].mask,
                              j->style[i].source, j->style[i].colours);
    return status;
}

static imp_status add_uses(store *s, const job *j, imp_error *err)
{
    imp_status status = IMP_OK;
    job_picture p;

    for (int k = 0; status == IMP_OK && job_picture_known(&p, j, k); k++)
        if (*p.id)
            status = database_run(s->db, err, "INSERT OR IGNORE INTO uses (picture, job)"
                                  " VALUES (?, ?)", "ti", p.id, j->id);
    return status;
}

imp_status store_job_add(store *s, job *j, imp_error *err)
{
    imp_status status;

    pthread_mutex_lock(&s->lock);
    j->created = store_now();
    TRY(database_run(s->db, err, "BEGIN IMMEDIATE", ""));
    TRY(database_run(s->db, err, "INSERT INTO jobs (state, created, photo, params, keep,"
                     " content, init, priority, \"group\")"
                     " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", "idtttttit",
                     (int64_t) j->state, j->created, j->photo, j->params, j->keep, j->content,
                     j->init, (int64_t) j->priority, j->group));
    j->id = sqlite3_last_insert_rowid(s->db);
    TRY(add_styles(s, j, err));
    TRY(add_uses(s, j, err));
    TRY(database_run(s->db, err, "COMMIT", ""));

done:
    if (status != IMP_OK
        && sqlite3_extended_errcode(s->db) == SQLITE_CONSTRAINT_FOREIGNKEY)
        status = studio_fail(err, IMP_EINVAL, "a picture of the job is not there");
    status = store_undo(s, status);
    pthread_mutex_unlock(&s->lock);
    return status;
}

static imp_status read_styles(store *s, job *j, imp_error *err)
{
    sqlite3_stmt *query;
    imp_status status = database_query(&query, s->db, err, "SELECT picture, weight, scale,"
                                       " mask, source, colours FROM styles WHERE job = ?"
                                       " ORDER BY place", "i", j->id);

    while (status == IMP_OK && j->styles < IMP_MAX_STYLES && database_row(query)) {
        job_style *style = &j->style[j->styles++];
        database_text(style->picture, sizeof style->picture, query, 0);
        style->weight = sqlite3_column_double(query, 1);
        style->scale = sqlite3_column_double(query, 2);
        database_text(style->mask, sizeof style->mask, query, 3);
        database_text(style->source, sizeof style->source, query, 4);
        database_text(style->colours, sizeof style->colours, query, 5);
    }
    return database_done(query, status, s->db, err);
}

static imp_status read_job(store *s, job *j, sqlite3_stmt *query, imp_error *err)
{
    const unsigned char *params = sqlite3_column_text(query, 4);

    *j = (job) {
        .id = sqlite3_column_int64(query, 0),
        .state = (job_state) sqlite3_column_int(query, 1),
        .created = sqlite3_column_double(query, 2),
        .progress = {
            .step = sqlite3_column_int(query, 5), .steps = sqlite3_column_int(query, 6),
            .seconds = sqlite3_column_double(query, 7),
            .left = sqlite3_column_double(query, 8),
            .loss = sqlite3_column_double(query, 9),
            .width = (size_t) sqlite3_column_int64(query, 10),
            .height = (size_t) sqlite3_column_int64(query, 11),
        },
        .pinned = sqlite3_column_int(query, 14),
        .finished = sqlite3_column_double(query, 15),
        .bytes = (uint64_t) sqlite3_column_int64(query, 16),
        .priority = sqlite3_column_int(query, 20), .threads = sqlite3_column_int(query, 21),
    };
    database_text(j->photo, sizeof j->photo, query, 3);
    database_text(j->error, sizeof j->error, query, 12);
    database_text(j->name, sizeof j->name, query, 13);
    database_text(j->keep, sizeof j->keep, query, 17);
    database_text(j->content, sizeof j->content, query, 18);
    database_text(j->init, sizeof j->init, query, 19);
    database_text(j->group, sizeof j->group, query, 23);
    if (!params || !(j->params = strdup((const char *) params))
        || !(j->kept = strdup((const char *) sqlite3_column_text(query, 22))))
        return studio_fail(err, IMP_ENOMEM, "no memory for a job");
    return read_styles(s, j, err);
}

imp_status store_job_find(store *s, job *out, bool *found, int64_t id, imp_error *err)
{
    sqlite3_stmt *query;
    imp_status status;

    *found = false;
    pthread_mutex_lock(&s->lock);
    status = database_query(&query, s->db, err,
                            "SELECT " JOB_COLUMNS " FROM jobs WHERE id = ?", "i", id);
    if (status == IMP_OK && database_row(query)) {
        status = read_job(s, out, query, err);
        if (!(*found = status == IMP_OK)) job_free(out);
    }
    status = database_done(query, status, s->db, err);
    pthread_mutex_unlock(&s->lock);
    return status;
}

imp_status store_jobs(store *s, job **out, size_t *n, const job_state *state, int64_t before,
                      int limit, imp_error *err)
{
    sqlite3_stmt *query;
    imp_status status;
    job *more;

    *out = NULL;
    *n = 0;
    pthread_mutex_lock(&s->lock);
    status = database_query(&query, s->db, err,
                            state ? "SELECT " JOB_COLUMNS " FROM jobs WHERE id < ?1"
                                    " AND state = ?3 ORDER BY id DESC LIMIT ?2"
                                  : "SELECT " JOB_COLUMNS " FROM jobs WHERE id < ?1"
                                    " ORDER BY id DESC LIMIT ?2",
                            state ? "iii" : "ii", before ? before : INT64_MAX,
                            (int64_t) limit, (int64_t) (state ? *state : 0));
    while (status == IMP_OK && database_row(query)) {
        if (!(more = store_grown(*out, *n, sizeof **out)))
            status = studio_fail(err, IMP_ENOMEM, "no memory for the list of jobs");
        else status = read_job(s, &(*out = more)[(*n)++], query, err);
    }
    status = database_done(query, status, s->db, err);
    pthread_mutex_unlock(&s->lock);
    if (status == IMP_OK) return IMP_OK;
    for (size_t i = 0; i < *n; i++) job_free(&(*out)[i]);
    free(*out);
    *out = NULL;
    *n = 0;
    return status;
}

_Static_assert(JOB_QUEUED == 0, "as the query and its index have it");

imp_status store_job_next(store *s, int64_t *id, imp_error *err)
{
    sqlite3_stmt *query;
    imp_status status;

    *id = 0;
    pthread_mutex_lock(&s->lock);
    status = database_query(&query, s->db, err, "SELECT id FROM jobs WHERE state = 0"
                            " ORDER BY priority DESC, id LIMIT 1", "");
    if (status == IMP_OK && database_row(query)) *id = sqlite3_column_int64(query, 0);
    status = database_done(query, status, s->db, err);
    pthread_mutex_unlock(&s->lock);
    return status;
}
