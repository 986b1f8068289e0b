/* check_decoder.c - pictures decoded in another process are those decoded in this one; and a
 * decoder that crashes, hangs, eats or lies. This program is the one started again: the
 * variable CHECK_DECODER says what its processes do then. check_decoder PICTURE... */
#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "studio/confine.h"
#include "studio/decoder.h"
#include "studio/decoder_reply.h"
#include "studio/nursery.h"

static char **files;
static int n_files;

/* --- The other process ------------------------------------------------------------------- */

static const decoder_reply honest = { .width = 2, .height = 2, .columns = 2, .rows = 2,
                                      .depth = 8 };

static int answer_with(decoder_reply reply, size_t floats, float value)
{
    if (write(STDOUT_FILENO, &reply, sizeof reply) != (ssize_t) sizeof reply) return 1;
    for (size_t i = 0; i < floats; i++)
        if (write(STDOUT_FILENO, &value, sizeof value) != (ssize_t) sizeof value) return 1;
    return 0;
}

static int lie(const char *how)
{
    decoder_reply r = honest;

    if (!strcmp(how, "honest")) return answer_with(r, 12, 0.5f);
    if (!strcmp(how, "silent")) return 0;
    if (!strcmp(how, "nan")) return answer_with(r, 12, NAN);
    if (!strcmp(how, "short")) return answer_with(r, 11, 0.5f);
    if (!strcmp(how, "long")) return answer_with(r, 13, 0.5f);
    if (!strcmp(how, "huge")) r.width = r.columns = UINT64_C(1) << 62;
    if (!strcmp(how, "empty")) r.width = r.columns = 0;
    if (!strcmp(how, "alpha")) r.has_alpha = 7;
    if (!strcmp(how, "depth")) r.depth = 3;
    if (!strcmp(how, "density")) r.density_x = INFINITY;
    if (!strcmp(how, "settings")) r.settings = UINT32_MAX;
    if (!strcmp(how, "status")) r.status = 99;
    if (!strcmp(how, "words")) {
        r.status = (uint32_t) IMP_EFORMAT;
        memset(r.message, 'x', sizeof r.message);
    }
    return answer_with(r, 12, 0.5f);
}

/* What a decoder that somebody has taken over would try. */
static int escape(void)
{
    const pid_t keeper = getppid();
    const bool held = confine(10, 1 << 20)
        && open("/etc/passwd", O_RDONLY) < 0 && socket(AF_INET, SOCK_STREAM, 0) < 0
        && fork() < 0 && kill(keeper, 0) < 0 && syscall(SYS_tgkill, keeper, keeper, 0) < 0
        && execl("/bin/true", "true", NULL) < 0
        && !malloc((size_t) 4 << 30);

    return held ? answer_with(honest, 12, 0.5f) : 1;
}

static int misbehave(uint64_t side)
{
    const char *how = getenv("CHECK_DECODER");
    volatile unsigned n = 0;
    char *data;

    (void) side;
    if (!strcmp(how, "crash")) {
        signal(SIGSEGV, SIG_DFL);    /* which sanitizers catch */
        raise(SIGSEGV);
    }
    if (!strcmp(how, "killed")) raise(SIGKILL);
    if (!strcmp(how, "abort")) {
        confine(10, 1 << 20);
        signal(SIGABRT, SIG_DFL);
        abort();
    }
    if (!strcmp(how, "exit")) return 3;
    if (!strcmp(how, "hang")) {
        confine(1, 1 << 20);
        for (;;) n++;
    }
    if (!strcmp(how, "write")) {
        confine(10, 1 << 20);
        if (!(data = calloc(2, 1 << 20)) || write(STDOUT_FILENO, data, 2 << 20) < 0) return 1;
        return write(STDOUT_FILENO, data, 2 << 20) < 0;
    }
    if (!strcmp(how, "escape")) return escape();
    return lie(how);
}

/* --- This one ---------------------------------------------------------------------------- */

static imp_status load(decoder *d, imp_image **out, const char *file, size_t side,
                       imp_error *err)
{
    size_t width, height;

    return decoder_load(d, out, &width, &height, file, side, err);
}

static bool same_floats(const float *a, const float *b, size_t n)
{
    return !a == !b && (!a || !memcmp(a, b, n * sizeof *a));
}

static void check_same(const char *file, const imp_image *a, const imp_image *b)
{
    const size_t n = imp_image_width(a) * imp_image_height(a);
    const char *settings = imp_image_settings(a);
    double ax, ay, bx, by;

    imp_image_density(a, &ax, &ay);
    imp_image_density(b, &bx, &by);
    if (imp_image_width(a) != imp_image_width(b) || imp_image_height(a) != imp_image_height(b)
        || !same_floats(imp_image_rgb_const(a), imp_image_rgb_const(b), 3 * n)
        || !same_floats(imp_image_alpha_const(a), imp_image_alpha_const(b), n))
        check_fail(__FILE__, __LINE__, "%s: other pixels", file);
    if (imp_image_depth(a) != imp_image_depth(b) || ax != bx || ay != by
        || !settings != !imp_image_settings(b)
        || (settings && strcmp(settings, imp_image_settings(b))))
        check_fail(__FILE__, __LINE__, "%s: other metadata", file);
}

static void test_same_as_in_this_process(void)
{
    decoder *d = decoder_new();

    for (int i = 0; i < n_files; i++) {
        imp_image *here = NULL, *there = NULL;
        imp_error here_err, err;
        const imp_status want = imp_image_load(&here, files[i], NULL, &here_err);

        CHECK_STATUS(load(d, &there, files[i], 0, &err), want);
        if (want == IMP_OK && there) check_same(files[i], here, there);
        else CHECK_TEXT(err.message + strlen("the picture"),
                        here_err.message + strlen(files[i]));
        imp_image_free(here);
        imp_image_free(there);
    }
    decoder_free(d);
}

/* Overshoot is no lie. */
static void test_all_can_be_small(void)
{
    decoder *d = decoder_new();

    for (int i = 0; i < n_files; i++) {
        imp_image *image = NULL;
        imp_error err;
        if (load(d, &image, files[i], 30, &err) && strstr(err.message, "made no sense"))
            check_fail(__FILE__, __LINE__, "%s: %s", files[i], err.message);
        imp_image_free(image);
    }
    decoder_free(d);
}

static void test_small(void)
{
    decoder *d = decoder_new();
    imp_image *image = NULL;
    size_t width = 0, height = 0;
    imp_error err;

    CHECK_OK(decoder_load(d, &image, &width, &height, files[0], 16, &err));
    CHECK(imp_image_width(image) == 16 && imp_image_height(image) == 12);
    CHECK(width == 64 && height == 48);
    imp_image_free(image);
    decoder_free(d);
}

static void expect(const char *how, imp_status want, const char *words)
{
    decoder *d = decoder_new();
    imp_image *image = NULL;
    imp_error err = { 0 };

    setenv("CHECK_DECODER", how, 1);
    CHECK_STATUS(load(d, &image, files[0], 0, &err), want);
    if (want != IMP_OK && !(strstr(err.message, words) && !strncmp(err.message, "the pic", 7)))
        check_fail(__FILE__, __LINE__, "%s: \"%s\"", how, err.message);
    imp_image_free(image);
    decoder_free(d);
    unsetenv("CHECK_DECODER");
}

static void test_bad_ends(void)
{
    expect("crash", IMP_EFORMAT, "crashed");
    expect("abort", IMP_EFORMAT, "crashed");
    expect("killed", IMP_ENOMEM, "killed");
    expect("exit", IMP_EIO, "started");
    expect("hang", IMP_ELIMIT, "seconds");
    expect("write", IMP_ELIMIT, "large");
}

static void test_lies(void)
{
    static const char *const lies[] = { "silent", "nan", "short", "long", "huge", "empty",
                                        "alpha", "depth", "density", "settings", "status",
                                        "words" };

    expect("honest", IMP_OK, "");
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++)
        expect(lies[i], IMP_EFORMAT, "made no sense");
}

static void test_confined(void)
{
#if defined __SANITIZE_ADDRESS__ || !defined __x86_64__
    CHECK_SKIP("sanitizers and this filter do not go together");
#elif defined __has_feature
#if __has_feature(address_sanitizer)
    CHECK_SKIP("sanitizers and this filter do not go together");
#endif
#endif
    expect("escape", IMP_OK, "");
}

static int open_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int n = 0;

    if (!folder) return -1;
    while (readdir(folder)) n++;
    closedir(folder);
    return n;
}

static void *load_some(void *user)
{
    imp_image *image;
    imp_error err;

    for (int i = 0; i < 4; i++)
        if (load(user, &image, files[0], 0, &err) == IMP_OK) imp_image_free(image);
        else return NULL;
    return user;
}

static void test_many_at_once(void)
{
    enum { THREADS = 6 };
    const int before = open_files();
    decoder *d = decoder_new();
    pthread_t thread[THREADS];
    void *good;

    for (int i = 0; i < THREADS; i++) pthread_create(&thread[i], NULL, load_some, d);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(thread[i], &good);
        CHECK(good != NULL);
    }
    decoder_free(d);
    CHECK(open_files() == before);
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], DECODER_WORD))
        return nursery_run(getenv("CHECK_DECODER") ? misbehave : decoder_run);
    files = argv + 1;
    n_files = argc - 1;
    CHECK_RUN(test_same_as_in_this_process);
    CHECK_RUN(test_all_can_be_small);
    CHECK_RUN(test_small);
    CHECK_RUN(test_bad_ends);
    CHECK_RUN(test_lies);
    CHECK_RUN(test_confined);
    CHECK_RUN(test_many_at_once);
    return check_done();
}
