/* nursery.c - the side of who asks: see nursery.h; nursery_run.c is the other one. */
#include "studio/nursery.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "studio/aside.h"
#include "studio/nursery_talk.h"

extern char **environ;

/* What was told to end has so long to do so. */
enum { GRACE_SECONDS = 10 };

struct nursery {
    const char *word;
    aside *starter;         /* a priority once lowered stays so: not the thread of a request */
    pthread_mutex_t lock;
    int socket;             /* -1: it was not started, or was ended */
    pid_t child;
    int error;              /* why it could not be started */
};

/* --- The process ------------------------------------------------------------------------- */

/* One thread for each, as the painting needs the others. The caller frees it. */
static char **child_environment(void)
{
    static char threads[] = "OMP_NUM_THREADS=1";
    size_t n = 0, kept = 0;
    char **all;

    while (environ[n]) n++;
    if (!(all = calloc(n + 2, sizeof *all))) return NULL;
    for (size_t i = 0; i < n; i++)
        if (strncmp(environ[i], "OMP_NUM_THREADS=", 16)) all[kept++] = environ[i];
    all[kept] = threads;
    return all;
}

/* In the place of standard output, too: it keeps nothing open that was the caller's. */
static int spawn_on(pid_t *child, int socket, const char *word)
{
    char program[] = "impasto", *copy = strdup(word);
    char *argv[] = { program, copy, NULL };
    char **environment = child_environment();
    posix_spawn_file_actions_t files;
    int error = copy && environment ? 0 : ENOMEM;

    if (!error && !(error = posix_spawn_file_actions_init(&files))) {
        if (!(error = posix_spawn_file_actions_adddup2(&files, socket, STDIN_FILENO))
            && !(error = posix_spawn_file_actions_adddup2(&files, socket, STDOUT_FILENO)))
            error = posix_spawn(child, "/proc/self/exe", &files, NULL, argv, environment);
        posix_spawn_file_actions_destroy(&files);
    }
    free(environment);
    free(copy);
    return error;
}

/* What it has not begun yet is asked for once more. */
static void stop(nursery *n)
{
    if (n->socket < 0) return;
    close(n->socket);
    n->socket = -1;
    kill(n->child, SIGKILL);
    while (waitpid(n->child, NULL, 0) < 0 && errno == EINTR) continue;
}

static void start(void *user)
{
    nursery *n = user;
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
        n->error = errno;
        return;
    }
    n->error = spawn_on(&n->child, ends[1], n->word);
    if (n->error) close(ends[0]);
    else n->socket = ends[0];
    close(ends[1]);
}

nursery *nursery_new(const char *word)
{
    nursery *n = calloc(1, sizeof *n);

    if (!n) return NULL;
    if (aside_new(&n->starter, 0, NULL)) {
        free(n);
        return NULL;
    }
    n->word = word;
    n->socket = -1;
    pthread_mutex_init(&n->lock, NULL);
    return n;
}

void nursery_free(nursery *n)
{
    if (!n) return;
    stop(n);
    aside_free(n->starter);
    pthread_mutex_destroy(&n->lock);
    free(n);
}

/* Unless another thread has ended it, and perhaps started the next. */
static void end_this_one(nursery *n, pid_t child)
{
    pthread_mutex_lock(&n->lock);
    if (n->child == child) stop(n);
    pthread_mutex_unlock(&n->lock);
}

/* --- The work ---------------------------------------------------------------------------- */

static bool send_request(int socket, const nursery_work *work, int outcome)
{
    const int files[NURSERY_FILES] = { [NURSERY_IN] = work->in, [NURSERY_OUT] = work->out,
                                       [NURSERY_OUTCOME] = outcome };
    nursery_request request = { .number = work->number,
                                .niceness = getpriority(PRIO_PROCESS, 0) };
    struct iovec words = { .iov_base = &request, .iov_len = sizeof request };
    nursery_files beside = { 0 };
    const struct msghdr message = { .msg_iov = &words, .msg_iovlen = 1,
                                    .msg_control = &beside, .msg_controllen = sizeof beside };
    ssize_t sent;

    beside.head.cmsg_level = SOL_SOCKET;
    beside.head.cmsg_type = SCM_RIGHTS;
    beside.head.cmsg_len = CMSG_LEN(sizeof files);
    memcpy(CMSG_DATA(&beside.head), files, sizeof files);
    do sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t) sizeof request;
}

/* 0, or why it could not be asked. */
static int ask(nursery *n, const nursery_work *work, int outcome, pid_t *asked)
{
    int error = 0;

    pthread_mutex_lock(&n->lock);
    if (n->socket < 0) {
        n->error = EAGAIN;
        aside_do(n->starter, start, n);
        error = n->error;
    }
    *asked = n->child;
    if (!error && !send_request(n->socket, work, outcome)) error = ECHILD;
    pthread_mutex_unlock(&n->lock);
    return error;
}

/* Whether something is there to be read, be it the end. */
static bool is_told(int fd, int seconds)
{
    struct pollfd told = { .fd = fd, .events = POLLIN };
    int seen;

    do seen = poll(&told, 1, seconds * 1000);
    while (seen < 0 && errno == EINTR);
    return seen == 1;
}

static nursery_end wait_for(int fd, int seconds)
{
    nursery_end end = { .in_time = is_told(fd, seconds) };
    nursery_outcome told;

    if (!end.in_time) {
        shutdown(fd, SHUT_WR);
        is_told(fd, GRACE_SECONDS);
    }
    if (recv(fd, &told, sizeof told, MSG_DONTWAIT) == (ssize_t) sizeof told) {
        end.error = told.error;
        end.state = told.state;
    } else if (end.in_time) {
        end.error = ECHILD;     /* nursery or keeper are gone */
    }
    return end;
}

static nursery_end try(nursery *n, const nursery_work *work)
{
    nursery_end end = { 0 };
    pid_t asked;
    int ends[2];

    if (ftruncate(work->out, 0) || lseek(work->out, 0, SEEK_SET)
        || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
        end.error = errno;
        return end;
    }
    end.error = ask(n, work, ends[1], &asked);
    close(ends[1]);
    if (!end.error) end = wait_for(ends[0], work->seconds);
    close(ends[0]);
    if (end.error == ECHILD || WIFSIGNALED(end.state)) end_this_one(n, asked);
    return end;
}

nursery_end nursery_do(nursery *n, const nursery_work *work)
{
    const nursery_end end = try(n, work);

    return end.error == ECHILD ? try(n, work) : end;
}
