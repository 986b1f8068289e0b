/* folder.c - see folder.h. */
#include "studio/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "studio/fail.h"

static const char *const rooms[] = { "pictures", "thumbnails", "results", "checkpoints",
                                     "incoming" };

static bool make(const char *path)
{
    struct stat st;

    return !mkdir(path, 0700) || (errno == EEXIST && !stat(path, &st) && S_ISDIR(st.st_mode));
}

/* With its parents. */
static imp_status make_all(const char *path, imp_error *err)
{
    char part[PATH_MAX];
    const size_t n = strlen(path);

    if (!n || n >= sizeof part - 16)
        return studio_fail(err, IMP_EIO, "the folder's name is empty or too long");
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != '\0') continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (!make(part))
            return studio_fail(err, IMP_EIO, "%s: cannot be made the studio's folder: %s; "
                               "--data takes another", part, strerror(errno));
    }
    return IMP_OK;
}

/* A name, a dot and six letters: a file that was not whole yet when the program was killed. */
static bool is_unfinished(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot && strlen(dot) == 7;
}

static void drop_unfinished(const char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;

    if (!folder) return;
    while ((entry = readdir(folder)))
        if (is_unfinished(entry->d_name)) unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
}

/* What uploads left behind that ended with the program. */
static void empty(const char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;

    if (!folder) return;
    while ((entry = readdir(folder)))
        if (*entry->d_name != '.') unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
}

static imp_status lock_folder(int *lock, const char *folder, imp_error *err)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/lock", folder);
    *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*lock < 0)
        return studio_fail(err, IMP_EIO, "%s: %s; --data takes another folder", path,
                           strerror(errno));
    if (flock(*lock, LOCK_EX | LOCK_NB))
        return studio_fail(err, IMP_EIO, "%s: %s", folder, errno == EWOULDBLOCK
                           ? "another studio has this folder; stop it, or take another --data"
                           : strerror(errno));
    return IMP_OK;
}

imp_status folder_take(int *lock, const char *folder, imp_error *err)
{
    char path[PATH_MAX];
    imp_status status;

    *lock = -1;
    TRY(make_all(folder, err));
    TRY(lock_folder(lock, folder, err));
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, rooms[i]);
        TRY(make_all(path, err));
        drop_unfinished(path);
    }
    empty(path);

done:
    return status;
}
