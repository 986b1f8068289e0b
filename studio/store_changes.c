/* store_changes.c - what changes about the jobs that the store knows, until they go. */
#include <stdlib.h>

#include "studio/fail.h"
#include "studio/store_parts.h"

imp_status store_job_state(store *s, int64_t id, job_state state, const char *error,
                           imp_error *err)
{
    imp_status status;

    pthread_mutex_lock(&s->lock);
    if (job_is_over(state))
        status = database_run(s->db, err, "UPDATE jobs SET state = ?, error = ?, finished = ?,"
                              " bytes = ?, wish = 0 WHERE id = ?", "itdii", (int64_t) state,
                              error ? error : "", store_now(), store_job_bytes(s, id, state),
                              id);
    else
        status = database_run(s->db, err, "UPDATE jobs SET state = ?, error = ?, bytes = ?,"
                              " wish = iif(?, 0, wish) WHERE id = ?", "itiii",
                              (int64_t) state, error ? error : "",
                              store_job_bytes(s, id, state), (int64_t) (state == JOB_PAUSED),
                              id);
    if (status == IMP_OK && job_is_over(state)) store_job_drop_files(s, id, &state);
    pthread_mutex_unlock(&s->lock);
    return status;
}

imp_status store_job_wish(store *s, const job_wish *wished, imp_error *err)
{
    return store_run(s, err, "UPDATE jobs SET wish = ?, wish_step = ? WHERE id = ?",
                     "iii", (int64_t) wished->what, (int64_t) wished->step, wished->job);
}

imp_status store_wishes(store *s, job_wish **out, size_t *n, imp_error *err)
{
    sqlite3_stmt *query;
    imp_status status;
    job_wish *more;

    *out = NULL;
    *n = 0;
    pthread_mutex_lock(&s->lock);
    status = database_query(&query, s->db, err, "SELECT id, wish, wish_step FROM jobs"
                            " WHERE wish <> 0 ORDER BY id DESC", "");
    while (status == IMP_OK && database_row(query)) {
        if ((more = store_grown(*out, *n, sizeof **out)))
            (*out = more)[(*n)++] = (job_wish) { sqlite3_column_int64(query, 0),
                                                 (wish) sqlite3_column_int(query, 1),
                                                 sqlite3_column_int(query, 2) };
        else status = studio_fail(err, IMP_ENOMEM, "no memory for the jobs");
    }
    status = database_done(query, status, s->db, err);
    pthread_mutex_unlock(&s->lock);
    if (status != IMP_OK) free(*out), *out = NULL, *n = 0;
    return status;
}

imp_status store_job_change(store *s, int64_t id, const job_change *change, imp_error *err)
{
    return store_run(s, err, "UPDATE jobs SET name = coalesce(?1, name),"
                     " pinned = iif(?2 < 0, pinned, ?2), priority = iif(?4, ?5, priority)"
                     " WHERE id = ?3", "tiiii", change->name, (int64_t) change->pinned,
                     id, (int64_t) !!change->priority,
                     (int64_t) (change->priority ? *change->priority : 0));
}

imp_status store_job_threads(store *s, int64_t id, int threads, imp_error *err)
{
    return store_run(s, err, "UPDATE jobs SET threads = ? WHERE id = ?", "ii",
                     (int64_t) threads, id);
}

imp_status store_job_remove(store *s, int64_t id, imp_error *err)
{
    imp_status status;

    pthread_mutex_lock(&s->lock);
    status = database_run(s->db, err, "DELETE FROM jobs WHERE id = ?", "i", id);
    if (status == IMP_OK) store_job_drop_files(s, id, NULL);
    pthread_mutex_unlock(&s->lock);
    return status;
}
