/* store_weights.c - the weights of jobs: those that count, those that a checkpoint has, and
 * those that counted before. */
#include <stdlib.h>
#include <string.h>

#include "studio/fail.h"
#include "studio/store_parts.h"

/* Where a job is that is not being painted, is known; of one that is, its painting tells. */
static imp_status change_weights(store *s, const job *j, const char *before, imp_error *err)
{
    imp_status status;

    TRY(database_run(s->db, err, "BEGIN IMMEDIATE", ""));
    TRY(database_run(s->db, err, "UPDATE jobs SET params = ?, kept = iif(kept = '', ?, kept)"
                     " WHERE id = ?", "tti", j->params, before, j->id));
    for (int i = 0; i < j->styles; i++)
        TRY(database_run(s->db, err, "UPDATE styles SET weight = ? WHERE job = ? AND"
                         " place = ?", "dii", j->style[i].weight, j->id, (int64_t) i));
    TRY(database_run(s->db, err, "INSERT OR IGNORE INTO changes (job, step, weights)"
                     " SELECT id, step, ? FROM jobs WHERE id = ? AND step > 0 AND state <> ?",
                     "tii", before, j->id, (int64_t) JOB_RUNNING));
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
    return store_run(s, err, "UPDATE jobs SET kept = '' WHERE id = ?", "i", id);
}

imp_status store_job_weighed(store *s, int64_t id, int step, const char *weights,
                             imp_error *err)
{
    return store_run(s, err, "INSERT OR IGNORE INTO changes (job, step, weights)"
                     " VALUES (?, ?, ?)", "iit", id, (int64_t) step, weights);
}

imp_status store_weights_back(store *s, int64_t id, int step, imp_error *err)
{
    imp_status status;

    TRY(database_run(s->db, err, "UPDATE OR IGNORE changes SET step = ?2 WHERE job = ?1 AND"
                     " step = (SELECT min(step) FROM changes WHERE job = ?1 AND step > ?2)",
                     "ii", id, (int64_t) step));
    status = database_run(s->db, err, "DELETE FROM changes WHERE job = ? AND (step > ? OR"
                          " step = 0)", "ii", id, (int64_t) step);

done:
    return status;
}

imp_status store_job_weights_before(store *s, job_weights **out, size_t *n, int64_t id,
                                    imp_error *err)
{
    sqlite3_stmt *query;
    imp_status status;
    job_weights *more;
    char *text;

    *out = NULL;
    *n = 0;
    pthread_mutex_lock(&s->lock);
    status = database_query(&query, s->db, err, "SELECT step, weights FROM changes"
                            " WHERE job = ? ORDER BY step", "i", id);
    while (status == IMP_OK && database_row(query)) {
        text = strdup((const char *) sqlite3_column_text(query, 1));
        if (text && (more = store_grown(*out, *n, sizeof **out)))
            (*out = more)[(*n)++] = (job_weights) { sqlite3_column_int(query, 0), text };
        else status = studio_fail(err, IMP_ENOMEM, "no memory for weights"), free(text);
    }
    status = database_done(query, status, s->db, err);
    pthread_mutex_unlock(&s->lock);
    return status;
}

void store_weights_free(job_weights *all, size_t n)
{
    for (size_t i = 0; i < n; i++) free(all[i].text);
    free(all);
}
