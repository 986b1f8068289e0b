/* database.c - see database.h. */
#include "studio/database.h"

#include <stdio.h>

#include "studio/fail.h"

enum { BUSY_MS = 5000 };

/* Migration k makes version k + 1 of version k. What stands here stays as it is: databases
 * were made with it. */
static const char *const migrations[] = {
    "CREATE TABLE pictures ("
    "  place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, role INTEGER NOT NULL DEFAULT 0,"
    "  name TEXT NOT NULL, type TEXT NOT NULL, width INTEGER NOT NULL,"
    "  height INTEGER NOT NULL, bytes INTEGER NOT NULL, created REAL NOT NULL,"
    "  touched REAL NOT NULL, stored INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX pictures_by_role ON pictures(role, place);"
    "CREATE INDEX pictures_by_touch ON pictures(touched);"
    "CREATE TABLE jobs ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT, state INTEGER NOT NULL, created REAL NOT NULL,"
    "  photo TEXT NOT NULL, params TEXT NOT NULL,"
    "  step INTEGER NOT NULL DEFAULT 0, steps INTEGER NOT NULL DEFAULT 0,"
    "  seconds REAL NOT NULL DEFAULT 0, left REAL NOT NULL DEFAULT -1,"
    "  loss REAL NOT NULL DEFAULT 0, width INTEGER NOT NULL DEFAULT 0,"
    "  height INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '',"
    "  name TEXT NOT NULL DEFAULT '', pinned INTEGER NOT NULL DEFAULT 0,"
    "  priority INTEGER NOT NULL DEFAULT 0, threads INTEGER NOT NULL DEFAULT 0,"
    "  kept TEXT NOT NULL DEFAULT '',"
    "  finished REAL, bytes INTEGER NOT NULL DEFAULT 0,"
    "  keep TEXT NOT NULL DEFAULT '', content TEXT NOT NULL DEFAULT '',"
    "  init TEXT NOT NULL DEFAULT '', \"group\" TEXT NOT NULL DEFAULT '',"
    "  wish INTEGER NOT NULL DEFAULT 0, wish_step INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX jobs_by_state ON jobs(state, id);"
    "CREATE INDEX jobs_by_turn ON jobs(priority DESC, id) WHERE state = 0;"
    "CREATE INDEX jobs_by_wish ON jobs(id) WHERE wish <> 0;"
    "CREATE INDEX jobs_by_end ON jobs(pinned, finished, state, bytes);"
    "CREATE TABLE styles ("
    "  job INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE, place INTEGER NOT NULL,"
    "  picture TEXT NOT NULL, weight REAL NOT NULL, scale REAL NOT NULL,"
    "  mask TEXT NOT NULL DEFAULT '', source TEXT NOT NULL DEFAULT '',"
    "  colours TEXT NOT NULL DEFAULT '', PRIMARY KEY (job, place)) WITHOUT ROWID;"
    "CREATE TABLE uses ("     /* each picture of a job once, whatever it is there for */
    "  picture TEXT NOT NULL REFERENCES pictures(id),"
    "  job INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,"
    "  PRIMARY KEY (picture, job)) WITHOUT ROWID;"
    "CREATE INDEX uses_by_job ON uses(job);"
    "CREATE TABLE changes ("  /* up to which step which weights counted, then others */
    "  job INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE, step INTEGER NOT NULL,"
    "  weights TEXT NOT NULL, PRIMARY KEY (job, step)) WITHOUT ROWID;"
    "CREATE TABLE losses ("
    "  job INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE, step INTEGER NOT NULL,"
    "  total REAL, content REAL, style REAL, tv REAL, width INTEGER NOT NULL,"
    "  height INTEGER NOT NULL, PRIMARY KEY (job, step)) WITHOUT ROWID;",
};

enum { VERSION = sizeof migrations / sizeof *migrations };

static imp_status failed(sqlite3 *db, imp_error *err)
{
    const int code = db ? sqlite3_errcode(db) : SQLITE_NOMEM;

    return studio_fail(err, code == SQLITE_NOMEM ? IMP_ENOMEM : IMP_EIO,
                       "the studio's database: %s", db ? sqlite3_errmsg(db) : "no memory");
}

static imp_status script(sqlite3 *db, const char *sql, imp_error *err)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) ? failed(db, err) : IMP_OK;
}

static imp_status version_of(sqlite3 *db, int *version, imp_error *err)
{
    sqlite3_stmt *query;
    imp_status status = database_query(&query, db, err, "PRAGMA user_version", "");

    *version = 0;
    if (status == IMP_OK && database_row(query)) *version = sqlite3_column_int(query, 0);
    return database_done(query, status, db, err);
}

static imp_status migrate(sqlite3 *db, int from, imp_error *err)
{
    char set[64];
    imp_status status = IMP_OK;

    for (int k = from; k < VERSION; k++) {
        snprintf(set, sizeof set, "PRAGMA user_version = %d; COMMIT", k + 1);
        TRY(script(db, "BEGIN IMMEDIATE", err));
        TRY(script(db, migrations[k], err));
        TRY(script(db, set, err));
    }

done:
    return status;
}

imp_status database_open(sqlite3 **out, const char *path, imp_error *err)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
    sqlite3 *db = NULL;
    imp_status status = IMP_OK;
    int version;

    *out = NULL;
    if (sqlite3_open_v2(path, &db, flags, NULL)) {
        status = failed(db, err);
        goto done;
    }
    sqlite3_busy_timeout(db, BUSY_MS);
    TRY(script(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                   "PRAGMA foreign_keys = ON", err));
    TRY(version_of(db, &version, err));
    if (version > VERSION) {
        status = studio_fail(err, IMP_EIO, "%s: made by a newer version of impasto", path);
        goto done;
    }
    TRY(migrate(db, version, err));
    *out = db;
    db = NULL;

done:
    sqlite3_close(db);
    return status;
}

static bool bind(sqlite3_stmt *query, const char *types, va_list ap)
{
    int bad = 0;

    for (int i = 0; types[i] && !bad; i++) {
        if (types[i] == 't')
            bad = sqlite3_bind_text(query, i + 1, va_arg(ap, const char *), -1,
                                    SQLITE_TRANSIENT);
        else if (types[i] == 'i') bad = sqlite3_bind_int64(query, i + 1, va_arg(ap, int64_t));
        else bad = sqlite3_bind_double(query, i + 1, va_arg(ap, double));
    }
    return !bad;
}

static imp_status prepare(sqlite3_stmt **out, sqlite3 *db, imp_error *err, const char *sql,
                          const char *types, va_list ap)
{
    *out = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, out, NULL) || !bind(*out, types, ap))
        return failed(db, err);
    return IMP_OK;
}

imp_status database_query(sqlite3_stmt **out, sqlite3 *db, imp_error *err, const char *sql,
                          const char *types, ...)
{
    imp_status status;
    va_list ap;

    va_start(ap, types);
    status = prepare(out, db, err, sql, types, ap);
    va_end(ap);
    return status;
}

imp_status database_run_list(sqlite3 *db, imp_error *err, const char *sql, const char *types,
                             va_list values)
{
    sqlite3_stmt *query;
    imp_status status = prepare(&query, db, err, sql, types, values);

    if (status == IMP_OK) database_row(query);
    return database_done(query, status, db, err);
}

imp_status database_run(sqlite3 *db, imp_error *err, const char *sql, const char *types, ...)
{
    imp_status status;
    va_list ap;

    va_start(ap, types);
    status = database_run_list(db, err, sql, types, ap);
    va_end(ap);
    return status;
}

bool database_row(sqlite3_stmt *query)
{
    return sqlite3_step(query) == SQLITE_ROW;
}

imp_status database_done(sqlite3_stmt *query, imp_status status, sqlite3 *db, imp_error *err)
{
    const int code = sqlite3_finalize(query);

    return status != IMP_OK ? status : code ? failed(db, err) : IMP_OK;
}

void database_text(char *out, size_t room, sqlite3_stmt *query, int column)
{
    const unsigned char *text = sqlite3_column_text(query, column);

    snprintf(out, room, "%s", text ? (const char *) text : "");
}
