/* check_base.c - memory, files, hashes and random numbers. */
#include "check.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <impasto/bench.h>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/random.h"

static imp_error err;
static char folder[] = "/tmp/impasto-base.XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void test_alloc(void)
{
    float *p = imp_alloc(5, sizeof *p);

    CHECK(p && (uintptr_t) p % IMP_ALIGN == 0 && p[0] == 0.0f && p[4] == 0.0f);
    imp_free(p);
    CHECK(!imp_alloc(SIZE_MAX / 2, 4));
    p = imp_alloc(0, 4);
    CHECK(p);
    imp_free(p);
    CHECK(imp_memory_available() > 1 << 20);
}

/* 64 MB taken, written to and given back show in what is held now and at the most. Other
 * memory of the process may come and go meanwhile, hence half of it. */
static void test_resident(void)
{
    enum { BYTES = 64 << 20 };
    const uint64_t before = imp_memory_resident();
    char *p = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(p != MAP_FAILED && before > 0);
    memset(p, 1, BYTES);
    CHECK(imp_memory_resident() > before + BYTES / 2);
    munmap(p, BYTES);
    CHECK(imp_memory_resident() < before + BYTES / 2);
    CHECK(imp_memory_peak() > before + BYTES / 2);
    imp_memory_peak_restart();
    CHECK(imp_memory_peak() < before + BYTES / 2);
}

static void test_machine(void)
{
    imp_machine m;

    imp_machine_describe(&m);
    CHECK(*m.processor && m.cores >= 1 && m.cores <= m.threads);
#ifdef __x86_64__
    CHECK(!strncmp(m.instructions, "sse2", 4));
#endif
}

static void *threads_of_another(void *user)
{
    *(int *) user = imp_threads_use(3);
    return NULL;
}

/* The number is the thread's own. */
static void test_threads(void)
{
    const int before = imp_threads_use(2);
    pthread_t thread;
    int others = 0;

    if (pthread_create(&thread, NULL, threads_of_another, &others)) exit(1);
    pthread_join(thread, NULL);
    CHECK(before >= 1 && others == before);
    CHECK(imp_threads_use(before) == 2);
}

static void test_file_round_trip(void)
{
    char *data;
    size_t len;
    struct stat st;

    CHECK_OK(imp_file_write(in_folder("a"), "hello", 5, &err));
    CHECK_OK(imp_file_read(&data, &len, in_folder("a"), 100, &err));
    CHECK(len == 5);
    CHECK_TEXT(data, "hello");
    imp_free(data);
    CHECK(!chmod(in_folder("a"), 0640));
    CHECK_OK(imp_file_write(in_folder("a"), "anew", 4, &err));
    CHECK(!stat(in_folder("a"), &st) && (st.st_mode & 0777) == 0640 && st.st_size == 4);
}

static void test_file_refusals(void)
{
    char *data;
    size_t len;

    CHECK_STATUS(imp_file_read(&data, &len, in_folder("none"), 100, &err), IMP_EIO);
    CHECK(strstr(err.message, "none: No such file"));
    CHECK_STATUS(imp_file_read(&data, &len, folder, 100, &err), IMP_EIO);
    CHECK(strstr(err.message, "is a folder"));
    CHECK_OK(imp_file_write(in_folder("empty"), "", 0, &err));
    CHECK_STATUS(imp_file_read(&data, &len, in_folder("empty"), 100, &err), IMP_EIO);
    CHECK(strstr(err.message, "is empty"));
    CHECK_OK(imp_file_write(in_folder("long"), "0123456789", 10, &err));
    CHECK_STATUS(imp_file_read(&data, &len, in_folder("long"), 9, &err), IMP_ELIMIT);
    CHECK_STATUS(imp_file_write(in_folder("no/such/folder"), "x", 1, &err), IMP_EIO);
    CHECK_STATUS(imp_file_write(folder, "x", 1, &err), IMP_EIO);
    CHECK_STATUS(imp_file_write("/dev/full", "x", 1, &err), IMP_EIO);
    CHECK(strstr(err.message, "No space left"));
}

static void test_folder_make(void)
{
    CHECK_OK(imp_folder_make(in_folder("x/y/z"), &err));
    CHECK_OK(imp_folder_make(in_folder("x/y/z"), &err));
    CHECK_OK(imp_file_write(in_folder("x/y/file"), "x", 1, &err));
    CHECK_STATUS(imp_folder_make(in_folder("x/y/file/z"), &err), IMP_EIO);
    CHECK_STATUS(imp_folder_make(in_folder("x/y/file"), &err), IMP_EIO);
}

static void test_sha256(void)   /* FIPS 180-4, example of one block */
{
    static const char want[] = "ba7816bf8f01cfea414140de5dae2223"
                               "b00361a396177a9cb410ff61f20015ad";
    char hex[IMP_SHA256_HEX];

    imp_sha256(hex, "abc", 3);
    CHECK_TEXT(hex, want);
    CHECK_OK(imp_file_write(in_folder("abc"), "abc", 3, &err));
    CHECK_OK(imp_sha256_file(hex, in_folder("abc"), &err));
    CHECK_TEXT(hex, want);
}

static void test_random(void)
{
    imp_random r = { 1234567 };
    double sum = 0, squares = 0;

    /* The published generator's first two. */
    CHECK(imp_random_u64(&r) == 6457827717110365317u);
    CHECK(imp_random_u64(&r) == 3203168211198807973u);
    for (int i = 0; i < 100000; i++) {
        const double x = imp_random_normal(&r);
        sum += x;
        squares += x * x;
    }
    CHECK(fabs(sum / 1e5) < 0.015);          /* five deviations of the mean of 1e5 */
    CHECK(fabs(squares / 1e5 - 1) < 0.025);
}

int main(void)
{
    if (!mkdtemp(folder)) return 1;
    CHECK_RUN(test_alloc);
    CHECK_RUN(test_resident);
    CHECK_RUN(test_machine);
    CHECK_RUN(test_threads);
    CHECK_RUN(test_file_round_trip);
    CHECK_RUN(test_file_refusals);
    CHECK_RUN(test_folder_make);
    CHECK_RUN(test_sha256);
    CHECK_RUN(test_random);
    return check_done();
}
