/* confine.c - see confine.h: limits on what may be used, then a filter on what may be asked of
 * the kernel. What the filter does not know fails with EPERM, so that a C library with other
 * habits than those seen here makes a picture fail and not the studio. */
#include "studio/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A picture of the most pixels allowed, with alpha, turned round: twice 16 bytes a pixel, the
 * file, and the program itself. */
#define ADDRESSES (UINT64_C(3) << 30)

/* Sanitizers reserve more addresses than there is memory, and ask the kernel for much. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANITIZED 1
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* Of the processor one more: the first limit has a signal of its own, which tells why. */
static bool limit(__rlimit_resource_t what, uint64_t most)
{
    const struct rlimit both = { .rlim_cur = most,
                                 .rlim_max = most + (what == RLIMIT_CPU) };

    return !setrlimit(what, &both);
}

static bool set_limits(unsigned seconds, uint64_t file_bytes)
{
    return limit(RLIMIT_CORE, 0) && limit(RLIMIT_CPU, seconds)
        && limit(RLIMIT_FSIZE, file_bytes)
        && (SANITIZED || (limit(RLIMIT_AS, ADDRESSES) && limit(RLIMIT_NOFILE, 3)));
}

/* A wish: where it is not granted nothing is lost. */
static void go_first_without_memory(void)
{
    const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    if (fd < 0) return;
    if (write(fd, "1000", 4) != 4) errno = 0;
    close(fd);
}

#if defined __x86_64__
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#if defined ARCHITECTURE && !SANITIZED
/* To read and write what is open, to get memory, to end. No signal can be sent, as it could go
 * to any process of this user: abort() then ends by an instruction that is not allowed. */
static const int asked[] = {
    SYS_read, SYS_write, SYS_lseek, SYS_fstat, SYS_newfstatat, SYS_close, SYS_mmap, SYS_munmap,
    SYS_mremap, SYS_mprotect, SYS_madvise, SYS_brk, SYS_futex, SYS_sched_yield,
    SYS_sched_getaffinity, SYS_clock_gettime, SYS_getrandom, SYS_rt_sigaction,
    SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_getpid, SYS_gettid, SYS_exit, SYS_exit_group,
};

enum { ASKED = sizeof asked / sizeof *asked, HEAD = 4 };

static bool filter_calls(void)
{
    struct sock_filter code[HEAD + 2 * ASKED + 1] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    };
    const struct sock_fprog program = { .len = sizeof code / sizeof *code, .filter = code };

    for (int i = 0; i < ASKED; i++) {
        code[HEAD + 2 * i] = (struct sock_filter)
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t) asked[i], 0, 1);
        code[HEAD + 2 * i + 1] = (struct sock_filter)
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    code[HEAD + 2 * ASKED] = (struct sock_filter)
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    /* A kernel without filters says EINVAL: the limits stand all the same. */
    return !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) || errno == EINVAL;
}
#else
static bool filter_calls(void)
{
    return true;
}
#endif

bool confine(unsigned seconds, uint64_t file_bytes)
{
    go_first_without_memory();
    close_range(STDERR_FILENO + 1, ~0U, 0);
    return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && set_limits(seconds, file_bytes)
        && filter_calls();
}
