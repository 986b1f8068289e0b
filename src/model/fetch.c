/* fetch.c - getting a model into the store: one process at a time, whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "model/store.h"

imp_status imp_fetch_report(const imp_fetch *f, uint64_t done, uint64_t total, imp_error *err)
{
    if (!f->progress || f->progress(f->user, done, total)) return IMP_OK;
    return imp_fail(err, IMP_ENET, "%s: stopped; `impasto model fetch %s` takes it up again",
                    f->info->name, f->info->name);
}

/* --- The lock: PATH.lock exists only while somebody fetches ------------------------------ */

/* Whether the locked file is still the one that others find under its name. */
static bool same_file(int fd, const char *path)
{
    struct stat mine, named;
    return !fstat(fd, &mine) && !stat(path, &named) && mine.st_ino == named.st_ino
           && mine.st_dev == named.st_dev;
}

/* Waits for its turn, asking the caller's progress function whether to go on. */
static imp_status lock_file(int fd, const char *path, const imp_fetch *f, imp_error *err)
{
    const struct timespec nap = {.tv_nsec = 100000000};
    imp_status status;

    while (flock(fd, LOCK_EX | LOCK_NB)) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return imp_fail(err, IMP_EIO, "%s: cannot be locked: %s", path, strerror(errno));
        if ((status = imp_fetch_report(f, 0, f->info->bytes, err)) != IMP_OK) return status;
        nanosleep(&nap, NULL);
    }
    return IMP_OK;
}

static imp_status lock_take(int *lock, const char *path, const imp_fetch *f, imp_error *err)
{
    imp_status status;

    for (;;) {
        const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (fd < 0) return imp_store_unwritable(path, err);
        if ((status = lock_file(fd, path, f, err)) == IMP_OK && same_file(fd, path)) {
            *lock = fd;
            return IMP_OK;
        }
        close(fd);   /* its last owner has removed it in between */
        if (status != IMP_OK) return status;
    }
}

static void lock_give(int lock, const char *path)
{
    unlink(path);   /* while it is still held: see same_file() */
    close(lock);
}

/* --- Where from -------------------------------------------------------------------------- */

static bool begins(const char *text, const char *with)
{
    return !strncasecmp(text, with, strlen(with));
}

static bool is_url(const char *source)
{
    return begins(source, "https://") || begins(source, "http://");
}

/* Where PyTorch keeps what it downloaded. NULL if that cannot be told. */
static char *pytorch_cache(const char *file_name)
{
    const char *torch = imp_store_setting("TORCH_HOME");
    const char *cache = imp_store_setting("XDG_CACHE_HOME");
    char *home = NULL, *path = NULL;

    if (torch)
        path = imp_strfmt("%s/hub/checkpoints/%s", torch, file_name);
    else if (cache)
        path = imp_strfmt("%s/torch/hub/checkpoints/%s", cache, file_name);
    else if (imp_store_home(&home, NULL) == IMP_OK)
        path = imp_strfmt("%s/.cache/torch/hub/checkpoints/%s", home, file_name);
    imp_free(home);
    return path;
}

/* Uses PyTorch's copy if there is a good one: by a second link, which takes no space, or
 * copied. */
static bool from_pytorch(const imp_fetch *f)
{
    char *path = pytorch_cache(f->info->file_name);
    bool found = path && !access(path, R_OK);

    if (found) {
        unlink(f->fresh);
        found = !linkat(AT_FDCWD, path, AT_FDCWD, f->fresh, AT_SYMLINK_FOLLOW)
                ? imp_store_admit(f->path, f->fresh, path, f->info, NULL) == IMP_OK
                : imp_fetch_file(f, path, NULL) == IMP_OK;
    }
    imp_free(path);
    return found;
}

static imp_status from_source(const imp_fetch *f, const char *source, imp_error *err)
{
    const char *url = source ? source : f->info->source;

    if (begins(url, "pip:")) return imp_fetch_pip(f, url + 4 + strspn(url + 4, " "), err);
    if (!source && is_url(url) && from_pytorch(f)) return IMP_OK;
    if (is_url(url)) return imp_fetch_url(f, url, err);
    return imp_fetch_file(f, begins(url, "file://") ? url + 7 : url, err);
}

static imp_status is_whole(bool *whole, const imp_fetch *f, imp_error *err)
{
    imp_model_state state;
    imp_status status;

    TRY(imp_store_state(&state, f->path, f->info, false, err));
    if (state == IMP_MODEL_PRESENT) TRY(imp_store_state(&state, f->path, f->info, true, err));
    *whole = state == IMP_MODEL_VERIFIED;
done:
    return status;
}

static imp_status fetch_alone(const imp_fetch *f, const char *source, imp_error *err)
{
    char *folder = NULL, *lock_path = NULL;
    imp_status status;
    bool whole = false;
    int lock = -1;

    TRY(imp_store_beside(&lock_path, f->path, ".lock", err));
    TRY(imp_store_folder(&folder, err));
    TRY(imp_folder_make(folder, err));
    TRY(lock_take(&lock, lock_path, f, err));
    TRY(is_whole(&whole, f, err));   /* the process we waited for may have fetched it */
    if (!whole) TRY(from_source(f, source, err));
done:
    if (lock >= 0) lock_give(lock, lock_path);
    imp_free(lock_path);
    imp_free(folder);
    return status;
}

imp_status imp_model_fetch(const imp_model_info *info, const char *source,
                           imp_fetch_progress *progress, void *user, imp_error *err)
{
    imp_fetch f = {.info = info, .patience = 30, .progress = progress, .user = user};
    imp_status status;
    bool whole = false;

    TRY(imp_model_path(&f.path, info, err));
    TRY(is_whole(&whole, &f, err));
    if (whole) goto done;
    TRY(imp_store_beside(&f.fresh, f.path, ".new", err));
    TRY(fetch_alone(&f, source, err));
done:
    imp_free(f.fresh);
    imp_free(f.path);
    return status;
}
