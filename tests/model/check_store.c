/* check_store.c - the model store from inside: known models, opening by name, a silent
 * server. */
#include "check.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <impasto/image.h>
#include <impasto/model.h>

#include "base/clock.h"
#include "base/file.h"
#include "config.h"
#include "model/store.h"

static imp_error err;
static char folder[] = "/tmp/impasto-store.XXXXXX";

static void test_known(void)
{
    const imp_model_info *info;
    size_t n = 0;

    for (; (info = imp_model_known(n)); n++) {
        CHECK(imp_model_find(info->name) == info);
        CHECK(*info->description && *info->license && *info->source);
        CHECK(strspn(info->sha256, "0123456789abcdef") == strlen(info->sha256));
        CHECK(strlen(info->sha256) >= 8 && strlen(info->sha256) <= 64);
        for (size_t i = 0; i < n; i++)
            CHECK(strcmp(info->file_name, imp_model_known(i)->file_name));
    }
    CHECK(n >= 2 && imp_model_find("vgg19") == imp_model_known(0));
    CHECK(!imp_model_known(SIZE_MAX) && !imp_model_find("vgg") && !imp_model_find(""));
}

/* Makes the file of a known model, all zeros, of any size. */
static void put_zeros(const imp_model_info *info, off_t bytes)
{
    char *path;
    FILE *f;

    CHECK_OK(imp_model_path(&path, info, &err));
    CHECK((f = fopen(path, "wb")) && !ftruncate(fileno(f), bytes));
    if (f) fclose(f);
    imp_data_free(path);
}

static void check_open(const char *name, imp_status want, const char *part1, const char *part2)
{
    imp_model *model = NULL;

    err.message[0] = '\0';
    CHECK_STATUS(imp_model_open(&model, name, &err), want);
    CHECK(!model);
    CHECK(strstr(err.message, part1));
    CHECK(strstr(err.message, part2));
    imp_model_free(model);
}

static void test_open_refusals(void)
{
    const imp_model_info *vgg19 = imp_model_find("vgg19");

    check_open("vgg19", IMP_ENOMODEL, "vgg19: not in the model store", "model fetch vgg19`");
    check_open("vgg91", IMP_EINVAL, "vgg91: neither a file nor", "vgg19, vgg19-torchvision");
    check_open("", IMP_EINVAL, "neither a file nor", "vgg19");
    check_open("./none", IMP_EIO, "./none", "No such file");
    CHECK_OK(imp_folder_make("models", &err));
    put_zeros(vgg19, 1000);
    check_open("vgg19", IMP_EFORMAT, "damaged", "`impasto model fetch vgg19`");
    put_zeros(vgg19, (off_t) vgg19->bytes);   /* only its hash can tell */
    check_open("vgg19", IMP_EFORMAT, "damaged", "`impasto model fetch vgg19`");
    put_zeros(imp_model_find("vgg19-torchvision"), 1000);
    check_open("vgg19-torchvision", IMP_EFORMAT, "damaged", "model fetch vgg19-torchvision`");
}

/* A name is a name, whatever lies in the current folder; "./vgg19" is the file. */
static void test_open_precedence(void)
{
    char *path;

    CHECK_OK(imp_model_path(&path, imp_model_find("vgg19"), &err));
    unlink(path);
    imp_data_free(path);
    CHECK_OK(imp_file_write("vgg19", "no weights", 10, &err));
    CHECK_OK(imp_file_write("own", "no weights", 10, &err));
    check_open("vgg19", IMP_ENOMODEL, "vgg19: not in the model store", "fetch");
    check_open("./vgg19", IMP_EFORMAT, "./vgg19: ", "");
    check_open("own", IMP_EFORMAT, "own: ", "");
}

/* It accepts connections (the system does), and that is all it ever does. */
static int listen_only(unsigned short *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *) &at, len) || listen(fd, 1)
        || getsockname(fd, (struct sockaddr *) &at, &len)) return -1;
    *port = ntohs(at.sin_port);
    return fd;
}

static void test_silent_server(void)
{
    const imp_model_info info = {.name = "toy", .file_name = "toy.bin", .sha256 = "00000000"};
    char path[] = "models/toy.bin", url[64];
    const imp_fetch f = {.info = &info, .path = path, .patience = 1};
    unsigned short port = 0;
    const int fd = listen_only(&port);
    const double began = imp_clock();

    if (!IMP_HAVE_CURL) CHECK_SKIP("libcurl was left out of this build");
    CHECK(fd >= 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/x", port);
    CHECK_STATUS(imp_fetch_url(&f, url, &err), IMP_ENET);
    CHECK(strstr(err.message, url));
    CHECK(imp_clock() - began < 60.0);   /* a second, on a machine with other work */
    CHECK(access("models/toy.bin.part", F_OK));
    close(fd);
}

int main(void)
{
    char command[64];

    if (!mkdtemp(folder) || chdir(folder) || setenv("IMPASTO_HOME", folder, 1)
        || setenv("no_proxy", "127.0.0.1", 1)) return 1;
    CHECK_RUN(test_known);
    CHECK_RUN(test_open_refusals);
    CHECK_RUN(test_open_precedence);
    CHECK_RUN(test_silent_server);
    snprintf(command, sizeof command, "rm -r %s", folder);
    return check_done() | (system(command) != 0);
}
