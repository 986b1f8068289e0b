/* store_losses.c - how far a job is, and the losses and sizes of its steps. */
#include <math.h>
#include <stdlib.h>

#include "studio/fail.h"
#include "studio/store_parts.h"

/* What is no number is NULL. */
static int bind_loss(sqlite3_stmt *insert, int place, double loss)
{
    return isfinite(loss) ? sqlite3_bind_double(insert, place, loss)
                          : sqlite3_bind_null(insert, place);
}

static bool add_one(sqlite3_stmt *insert, const job_loss *l)
{
    return !sqlite3_reset(insert) && !sqlite3_bind_int(insert, 2, l->step)
        && !bind_loss(insert, 3, l->total) && !bind_loss(insert, 4, l->content)
        && !bind_loss(insert, 5, l->style) && !bind_loss(insert, 6, l->tv)
        && !sqlite3_bind_int64(insert, 7, (int64_t) l->width)
        && !sqlite3_bind_int64(insert, 8, (int64_t) l->height)
        && sqlite3_step(insert) == SQLITE_DONE;
}

static imp_status add_all(store *s, int64_t id, const job_loss *more, size_t n,
                          imp_error *err)
{
    sqlite3_stmt *insert;
    imp_status status = database_query(&insert, s->db, err, "INSERT OR REPLACE INTO losses"
                                       " (job, step, total, content, style, tv, width,"
                                       " height) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", "i", id);

    for (size_t i = 0; status == IMP_OK && i < n && add_one(insert, &more[i]); i++) continue;
    return database_done(insert, status, s->db, err);
}

imp_status store_job_add_losses(store *s, int64_t id, const job_loss *more, size_t n,
                                imp_error *err)
{
    imp_status status;

    pthread_mutex_lock(&s->lock);
    TRY(database_run(s->db, err, "BEGIN IMMEDIATE", ""));
    TRY(add_all(s, id, more, n, err));
    TRY(database_run(s->db, err, "COMMIT", ""));

done:
    status = store_undo(s, status);
    pthread_mutex_unlock(&s->lock);
    return status;
}

imp_status store_job_progress(store *s, int64_t id, const job_progress *p, imp_error *err)
{
    imp_status status;

    pthread_mutex_lock(&s->lock);
    TRY(database_run(s->db, err, "BEGIN IMMEDIATE", ""));
    TRY(database_run(s->db, err, "UPDATE jobs SET step = ?, steps = ?, seconds = ?, left = ?,"
                     " loss = ?, width = ?, height = ? WHERE id = ?", "iidddiii",
                     (int64_t) p->step, (int64_t) p->steps, p->seconds, p->left, p->loss,
                     (int64_t) p->width, (int64_t) p->height, id));
    TRY(database_run(s->db, err, "DELETE FROM losses WHERE job = ? AND step > ?", "ii", id,
                     (int64_t) p->step));
    TRY(store_weights_back(s, id, p->step, err));
    TRY(database_run(s->db, err, "COMMIT", ""));

done:
    status = store_undo(s, status);
    pthread_mutex_unlock(&s->lock);
    return status;
}

/* NAN for what is no number. */
static double loss_at(sqlite3_stmt *query, int column)
{
    return sqlite3_column_type(query, column) == SQLITE_NULL
         ? (double) NAN : sqlite3_column_double(query, column);
}

imp_status store_job_losses(store *s, job_loss **out, size_t *n, int64_t id, int before,
                            int every, int rest, imp_error *err)
{
    sqlite3_stmt *query;
    imp_status status;
    job_loss *more;

    *out = NULL;
    *n = 0;
    pthread_mutex_lock(&s->lock);
    status = database_query(&query, s->db, err, "SELECT step, total, content, style, tv,"
                            " width, height FROM losses WHERE job = ? AND step < ?"
                            " AND step % ? = ? ORDER BY step", "iiii", id,
                            (int64_t) before, (int64_t) every, (int64_t) rest);
    while (status == IMP_OK && database_row(query)) {
        if ((more = store_grown(*out, *n, sizeof **out)))
            (*out = more)[(*n)++] = (job_loss) {
                .step = sqlite3_column_int(query, 0), .total = loss_at(query, 1),
                .content = loss_at(query, 2), .style = loss_at(query, 3),
                .tv = loss_at(query, 4),
                .width = (size_t) sqlite3_column_int64(query, 5),
                .height = (size_t) sqlite3_column_int64(query, 6),
            };
        else status = studio_fail(err, IMP_ENOMEM, "no memory for losses");
    }
    status = database_done(query, status, s->db, err);
    pthread_mutex_unlock(&s->lock);
    if (status != IMP_OK) {
        free(*out);
        *out = NULL;
        *n = 0;
    }
    return status;
}
