/* database.h - SQLite: opening with migrations, statements with their values. */
#ifndef STUDIO_DATABASE_H
#define STUDIO_DATABASE_H

#include <impasto/base.h>

#include <sqlite3.h>
#include <stdarg.h>

/* Opens or makes it, in the shape that this program knows. Errors: IMP_EIO, also for one that
 * a newer version made. Close with sqlite3_close(). */
IMP_MUST_CHECK imp_status database_open(sqlite3 **out, const char *path, imp_error *err);

/* A statement with its values: one letter in `types` each, t a text, i an int64_t, d a double.
 * Finish with database_done(). */
IMP_MUST_CHECK imp_status database_query(sqlite3_stmt **out, sqlite3 *db, imp_error *err,
                                         const char *sql, const char *types, ...);

/* One without results. */
IMP_MUST_CHECK imp_status database_run(sqlite3 *db, imp_error *err, const char *sql,
                                       const char *types, ...);
IMP_MUST_CHECK imp_status database_run_list(sqlite3 *db, imp_error *err, const char *sql,
                                            const char *types, va_list values);

/* Goes to the next row; false at the end or on failure, which database_done() then returns. */
bool database_row(sqlite3_stmt *query);

/* Frees the statement; IMP_EIO if it failed. `status` is how it was left, else. */
IMP_MUST_CHECK imp_status
database_done(sqlite3_stmt *query, imp_status status, sqlite3 *db, imp_error *err);

/* A column of text, never NULL; cut to `room`. */
void database_text(char *out, size_t room, sqlite3_stmt *query, int column);

#endif
