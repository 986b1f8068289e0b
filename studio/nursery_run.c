/* nursery_run.c - the nursery and its keepers: see nursery.h. Standard input, and output as
 * well, is the socket through which they are asked. */
#include "studio/nursery.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "studio/nursery_talk.h"

static void tell(int outcome, int error, int state)
{
    const nursery_outcome told = { .error = error, .state = state };

    send(outcome, &told, sizeof told, MSG_NOSIGNAL);
}

/* --- The keeper -------------------------------------------------------------------------- */

static _Noreturn void work(nursery_task *task, uint64_t number, pid_t keeper)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != keeper) _exit(1);      /* it went before that */
    _exit(task(number));
}

/* Until it ends, or nobody waits for it any more. */
static int wait_for(pid_t child, int pidfd, int outcome)
{
    struct pollfd ends[] = { { .fd = pidfd, .events = POLLIN },
                             { .fd = outcome, .events = POLLRDHUP } };
    int state = 0;

    while (poll(ends, 2, -1) < 0 && errno == EINTR) continue;
    if (!ends[0].revents) kill(child, SIGKILL);
    while (waitpid(child, &state, 0) < 0 && errno == EINTR) continue;
    return state;
}

/* The nursery's socket is closed by what takes its place: once the nursery has gone, who asks
 * shall see it. */
static void keep(const nursery_request *request, const int *files, nursery_task *task)
{
    const pid_t keeper = getpid();
    pid_t child;
    int pidfd;

    signal(SIGCHLD, SIG_DFL);
    setpriority(PRIO_PROCESS, 0, request->niceness);
    if (dup2(files[NURSERY_IN], STDIN_FILENO) < 0
        || dup2(files[NURSERY_OUT], STDOUT_FILENO) < 0
        || (child = fork()) < 0) {
        tell(files[NURSERY_OUTCOME], errno, 0);
        return;
    }
    if (!child) work(task, request->number, keeper);
    if ((pidfd = pidfd_open(child, 0)) < 0) tell(files[NURSERY_OUTCOME], errno, 0);
    else tell(files[NURSERY_OUTCOME], 0, wait_for(child, pidfd, files[NURSERY_OUTCOME]));
}

/* --- The nursery ------------------------------------------------------------------------- */

static size_t take_files(struct msghdr *message, int *files)
{
    struct cmsghdr *head = CMSG_FIRSTHDR(message);
    size_t n;

    if (!head || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) return 0;
    n = (head->cmsg_len - CMSG_LEN(0)) / sizeof *files;
    memcpy(files, CMSG_DATA(head), n * sizeof *files);
    return n;
}

/* False: there will be none any more. */
static bool receive(nursery_request *request, int *files, size_t *n)
{
    struct iovec words = { .iov_base = request, .iov_len = sizeof *request };
    nursery_files beside;
    struct msghdr message = { .msg_iov = &words, .msg_iovlen = 1, .msg_control = &beside,
                              .msg_controllen = sizeof beside };
    ssize_t got;

    do got = recvmsg(STDIN_FILENO, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    *n = got > 0 ? take_files(&message, files) : 0;
    return got == (ssize_t) sizeof *request;
}

static void serve(const nursery_request *request, const int *files, nursery_task *task)
{
    const pid_t keeper = fork();

    if (keeper < 0) tell(files[NURSERY_OUTCOME], errno, 0);
    if (keeper) return;
    keep(request, files, task);
    _exit(0);
}

int nursery_run(nursery_task *task)
{
    nursery_request request;
    int files[NURSERY_FILES];
    size_t n;

    signal(SIGCHLD, SIG_IGN);       /* keepers: nobody waits for them */
    close_range(STDERR_FILENO + 1, ~0U, 0);
    while (receive(&request, files, &n)) {
        if (n == NURSERY_FILES) serve(&request, files, task);
        while (n) close(files[--n]);
    }
    return 0;
}
