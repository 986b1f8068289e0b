/* store_changes.c - what changes about the jobs that the store knows, until they go. */
#include "studio/fail.h"
#include "studio/store_parts.h"

imp_status store_job_state(store *s, int64_t id, job_state state, const char *error,
                           imp_error *err)
{
    imp_status status;

    pthread_mutex_lock(&s->lock);
    if (job_is_over(state))
        status = database_run(s->db, err, "UPDATE jobs SET state = ?, error = ?, finished = ?,"
                              " bytes = ? WHERE id = ?", "itdii", (int64_t) state,
                              error ? error : "", store_now(), store_job_bytes(s, id, state),
                              id);
    else
        status = database_run(s->db, err, "UPDATE jobs SET state = ?, error = ?, bytes = ?"
                              " WHERE id = ?", "itii", (int64_t) state, error ? error : "",
                              store_job_bytes(s, id, state), id);
    if (status == IMP_OK && job_is_over(state)) store_job_drop_files(s, id, &state);
    pthread_mutex_unlock(&s->lock);
    return status;
}

imp_status store_job_change(store *s, int64_t id, const job_change *change, imp_error *err)
{
    imp_status status;

    pthread_mutex_lock(&s->lock);
    status = database_run(s->db, err, "UPDATE jobs SET name = coalesce(?1, name),"
                          " pinned = iif(?2 < 0, pinned, ?2), priority = iif(?4, ?5, priority)"
                          " WHERE id = ?3", "tiiii", change->name, (int64_t) change->pinned,
                          id, (int64_t) !!change->priority,
                          (int64_t) (change->priority ? *change->priority : 0));
    pthread_mutex_unlock(&s->lock);
    return status;
}

static imp_status change_weights(store *s, const job *j, const char *before, imp_error *err)
{
    imp_status status;

    TRY(database_run(s->db, err, "BEGIN IMMEDIATE", ""));
    TRY(database_run(s->db, err, "UPDATE jobs SET params = ?, kept = iif(kept = '', ?, kept)"
                     " WHERE id = ?", "tti", j->params, before, j->id));
    for (int i = 0; i < j->styles; i++)
        TRY(database_run(s->db, err, "UPDATE styles SET weight = ? WHERE job = ? AND"
                         " place = ?", "dii", j->style[i].weight, j->id, (int64_t) i));
    TRY(database_run(s->db, err, "COMMIT", ""));

done:
    return store_undo(s, status);
}

imp_status store_job_weights(store *s, const job *j, const char *before, imp_error *err)
{
    imp_status status;

    pthread_mutex_lock(&s->lock);
    status = change_weights(s, j, before, err);
    pthread_mutex_unlock(&s->lock);
    return status;
}

imp_status store_job_weights_kept(store *s, int64_t id, imp_error *err)
{
    imp_status status;

    pthread_mutex_lock(&s->lock);
    status = database_run(s->db, err, "UPDATE jobs SET kept = '' WHERE id = ?", "i", id);
    pthread_mutex_unlock(&s->lock);
    return status;
}

imp_status store_job_threads(store *s, int64_t id, int threads, imp_error *err)
{
    imp_status status;

    pthread_mutex_lock(&s->lock);
    status = database_run(s->db, err, "UPDATE jobs SET threads = ? WHERE id = ?", "ii",
                          (int64_t) threads, id);
    pthread_mutex_unlock(&s->lock);
    return status;
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
