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

static imp_status cannot_write(imp_new_file *f, int why, imp_error *err)
{
    const char *name = is_stream(f->path) ? "standard output" : f->path;
    const imp_status status = imp_fail(err, IMP_EIO, "%s: cannot be written: %s", name,
                                       strerror(why));

    imp_new_file_drop(f);
    return status;
}

static imp_status open_in_place(imp_new_file *f, imp_error *err)
{
    f->fd = is_stream(f->path) ? STDOUT_FILENO : open(f->path, O_WRONLY | O_CLOEXEC);
    return f->fd < 0 ? cannot_write(f, errno, err) : IMP_OK;
}

imp_status imp_new_file_open(imp_new_file *f, const char *path, imp_error *err)
{
    struct stat st;

    *f = (imp_new_file) { .path = path, .fd = -1 };
    if (is_stream(path) || is_special(path)) return open_in_place(f, err);
    if (!stat(path, &st) && S_ISDIR(st.st_mode))
        return imp_fail(err, IMP_EIO, "%s: is a folder, not a file", path);
    f->target = realpath(path, NULL);   /* through a link, so that the link stays */
    f->temporary = imp_strfmt("%s.XXXXXX", f->target ? f->target : path);
    if (!f->temporary) {
        imp_new_file_drop(f);
        return imp_fail(err, IMP_ENOMEM, "%s: no memory for its name", path);
    }
    f->fd = mkostemp(f->temporary, O_CLOEXEC);
    return f->fd < 0 ? cannot_write(f, errno, err) : IMP_OK;
}

imp_status imp_new_file_write(imp_new_file *f, const void *data, size_t len, imp_error *err)
{
    return write_all(f->fd, data, len) ? IMP_OK : cannot_write(f, errno, err);
}

imp_status imp_new_file_keep(imp_new_file *f, imp_error *err)
{
    const char *target = f->target ? f->target : f->path;
    const int fd = f->fd;

    if (f->temporary && (fchmod(fd, final_mode(f->path)) || fsync(fd)))
        return cannot_write(f, errno, err);
    f->fd = -1;
    if (fd > STDERR_FILENO && close(fd)) return cannot_write(f, errno, err);
    if (f->temporary && rename(f->temporary, target)) return cannot_write(f, errno, err);
    imp_free(f->temporary);
    f->temporary = NULL;
    imp_new_file_drop(f);
    return IMP_OK;
}

void imp_new_file_drop(imp_new_file *f)
{
    if (f->fd > STDERR_FILENO) close(f->fd);
    if (f->temporary) unlink(f->temporary);
    imp_free(f->temporary);
    free(f->target);
    *f = (imp_new_file) { .fd = -1 };
}

imp_status imp_file_write(const char *path, const void *data, size_t len, imp_error *err)
{
    imp_new_file f;
    imp_status status = imp_new_file_open(&f, path, err);

    if (status == IMP_OK) status = imp_new_file_write(&f, data, len, err);
    return status == IMP_OK ? imp_new_file_keep(&f, err) : status;
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
