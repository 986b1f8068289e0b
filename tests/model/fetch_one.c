/* fetch_one.c - drives the model store for store.py with a model of the test's own:
 *
 *     fetch_one [OPTION...] fetch|verify|hash|path NAME FILE SOURCE SHA256 BYTES
 *     fetch_one [OPTION...] fetch|open NAME-THAT-IMPASTO-KNOWS
 *
 * prints what the call came to, the message, how often and how far progress was reported. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <impasto/image.h>
#include <impasto/model.h>

typedef struct watch {
    uint64_t stop_at;        /* progress says no from here on */
    uint64_t first, last, total;
    int calls;
} watch;

static bool on_progress(void *user, uint64_t done, uint64_t total)
{
    watch *w = user;

    if (!w->calls++) w->first = done;
    w->last = done;
    w->total = total;
    return done < w->stop_at;
}

static int say(imp_status status, const imp_error *err)
{
    printf("status %s\n", imp_status_name(status));
    if (status != IMP_OK) printf("message %s\n", err->message);
    return status != IMP_OK;
}

static int fetch(const imp_model_info *info, const char *from, watch *w)
{
    imp_error err = {0};
    const int failed = say(imp_model_fetch(info, from, on_progress, w, &err), &err);

    printf("progress calls %d first %llu last %llu total %llu\n", w->calls,
           (unsigned long long) w->first, (unsigned long long) w->last,
           (unsigned long long) w->total);
    return failed;
}

static int verify(const imp_model_info *info, bool hash)
{
    static const char *const names[] = {"absent", "present", "verified", "damaged"};
    imp_error err = {0};
    imp_model_state state;
    const imp_status status = imp_model_verify(&state, info, hash, &err);

    if (status == IMP_OK) printf("state %s\n", names[state]);
    return say(status, &err);
}

static int path(const imp_model_info *info)
{
    imp_error err = {0};
    char *path = NULL;
    const imp_status status = imp_model_path(&path, info, &err);

    if (path) printf("path %s\n", path);
    imp_data_free(path);
    return say(status, &err);
}

static int open_model(const char *name)
{
    imp_error err = {0};
    imp_model *model;
    const int failed = say(imp_model_open(&model, name, &err), &err);

    if (!failed)
        printf("name %s\nsha256 %s\n", imp_model_name(model), imp_model_sha256(model));
    imp_model_free(model);
    return failed;
}

int main(int argc, char **argv)
{
    watch w = {.stop_at = UINT64_MAX};
    const char *from = NULL;
    int option;

    /* -f SOURCE: fetch from there; -s BYTES: stop there; -u UID: as that user */
    while ((option = getopt(argc, argv, "f:s:u:")) != -1) {
        if (option == 'f') from = optarg;
        else if (option == 's') w.stop_at = strtoull(optarg, NULL, 10);
        else if (option != 'u' || setuid((uid_t) atoi(optarg))) return 2;
    }
    argv += optind;
    if (argc - optind == 2 && !strcmp(argv[0], "open")) return open_model(argv[1]);
    if (argc - optind == 2 && !strcmp(argv[0], "fetch")) {
        const imp_model_info *info = imp_model_find(argv[1]);
        return info ? fetch(info, from, &w) : 2;
    }
    if (argc - optind != 6) return 2;

    const imp_model_info info = {
        .name = argv[1], .description = "a test", .file_name = argv[2], .source = argv[3],
        .license = "none", .sha256 = argv[4], .bytes = strtoull(argv[5], NULL, 10),
    };
    if (!strcmp(argv[0], "fetch")) return fetch(&info, from, &w);
    if (!strcmp(argv[0], "path")) return path(&info);
    return verify(&info, !strcmp(argv[0], "hash"));
}
