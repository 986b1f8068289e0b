/* files.c - see files.h. */
#include "files.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"

const char *files_folder(char folder[FILES_PATH], const char *path)
{
    const char *slash = strrchr(path, '/');

    snprintf(folder, FILES_PATH, "%.*s", slash ? (int) (slash - path + 1) : 1,
             slash ? path : ".");
    return folder;
}

static const char *name_in_folder(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static bool is_one(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Of files that are not there: one name in one folder. */
static bool same_place(const char *a, const char *b)
{
    char folder_a[FILES_PATH], folder_b[FILES_PATH];
    struct stat sa, sb;

    if (!strcmp(a, b)) return true;
    if (strcmp(name_in_folder(a), name_in_folder(b))) return false;
    return !stat(files_folder(folder_a, a), &sa) && !stat(files_folder(folder_b, b), &sb)
           && is_one(&sa, &sb);
}

bool files_same(const char *a, const char *b)
{
    struct stat sa, sb;
    bool has_a, has_b;

    if (!a || !b || !strcmp(a, "-") || !strcmp(b, "-")) return false;
    has_a = !stat(a, &sa);
    has_b = !stat(b, &sb);
    if (has_a && has_b) return S_ISREG(sa.st_mode) && is_one(&sa, &sb);
    return !has_a && !has_b && same_place(a, b);
}

static int check_output(const char *const *in, int n_in, const output_file *out, int i)
{
    for (int k = 0; k < n_in; k++)
        if (files_same(out[i].path, in[k]))
            return complain(STATUS_USAGE, "%s: is an input and would be overwritten; choose "
                            "another name", out[i].path);
    for (int k = 0; k < i; k++)
        if (files_same(out[i].path, out[k].path))
            return complain(STATUS_USAGE, "%s: is to hold both %s and %s; choose another name",
                            out[k].path, out[k].holds, out[i].holds);
    return STATUS_OK;
}

static bool is_stdio(const char *path)
{
    return path && !strcmp(path, "-");
}

int files_check(const char *const *in, int n_in, const output_file *out, int n_out)
{
    int status = STATUS_OK, from_stdin = 0;

    for (int i = 0; i < n_out; i++) TRY(check_output(in, n_in, out, i));
    for (int i = 0; i < n_in; i++) from_stdin += is_stdio(in[i]);
    if (from_stdin > 1)
        return complain(STATUS_USAGE, "\"-\": standard input can be read only once");
    for (int i = 0; i < n_out; i++)
        if (is_stdio(out[i].path) && isatty(STDOUT_FILENO))
            return complain(STATUS_USAGE, "\"-\": standard output is a terminal; send it to a "
                            "file or a program");

done:
    return status;
}
