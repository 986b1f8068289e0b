/* file.c - see file.h. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"

static bool is_stream(const char *path)
{
    return !strcmp(path, "-");
}

/* --- Reading ----------------------------------------------------------------------------- */

/* Grows by doubling, since a pipe does not say how long it is. */
static imp_status read_all(char **data, size_t *len, int fd, size_t room, const char *path,
                           size_t max_bytes, imp_error *err)
{
    char *buf = malloc(room), *more;
    size_t used = 0;
    ssize_t got;

    if (!buf) return imp_fail(err, IMP_ENOMEM, "%s: no memory for %zu bytes", path, room);
    while ((got = read(fd, buf + used, room - used - 1)) != 0) {
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            free(buf);
            return imp_fail(err, IMP_EIO, "%s: %s", path, strerror(errno));
        }
        used += (size_t) got;
        if (used > max_bytes) {
            free(buf);
            return imp_fail(err, IMP_ELIMIT, "%s: larger than the limit of %zu bytes", path,
                            max_bytes);
        }
        if (room - used > 1) continue;
        if (!(more = realloc(buf, room *= 2))) {
            free(buf);
            return imp_fail(err, IMP_ENOMEM, "%s: no memory for %zu bytes", path, room);
        }
        buf = more;
    }
    buf[used] = '\0';
    *data = buf;
    *len = used;
    return IMP_OK;
}

imp_status imp_file_read(char **data, size_t *len, const char *path, size_t max_bytes,
                         imp_error *err)
{
    const char *name = is_stream(path) ? "standard input" : path;
    const int fd = is_stream(path) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    imp_status status;
    struct stat st;
    size_t room = 1 << 16;

    *data = NULL;
    *len = 0;
    if (fd < 0 || fstat(fd, &st)) {
        status = imp_fail(err, IMP_EIO, "%s: %s", name, strerror(errno));
    } else if (S_ISDIR(st.st_mode)) {
        status = imp_fail(err, IMP_EIO, "%s: is a folder, not a file", name);
    } else if (S_ISREG(st.st_mode) && (uint64_t) st.st_size > max_bytes) {
        status = imp_fail(err, IMP_ELIMIT, "%s: %lld bytes, more than the limit of %zu", name,
                          (long long) st.st_size, max_bytes);
    } else {
        if (S_ISREG(st.st_mode) && st.st_size > 0) room = (size_t) st.st_size + 2;
        status = read_all(data, len, fd, room, name, max_bytes, err);
    }
    if (status == IMP_OK && *len == 0) {
        free(*data);
        *data = NULL;
        status = imp_fail(err, IMP_EIO, "%s: is empty", name);
    }
    if (fd > STDIN_FILENO) close(fd);
    return status;
}

/* --- Writing ----------------------------------------------------------------------------- */

static bool write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        const ssize_t n = write(fd, data, len);
        if (n < 0 && errno != EINTR) return false;
        if (n > 0) data += n, len -= (size_t) n;
    }
    return true;
}

/* The permissions that the finished file is to have. */
static mode_t final_mode(const char *path)
{
    struct stat st;
    mode_t mask;

    if (!stat(path, &st)) return st.st_mode & 07777;
    umask(mask = umask(0));
    return 0666 & ~mask;
}

/* A special file (/dev/full, a pipe) cannot be replaced by renaming: it is written to. */
static bool is_special(const char *path)
{
    struct stat st;
    return !stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static imp_status
write_in_place(const char *path, const void *data, size_t len, imp_error *err)
{
    const int fd = is_stream(path) ? STDOUT_FILENO : open(path, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && write_all(fd, data, len);
    const int why = errno;

    if (fd > STDERR_FILENO && close(fd)) ok = false;
    if (ok) return IMP_OK;
    return imp_fail(err, IMP_EIO, "%s: cannot be written: %s",
                    is_stream(path) ? "standard output" : path, strerror(why));
}

imp_status imp_file_write(const char *path, const void *data, size_t len, imp_error *err)
{
    struct stat st;
    char *temporary, *target = NULL;
    int fd = -1, why = 0;
    bool ok;

    if (is_stream(path) || is_special(path)) return write_in_place(path, data, len, err);
    if (!stat(path, &st) && S_ISDIR(st.st_mode))
        return imp_fail(err, IMP_EIO, "%s: is a folder, not a file", path);
    target = realpath(path, NULL);   /* through a link, so that the link stays */
    temporary = imp_strfmt("%s.XXXXXX", target ? target : path);
    if (!temporary) {
        free(target);
        return imp_fail(err, IMP_ENOMEM, "%s: no memory for its name", path);
    }
    ok = (fd = mkostemp(temporary, O_CLOEXEC)) >= 0 && write_all(fd, data, len)
         && !fchmod(fd, final_mode(path)) && !fsync(fd);
    why = errno;
    if (fd >= 0 && close(fd) && ok) ok = false, why = errno;
    if (ok && rename(temporary, target ? target : path)) ok = false, why = errno;
    if (!ok && fd >= 0) unlink(temporary);
    imp_free(temporary);
    free(target);
    return ok ? IMP_OK
              : imp_fail(err, IMP_EIO, "%s: cannot be written: %s", path, strerror(why));
}

imp_status imp_folder_make(const char *path, imp_error *err)
{
    char *part = imp_strdup(path);
    imp_status status = IMP_OK;
    struct stat st;

    if (!part) return imp_fail(err, IMP_ENOMEM, "%s: no memory for its name", path);
    for (char *end = part + 1; status == IMP_OK && end; ) {
        if ((end = strchr(end, '/'))) *end = '\0';
        if (mkdir(part, 0777) && errno != EEXIST)
            status = imp_fail(err, IMP_EIO, "%s: cannot be made: %s", part, strerror(errno));
        if (end) *end++ = '/';
    }
    if (status == IMP_OK && (stat(path, &st) || !S_ISDIR(st.st_mode)))
        status = imp_fail(err, IMP_EIO, "%s: is not a folder", path);
    imp_free(part);
    return status;
}
