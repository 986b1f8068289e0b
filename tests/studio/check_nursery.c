/* check_nursery.c - work that ends well, badly or not at all, in processes of a nursery; that
 * and its keepers killed, and who asks. This program is the one started again. */
#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "studio/clock.h"
#include "studio/nursery.h"

#define WORD "check-nursery"

/* Seconds for what takes none. */
static const double patience = 20;

/* --- The work ---------------------------------------------------------------------------- */

enum { TELL, TELL_AND_SLEEP, COPY, CRASH, ORPHAN, CODE };

typedef struct family {
    pid_t work, keeper, nursery;
    int niceness, threads;
} family;

/* What stands behind the name in /proc/PID/stat: state and parent. */
static bool look_up(pid_t pid, char *state, pid_t *parent)
{
    char path[32];
    FILE *f;
    bool found;

    snprintf(path, sizeof path, "/proc/%d/stat", (int) pid);
    if (!(f = fopen(path, "re"))) return false;
    found = fscanf(f, "%*d (%*[^)]) %c %d", state, parent) == 2;
    fclose(f);
    return found;
}

static int tell_family(void)
{
    const char *threads = getenv("OMP_NUM_THREADS");
    family all = { .work = getpid(), .keeper = getppid(),
                   .niceness = getpriority(PRIO_PROCESS, 0),
                   .threads = threads ? atoi(threads) : 0 };
    char state;

    return !look_up(all.keeper, &state, &all.nursery)
        || write(STDOUT_FILENO, &all, sizeof all) != (ssize_t) sizeof all;
}

static int work(uint64_t number)
{
    char byte;

    switch (number) {
    case TELL: return tell_family();
    case TELL_AND_SLEEP: return tell_family() || pause();
    case COPY:
        return pread(STDIN_FILENO, &byte, 1, 0) != 1 || write(STDOUT_FILENO, &byte, 1) != 1;
    case CRASH:
        signal(SIGSEGV, SIG_DFL);    /* which sanitizers catch */
        return raise(SIGSEGV);
    case ORPHAN: return tell_family() || kill(getppid(), SIGKILL) || pause();
    default: return (int) (number - CODE);
    }
}

/* --- Who asks ---------------------------------------------------------------------------- */

static nursery_end ask(nursery *n, uint64_t number, int in, int out, int seconds)
{
    return nursery_do(n, &(nursery_work) { .number = number, .in = in, .out = out,
                                           .seconds = seconds });
}

static bool is_done(nursery_end end)
{
    return !end.error && end.in_time && WIFEXITED(end.state) && !WEXITSTATUS(end.state);
}

static int file_of(char byte)
{
    const int fd = memfd_create("check", MFD_CLOEXEC);

    if (fd < 0 || pwrite(fd, &byte, 1, 0) != 1) abort();
    return fd;
}

static family family_in(int fd)
{
    family all = { 0 };

    CHECK(pread(fd, &all, sizeof all, 0) == (ssize_t) sizeof all);
    return all;
}

static family family_of(nursery *n)
{
    const int fd = file_of('x');
    family all;

    CHECK(is_done(ask(n, TELL, fd, fd, 60)));
    all = family_in(fd);
    close(fd);
    return all;
}

/* A zombie is gone, too: not all who adopt look after it. */
static bool goes(pid_t pid)
{
    const double end = seconds_now() + patience;
    pid_t parent;
    char state;

    while (look_up(pid, &state, &parent) && state != 'Z') {
        if (seconds_now() > end) return false;
        seconds_sleep(0.01);
    }
    return pid > 0;
}

static int count_in(const char *path)
{
    DIR *folder = opendir(path);
    int n = 0;

    if (!folder) return -1;
    while (readdir(folder)) n++;
    closedir(folder);
    return n;
}

static void test_work(void)
{
    nursery *n = nursery_new(WORD);
    const int in = file_of('a'), out = file_of('b');
    nursery_end end;
    char got[2];

    CHECK(write(out, "more", 4) == 4);
    CHECK(is_done(ask(n, COPY, in, out, 60)));
    CHECK(pread(out, got, 2, 0) == 1 && *got == 'a');
    end = ask(n, CODE + 7, in, out, 60);
    CHECK(!end.error && end.in_time && WIFEXITED(end.state) && WEXITSTATUS(end.state) == 7);
    nursery_free(n);
    close(in);
    close(out);
}

static void test_it_is_kept(void)
{
    nursery *n = nursery_new(WORD);
    const family first = family_of(n), second = family_of(n);
    pid_t parent;
    char state;

    CHECK(first.nursery == second.nursery && first.work != second.work);
    CHECK(first.threads == 1);
    CHECK(goes(first.keeper) && !look_up(first.keeper, &state, &parent));   /* no zombie */
    nursery_free(n);
    CHECK(goes(first.nursery));
}

static void test_too_slow(void)
{
    nursery *n = nursery_new(WORD);
    const int fd = file_of('x');
    const nursery_end end = ask(n, TELL_AND_SLEEP, fd, fd, 1);
    const family all = family_in(fd);

    CHECK(!end.error && !end.in_time && WIFSIGNALED(end.state));
    CHECK(goes(all.work) && goes(all.keeper));
    nursery_free(n);
    close(fd);
}

/* Its layout of memory is not shown twice. */
static void test_crash(void)
{
    nursery *n = nursery_new(WORD);
    const family before = family_of(n);
    const int fd = file_of('x');
    const nursery_end end = ask(n, CRASH, fd, fd, 60);

    CHECK(!end.error && end.in_time && WIFSIGNALED(end.state)
          && WTERMSIG(end.state) == SIGSEGV);
    CHECK(goes(before.nursery) && family_of(n).nursery != before.nursery);
    nursery_free(n);
    close(fd);
}

static void test_nursery_is_killed(void)
{
    nursery *n = nursery_new(WORD);
    family before;

    for (int i = 0; i < 6; i++) {
        before = family_of(n);
        CHECK(before.nursery > 0 && !kill(before.nursery, SIGKILL));
        if (i % 2) CHECK(goes(before.nursery));      /* else it is dying, perhaps */
        CHECK(family_of(n).nursery != before.nursery);
    }
    nursery_free(n);
}

static void test_keepers_are_killed(void)
{
    nursery *n = nursery_new(WORD);
    const int fd = file_of('x');

    CHECK(ask(n, ORPHAN, fd, fd, 60).error == ECHILD);
    CHECK(goes(family_in(fd).work));
    CHECK(family_of(n).nursery > 0);
    nursery_free(n);
    close(fd);
}

static void test_nursery_that_ends_at_once(void)
{
    nursery *n = nursery_new("--no-such-word");
    const int fd = file_of('x');

    CHECK(ask(n, TELL, fd, fd, 60).error == ECHILD);
    nursery_free(n);
    close(fd);
}

typedef struct asker {
    nursery *nursery;
    family family;
    int number;
} asker;

static void *ask_below(void *user)
{
    asker *a = user;

    setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + 3);
    a->family = family_of(a->nursery);
    return NULL;
}

/* As the thread that asks; the nursery as the one that made it. */
static void test_priority(void)
{
    const int usual = getpriority(PRIO_PROCESS, 0);
    asker a = { .nursery = nursery_new(WORD) };
    pthread_t thread;

    pthread_create(&thread, NULL, ask_below, &a);
    pthread_join(thread, NULL);
    CHECK(a.family.niceness == usual + 3);
    CHECK(getpriority(PRIO_PROCESS, (id_t) a.family.nursery) == usual);
    CHECK(family_of(a.nursery).niceness == usual);
    nursery_free(a.nursery);
}

static void *ask_much(void *user)
{
    const asker *a = user;
    const int fd = file_of('x');
    bool good = true;

    for (int i = 0; i < 8; i++) {
        const nursery_end end = ask(a->nursery, (uint64_t) (CODE + a->number), fd, fd, 60);
        good &= !end.error && end.in_time && WEXITSTATUS(end.state) == a->number;
    }
    close(fd);
    return good ? user : NULL;
}

static void test_many_at_once(void)
{
    enum { THREADS = 6 };
    const int files = count_in("/proc/self/fd"), threads = count_in("/proc/self/task");
    asker askers[THREADS];
    pthread_t thread[THREADS];
    nursery *n = nursery_new(WORD);
    void *good;

    for (int i = 0; i < THREADS; i++) {
        askers[i] = (asker) { .nursery = n, .number = i };
        pthread_create(&thread[i], NULL, ask_much, &askers[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(thread[i], &good);
        CHECK(good != NULL);
    }
    nursery_free(n);
    CHECK(count_in("/proc/self/fd") == files && count_in("/proc/self/task") == threads);
}

/* Ended in a way that leaves it no time to end others. */
static void test_who_asks_is_killed(void)
{
    const int fd = file_of('x');
    const double end = seconds_now() + patience;
    const pid_t other = fork();
    family all;

    if (!other) {
        ask(nursery_new(WORD), TELL_AND_SLEEP, fd, fd, 600);
        _exit(1);
    }
    while (lseek(fd, 0, SEEK_END) < (off_t) sizeof all && seconds_now() < end)
        seconds_sleep(0.01);
    all = family_in(fd);
    kill(other, SIGKILL);
    waitpid(other, NULL, 0);
    CHECK(goes(all.work) && goes(all.keeper) && goes(all.nursery));
    close(fd);
}

int main(int argc, char **argv)
{
    if (argc > 1) return strcmp(argv[1], WORD) ? 1 : nursery_run(work);
    CHECK_RUN(test_who_asks_is_killed);      /* first: it forks, and has no threads yet */
    CHECK_RUN(test_work);
    CHECK_RUN(test_it_is_kept);
    CHECK_RUN(test_too_slow);
    CHECK_RUN(test_crash);
    CHECK_RUN(test_nursery_is_killed);
    CHECK_RUN(test_keepers_are_killed);
    CHECK_RUN(test_nursery_that_ends_at_once);
    CHECK_RUN(test_priority);
    CHECK_RUN(test_many_at_once);
    return check_done();
}
