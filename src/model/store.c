/* store.c - the model store: where files are, whether they are whole, and opening them by
 * name. */
#include "model/store.h"

#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "model/model.h"

enum { MIN_DIGITS = 8, RECORD_BYTES = 1024 };

static imp_status no_memory(imp_error *err)
{
    return imp_fail(err, IMP_ENOMEM, "model store: no memory for a path");
}

/* --- Places ------------------------------------------------------------------------------ */

const char *imp_store_setting(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

imp_status imp_store_beside(char **out, const char *path, const char *ending, imp_error *err)
{
    return (*out = imp_strfmt("%s%s", path, ending)) ? IMP_OK : no_memory(err);
}

imp_status imp_store_unwritable(const char *path, imp_error *err)
{
    return imp_fail(err, IMP_EIO, "%s: cannot be written: %s; make room or set IMPASTO_HOME "
                    "to another folder", path, strerror(errno));
}

imp_status imp_store_home(char **home, imp_error *err)
{
    const char *folder = imp_store_setting("HOME");
    struct passwd entry, *found = NULL;
    char text[4096];

    if (!folder && !getpwuid_r(getuid(), &entry, text, sizeof text, &found) && found)
        folder = entry.pw_dir;
    if (!folder || !*folder)
        return imp_fail(err, IMP_EIO, "model store: no home folder known; set IMPASTO_HOME");
    return (*home = imp_strdup(folder)) ? IMP_OK : no_memory(err);
}

imp_status imp_store_folder(char **folder, imp_error *err)
{
    const char *own = imp_store_setting("IMPASTO_HOME");
    const char *data = imp_store_setting("XDG_DATA_HOME");
    imp_status status = IMP_OK;
    char *home = NULL;

    *folder = NULL;
    if (own) {
        *folder = imp_strfmt("%s/models", own);
    } else if (data && *data == '/') {   /* the XDG specification ignores relative ones */
        *folder = imp_strfmt("%s/impasto/models", data);
    } else {
        TRY(imp_store_home(&home, err));
        *folder = imp_strfmt("%s/.local/share/impasto/models", home);
    }
    if (!*folder) status = no_memory(err);
done:
    imp_free(home);
    return status;
}

/* The caller's own imp_model_info may hold anything; this is what the store needs of it. */
static imp_status check_info(const imp_model_info *info, imp_error *err)
{
    const char *sha256 = info->sha256 ? info->sha256 : "";
    size_t digits = 0;

    while (isxdigit((unsigned char) sha256[digits])) digits++;
    if (digits < MIN_DIGITS || digits >= IMP_SHA256_HEX || sha256[digits])
        return imp_fail(err, IMP_EINVAL, "%s: its SHA-256 must have %d to %d hexadecimal "
                        "digits", info->name, MIN_DIGITS, IMP_SHA256_HEX - 1);
    if (!*info->file_name || *info->file_name == '.' || strchr(info->file_name, '/'))
        return imp_fail(err, IMP_EINVAL, "%s: \"%s\" cannot be the name of a file in the "
                        "store", info->name, info->file_name);
    return IMP_OK;
}

imp_status imp_model_path(char **path, const imp_model_info *info, imp_error *err)
{
    imp_status status;
    char *folder = NULL;

    *path = NULL;
    TRY(check_info(info, err));
    TRY(imp_store_folder(&folder, err));
    if (!(*path = imp_strfmt("%s/%s", folder, info->file_name))) status = no_memory(err);
done:
    imp_free(folder);
    return status;
}

/* --- Records of verifications ------------------------------------------------------------ */

/* PATH.verified is one line: the hash, then what the file looked like when it was taken. */
static char *record_path(const char *path)
{
    return imp_strfmt("%s.verified", path);
}

static char *record_looks(const struct stat *st, const imp_model_info *info)
{
    return imp_strfmt(" %lld %lld.%09ld %s\n", (long long) st->st_size,
                      (long long) st->st_mtim.tv_sec, st->st_mtim.tv_nsec, info->file_name);
}

static bool hash_fits(const char *hex, const imp_model_info *info)
{
    return !strncasecmp(hex, info->sha256, strlen(info->sha256));
}

/* Whether the record says that this file, unchanged since, had the right hash. */
static bool record_holds(const char *path, const struct stat *st, const imp_model_info *info)
{
    const size_t digits = IMP_SHA256_HEX - 1;
    char *name = record_path(path), *looks = record_looks(st, info), *text = NULL;
    size_t len = 0;
    bool holds = name && looks
                 && imp_file_read(&text, &len, name, RECORD_BYTES, NULL) == IMP_OK
                 && len > digits && hash_fits(text, info) && !strcmp(text + digits, looks);

    imp_free(name);
    imp_free(looks);
    imp_free(text);
    return holds;
}

/* A store that cannot be written to works without records: its files are hashed each time. */
static void record_write(const char *path, const char *hex, const struct stat *st,
                         const imp_model_info *info)
{
    char *name = record_path(path), *looks = record_looks(st, info), *text = NULL;

    if (looks) text = imp_strfmt("%s%s", hex, looks);
    if (name && text && imp_file_write(name, text, strlen(text), NULL) != IMP_OK)
        unlink(name);   /* what an older one says is no longer so */
    imp_free(name);
    imp_free(looks);
    imp_free(text);
}

/* --- Verification ------------------------------------------------------------------------ */

static bool size_fits(const struct stat *st, const imp_model_info *info)
{
    return !info->bytes || (uint64_t) st->st_size == info->bytes;
}

/* Reads the file; *fits says whether it is what info describes. hex is "" if its size told. */
static imp_status measure(bool *fits, char hex[IMP_SHA256_HEX], const struct stat *st,
                          const char *path, const imp_model_info *info, imp_error *err)
{
    imp_status status;

    *fits = false;
    *hex = '\0';
    if (!size_fits(st, info)) return IMP_OK;
    if ((status = imp_sha256_file(hex, path, err)) == IMP_OK) *fits = hash_fits(hex, info);
    return status;
}

static bool unchanged(const char *path, const struct stat *before)
{
    struct stat now;
    return !stat(path, &now) && now.st_ino == before->st_ino && now.st_size == before->st_size
           && now.st_mtim.tv_sec == before->st_mtim.tv_sec
           && now.st_mtim.tv_nsec == before->st_mtim.tv_nsec;
}

imp_status imp_store_state(imp_model_state *state, const char *path,
                           const imp_model_info *info, bool hash, imp_error *err)
{
    char hex[IMP_SHA256_HEX];
    imp_status status;
    struct stat st;
    bool fits;

    *state = IMP_MODEL_ABSENT;
    if (stat(path, &st))
        return errno == ENOENT || errno == ENOTDIR
               ? IMP_OK : imp_fail(err, IMP_EIO, "%s: %s", path, strerror(errno));
    *state = IMP_MODEL_PRESENT;
    if (!hash && !size_fits(&st, info)) *state = IMP_MODEL_DAMAGED;
    else if (!hash && record_holds(path, &st, info)) *state = IMP_MODEL_VERIFIED;
    if (!hash) return IMP_OK;
    if ((status = measure(&fits, hex, &st, path, info, err)) != IMP_OK) return status;
    *state = fits ? IMP_MODEL_VERIFIED : IMP_MODEL_DAMAGED;
    if (fits && unchanged(path, &st)) record_write(path, hex, &st, info);
    return IMP_OK;
}

static imp_status fail_unfit(const char *origin, const char *hex, uint64_t bytes,
                             const imp_model_info *info, imp_error *err)
{
    const bool all_digits = strlen(info->sha256) == IMP_SHA256_HEX - 1;

    if (!*hex)
        return imp_fail(err, IMP_EFORMAT, "%s: not the file for %s: it has %llu bytes, not "
                        "%llu; get another copy", origin, info->name,
                        (unsigned long long) bytes, (unsigned long long) info->bytes);
    return imp_fail(err, IMP_EFORMAT, "%s: not the file for %s: its SHA-256 is %s, not %s%s; "
                    "get another copy", origin, info->name, hex, info->sha256,
                    all_digits ? "" : "...");
}

imp_status imp_store_admit(const char *path, const char *temporary, const char *origin,
                           const imp_model_info *info, imp_error *err)
{
    char hex[IMP_SHA256_HEX];
    imp_status status;
    struct stat st;
    bool fits;

    if (stat(temporary, &st))
        return imp_fail(err, IMP_EIO, "%s: %s", temporary, strerror(errno));
    if ((status = measure(&fits, hex, &st, temporary, info, err)) != IMP_OK) return status;
    if (!fits) {
        unlink(temporary);
        return fail_unfit(origin, hex, (uint64_t) st.st_size, info, err);
    }
    if (rename(temporary, path)) return imp_store_unwritable(path, err);
    record_write(path, hex, &st, info);
    return IMP_OK;
}

imp_status imp_model_verify(imp_model_state *state, const imp_model_info *info, bool hash,
                            imp_error *err)
{
    imp_status status;
    char *path = NULL;

    *state = IMP_MODEL_ABSENT;
    TRY(imp_model_path(&path, info, err));
    TRY(imp_store_state(state, path, info, hash, err));
done:
    imp_free(path);
    return status;
}

/* --- Opening ----------------------------------------------------------------------------- */

/* Succeeds if the file can be used: verified before, or now. */
static imp_status check_file(const char *path, const imp_model_info *info, imp_error *err)
{
    imp_model_state state;
    imp_status status;

    TRY(imp_store_state(&state, path, info, false, err));
    if (state == IMP_MODEL_PRESENT) TRY(imp_store_state(&state, path, info, true, err));
    if (state == IMP_MODEL_ABSENT)
        status = imp_fail(err, IMP_ENOMODEL, "%s: not in the model store (there is no %s); "
                          "get it (%s) with `impasto model fetch %s`", info->name, path,
                          info->size, info->name);
    if (state == IMP_MODEL_DAMAGED)
        status = imp_fail(err, IMP_EFORMAT, "%s: damaged (it is no longer the file for %s); "
                          "get it again with `impasto model fetch %s`", path, info->name,
                          info->name);
done:
    return status;
}

static imp_status fail_unknown(const char *word, imp_model_use use, imp_error *err)
{
    const imp_model_info *info;
    char names[512] = "";
    size_t used = 0;

    for (size_t i = 0; (info = imp_model_known(i)) && used < sizeof names; i++)
        if (info->use == use)
            used += (size_t) snprintf(names + used, sizeof names - used, "%s%s",
                                      used ? ", " : "", info->name);
    return imp_fail(err, IMP_EINVAL, "%s: neither a file nor the name of a model for %s; the "
                    "names are %s", word,
                    use == IMP_MODEL_SEGMENTS ? "finding objects" : "painting", names);
}

imp_status imp_model_locate(char **path, const char *name_or_path, imp_model_use use,
                            imp_error *err)
{
    const imp_model_info *known = imp_model_find(name_or_path);
    imp_status status = IMP_OK;
    char *file = NULL;

    *path = NULL;
    if (known && known->use == use) {
        TRY(imp_model_path(&file, known, err));
        TRY(check_file(file, known, err));
    } else if (strchr(name_or_path, '/') || !access(name_or_path, F_OK)) {
        if (!(file = imp_strdup(name_or_path))) status = no_memory(err);
    } else {
        status = fail_unknown(name_or_path, use, err);
    }
done:
    if (status == IMP_OK) *path = file;
    else imp_free(file);
    return status;
}

imp_status imp_model_open(imp_model **out, const char *name_or_path, imp_error *err)
{
    char *path = NULL, *name = NULL;
    imp_status status;

    *out = NULL;
    TRY(imp_model_locate(&path, name_or_path, IMP_MODEL_PAINTS, err));
    if (!(name = imp_strdup(name_or_path))) {
        status = no_memory(err);
        goto done;
    }
    TRY(imp_model_load(out, path, err));
    imp_free((*out)->name);
    (*out)->name = name;
    name = NULL;
done:
    imp_free(name);
    imp_free(path);
    return status;
}

uint64_t imp_model_file_bytes(const char *name_or_path)
{
    const imp_model_info *info = imp_model_find(name_or_path);
    char *path = NULL;
    struct stat st;
    bool there;

    if (info && imp_model_path(&path, info, NULL) != IMP_OK) return 0;
    there = !stat(path ? path : name_or_path, &st);
    imp_free(path);
    return there ? (uint64_t) st.st_size : 0;
}
