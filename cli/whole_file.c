/* whole_file.c - see whole_file.h: a temporary file beside it, then renamed. */
#include "whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "report.h"

static int refuse(const char *path)
{
    return complain(STATUS_OUTPUT, "%s: %s; choose another file or folder", path,
                    strerror(errno));
}

/* A device or a pipe is written to directly. */
static bool is_special(const char *path)
{
    struct stat st;

    return !stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

int whole_file_can_write(const char *path)
{
    struct stat st;
    char folder[FILES_PATH];

    files_folder(folder, path);
    if (!stat(path, &st)) {
        if (S_ISDIR(st.st_mode)) errno = EISDIR;
        else if (!access(path, W_OK) && (is_special(path) || !access(folder, W_OK)))
            return STATUS_OK;
        return refuse(path);
    }
    return access(folder, W_OK) ? refuse(path) : STATUS_OK;
}

static bool put(int fd, const char *data, size_t len)
{
    for (ssize_t n; len; data += n, len -= (size_t) n)
        if ((n = write(fd, data, len)) < 0) return false;
    return true;
}

static int write_special(const char *path, const char *data, size_t len)
{
    const int fd = open(path, O_WRONLY);
    const bool ok = fd >= 0 && put(fd, data, len);

    if (fd >= 0 && close(fd)) return refuse(path);
    return ok ? STATUS_OK : refuse(path);
}

int whole_file_write(const char *path, const char *data, size_t len)
{
    char name[FILES_PATH];
    const mode_t mask = umask(0);
    int fd;

    umask(mask);
    if (is_special(path)) return write_special(path, data, len);
    if (snprintf(name, sizeof name, "%s.XXXXXX", path) >= (int) sizeof name) {
        errno = ENAMETOOLONG;
        return refuse(path);
    }
    if ((fd = mkstemp(name)) < 0) return refuse(path);
    if (!put(fd, data, len) || fchmod(fd, 0666 & ~mask) || fsync(fd) || rename(name, path)) {
        const int status = refuse(path);
        close(fd);
        unlink(name);
        return status;
    }
    close(fd);
    return STATUS_OK;
}
