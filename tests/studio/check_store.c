/* check_store.c - what the studio remembers: pictures and jobs, from one run to the next. */
#include "check.h"

#include <limits.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "studio/store.h"

static char folder[64];
static imp_error err;

static void make_picture(picture *p, char digit, const char *name)
{
    *p = (picture) { .type = "image/png", .width = 4, .height = 3, .bytes = 12 };
    memset(p->id, digit, PICTURE_ID - 1);
    snprintf(p->name, sizeof p->name, "%s", name);
}

static store *opened(void)
{
    store *s = NULL;

    CHECK_STATUS(store_open(&s, folder, &err), IMP_OK);
    return s;
}

/* A job with the pictures aa.. and bb.., both as masks, too. */
static int64_t add_job(store *s, const char *params)
{
    job j = { .styles = 2, .style = { { .weight = 1, .scale = 0.5 },
                                      { .weight = 2.5, .scale = 1, .colours = "pca" } } };

    memset(j.photo, 'a', PICTURE_ID - 1);
    memset(j.style[0].picture, 'b', PICTURE_ID - 1);
    memset(j.style[1].picture, 'a', PICTURE_ID - 1);
    memset(j.style[1].mask, 'b', PICTURE_ID - 1);
    memset(j.keep, 'a', PICTURE_ID - 1);
    j.params = strdup(params);
    CHECK_STATUS(store_job_add(s, &j, &err), IMP_OK);
    job_free(&j);
    return j.id;
}

/* The photograph, what is kept, what else there is not; of each style three. */
static void check_pictures_of(const job *j)
{
    job_picture p = { 0 };
    int n = 0, there = 0;

    for (; job_picture_known(&p, j, n); n++) there += *p.id != '\0';
    CHECK(n == 10 && there == 5);
    CHECK(job_picture_known(&p, j, 8) && p.style == 1 && p.id == j->style[1].mask);
    CHECK_TEXT(p.member, "mask");
}

/* The id of a picture that is all one digit. */
static const char *id_of(char digit)
{
    static picture p;

    make_picture(&p, digit, "");
    return p.id;
}

/* A job with one picture for all, brought to this state. */
static int64_t add_job_of(store *s, char digit, job_state state)
{
    job j = { .styles = 1, .style = { { .weight = 1, .scale = 1 } }, .params = strdup("{}") };

    memset(j.photo, digit, PICTURE_ID - 1);
    memset(j.style[0].picture, digit, PICTURE_ID - 1);
    CHECK_STATUS(store_job_add(s, &j, &err), IMP_OK);
    CHECK_STATUS(store_job_state(s, j.id, state, NULL, &err), IMP_OK);
    job_free(&j);
    return j.id;
}

static void test_pictures(void)
{
    picture a, b, got, *all;
    bool found;
    size_t n;
    store *s = opened();

    make_picture(&a, 'a', "it's \"quoted\"; DROP TABLE pictures");
    make_picture(&b, 'b', "");
    CHECK_STATUS(store_picture_find(s, &got, &found, a.id, &err), IMP_OK);
    CHECK(!found);
    CHECK_STATUS(store_picture_add(s, &a, &err), IMP_OK);
    CHECK_STATUS(store_picture_add(s, &b, &err), IMP_OK);
    CHECK_STATUS(store_picture_add(s, &a, &err), IMP_OK);
    CHECK_STATUS(store_picture_find(s, &got, &found, a.id, &err), IMP_OK);
    CHECK(found && got.width == 4 && got.height == 3 && got.bytes == 12
          && got.created > 1.7e9);
    CHECK_TEXT(got.name, a.name);
    CHECK_TEXT(got.type, "image/png");
    CHECK_STATUS(store_pictures(s, &all, &n, ROLE_PICTURE, NULL, STORE_LISTED, &err), IMP_OK);
    CHECK(n == 2);
    if (n == 2) CHECK_TEXT(all[0].id, b.id);
    free(all);
    store_close(s);
}

static void test_jobs(void)
{
    const job_progress at = { 3, 9, 1.5, 4.25, 0.125, 64, 48 };
    job j, *all;
    bool found;
    size_t n;
    store *s = opened();
    const int64_t id = add_job(s, "{\"steps\": 9}");

    CHECK_STATUS(store_job_find(s, &j, &found, id, &err), IMP_OK);
    CHECK(found && j.state == JOB_QUEUED && j.styles == 2 && !*j.error && j.progress.left < 0);
    CHECK_CLOSE(j.style[0].scale, 0.5, 0);
    CHECK_CLOSE(j.style[1].weight, 2.5, 0);
    CHECK_TEXT(j.style[1].mask, j.style[0].picture);
    CHECK_TEXT(j.style[1].colours, "pca");
    CHECK_TEXT(j.keep, j.photo);
    CHECK(!*j.style[0].mask && !*j.style[1].source && !*j.content && !*j.init);
    check_pictures_of(&j);
    CHECK_TEXT(j.params, "{\"steps\": 9}");
    job_free(&j);
    CHECK_STATUS(store_job_progress(s, id, &at, &err), IMP_OK);
    CHECK_STATUS(store_job_state(s, id, JOB_FAILED, "no luck", &err), IMP_OK);
    CHECK_STATUS(store_jobs(s, &all, &n, NULL, 0, STORE_LISTED, &err), IMP_OK);
    CHECK(n == 1);
    if (n == 1) {
        CHECK_TEXT(all[0].error, "no luck");
        CHECK(all[0].state == JOB_FAILED && all[0].progress.step == 3);
        CHECK(!memcmp(&all[0].progress, &at, sizeof at));
        job_free(&all[0]);
    }
    free(all);
    CHECK_STATUS(store_job_remove(s, id, &err), IMP_OK);
    CHECK_STATUS(store_job_find(s, &j, &found, id, &err), IMP_OK);
    CHECK(!found);
    CHECK(add_job(s, "{}") > id);    /* a number is not used again */
    store_close(s);
}

static void check_losses(store *s, int64_t id, int before, int every, int rest, size_t want,
                         int first)
{
    job_loss *some;
    size_t n;

    CHECK_STATUS(store_job_losses(s, &some, &n, id, before, every, rest, &err), IMP_OK);
    CHECK(n == want && (!n || some[0].step == first));
    for (size_t i = 0; i < n; i++) {
        CHECK_CLOSE(some[i].total, 0.5 * some[i].step, 0);
        CHECK(some[i].width == 64 && some[i].height == 48);
    }
    free(some);
}

static void test_losses(void)
{
    enum { N = 5000 };
    static job_loss all[N];
    store *s = opened();
    const int64_t id = add_job(s, "{}");

    for (int i = 0; i < N; i++)
        all[i] = (job_loss) { i + 1, 0.5 * (i + 1), 1, NAN, INFINITY, 64, 48 };
    CHECK_OK(store_job_add_losses(s, id, all, N, &err));
    check_losses(s, id, INT_MAX, 1, 0, N, 1);
    check_losses(s, id, INT_MAX, 3, N % 3, 1667, 2);
    check_losses(s, id, 101, 10, 0, 10, 10);
    CHECK_OK(store_job_add_losses(s, id, all + 50, 20, &err));   /* once more */
    CHECK_OK(store_job_progress(s, id, &(job_progress) { .step = 70 }, &err));
    check_losses(s, id, INT_MAX, 1, 0, 70, 1);      /* what went further is forgotten */
    CHECK_OK(store_job_remove(s, id, &err));
    check_losses(s, id, INT_MAX, 1, 0, 0, 0);
    store_close(s);
}

/* Up to `step` the weights were `text`, and nothing else is known. */
static void check_weights(store *s, int64_t id, int step, const char *text)
{
    job_weights *all;
    size_t n;

    CHECK_OK(store_job_weights_before(s, &all, &n, id, &err));
    CHECK(n == (text ? 1 : 0));
    if (n && text) CHECK(all[0].step == step && !strcmp(all[0].text, text));
    store_weights_free(all, n);
}

static void test_weights(void)
{
    store *s = opened();
    const int64_t id = add_job(s, "{}");

    CHECK_OK(store_job_weighed(s, id, 60, "first", &err));
    CHECK_OK(store_job_weighed(s, id, 60, "never painted with", &err));
    CHECK_OK(store_job_weighed(s, id, 70, "second", &err));
    CHECK_OK(store_job_progress(s, id, &(job_progress) { .step = 65 }, &err));
    CHECK_OK(store_job_progress(s, id, &(job_progress) { .step = 50 }, &err));
    check_weights(s, id, 50, "first");       /* the others have not counted */
    CHECK_OK(store_job_progress(s, id, &(job_progress) { .step = 0 }, &err));
    check_weights(s, id, 0, NULL);           /* nor the first, if it begins anew */
    CHECK_OK(store_job_remove(s, id, &err));
    store_close(s);
}

static void check_wishes(store *s, int64_t id, int step)
{
    job_wish *all;
    size_t n;

    CHECK_OK(store_wishes(s, &all, &n, &err));
    CHECK(n == (id ? 1 : 0));
    if (n && id) CHECK(all[0].job == id && all[0].what == WISH_STOP && all[0].step == step);
    free(all);
}

static void test_wishes(void)
{
    store *s = opened();
    const int64_t stop = add_job_of(s, 'a', JOB_RUNNING);
    const int64_t cancel = add_job_of(s, 'a', JOB_RUNNING);
    bool found;
    job j;

    CHECK_OK(store_job_wish(s, &(job_wish) { stop, WISH_STOP, 7 }, &err));
    CHECK_OK(store_job_wish(s, &(job_wish) { cancel, WISH_CANCEL, 7 }, &err));
    store_close(s);

    s = opened();
    check_wishes(s, stop, 7);
    CHECK_OK(store_job_find(s, &j, &found, cancel, &err));
    CHECK(found && j.state == JOB_CANCELLED && j.finished > 1.7e9);
    job_free(&j);
    CHECK_OK(store_job_state(s, stop, JOB_RUNNING, NULL, &err));
    check_wishes(s, stop, 7);
    CHECK_OK(store_job_state(s, stop, JOB_DONE, NULL, &err));
    check_wishes(s, 0, 0);           /* it is done */
    CHECK_OK(store_job_remove(s, stop, &err));
    CHECK_OK(store_job_remove(s, cancel, &err));
    store_close(s);
}

static void test_job_needs_its_pictures(void)
{
    job j = { .params = strdup("{}"), .styles = 1 }, *all;
    size_t n = 0, before = 0;
    store *s = opened();

    CHECK_STATUS(store_jobs(s, &all, &before, NULL, 0, STORE_LISTED, &err), IMP_OK);
    for (size_t i = 0; i < before; i++) job_free(&all[i]);
    free(all);
    memset(j.photo, 'a', PICTURE_ID - 1);
    memset(j.style[0].picture, 'c', PICTURE_ID - 1);
    CHECK_STATUS(store_job_add(s, &j, &err), IMP_EINVAL);
    CHECK_STATUS(store_jobs(s, &all, &n, NULL, 0, STORE_LISTED, &err), IMP_OK);
    CHECK(n == before);              /* nor is half of it kept */
    for (size_t i = 0; i < n; i++) job_free(&all[i]);
    free(all);
    job_free(&j);
    store_close(s);
}

static void test_queue_over_restarts(void)
{
    int64_t id, a, b;
    bool found;
    job j;
    store *s = opened();

    while (store_job_next(s, &id, &err) == IMP_OK && id)
        CHECK_STATUS(store_job_state(s, id, JOB_DONE, NULL, &err), IMP_OK);
    a = add_job(s, "{}");
    b = add_job(s, "{}");
    CHECK_STATUS(store_job_next(s, &id, &err), IMP_OK);
    CHECK(id == a);
    CHECK_STATUS(store_job_state(s, a, JOB_RUNNING, NULL, &err), IMP_OK);
    CHECK_STATUS(store_job_next(s, &id, &err), IMP_OK);
    CHECK(id == b);
    CHECK_STATUS(store_job_state(s, b, JOB_PAUSED, NULL, &err), IMP_OK);
    CHECK_OK(store_job_progress(s, b, &(job_progress) { .step = 3 }, &err));
    store_close(s);

    s = opened();
    CHECK_STATUS(store_job_next(s, &id, &err), IMP_OK);
    CHECK(id == a);                  /* it was running */
    CHECK_STATUS(store_job_find(s, &j, &found, b, &err), IMP_OK);
    CHECK(found && j.state == JOB_PAUSED && j.progress.step == 3);
    job_free(&j);
    store_close(s);
}

/* What store_drop() takes next, "" for nothing: a job's number, or the first letter of a
 * picture. */
static const char *dropped(store *s, int64_t spared_job, char spared_picture)
{
    static char text[32];
    store_spared spare = { .job = spared_job };
    store_gone gone;

    if (spared_picture) memset(spare.picture, spared_picture, PICTURE_ID - 1);
    CHECK_STATUS(store_drop(s, &gone, &spare, &err), IMP_OK);
    snprintf(text, sizeof text, "%.0lld%.1s", (long long) gone.job, gone.picture);
    return text;
}

static void test_what_goes_first(void)
{
    job_change pin = { .pinned = 1 };
    picture c, d, e;
    store_use use;
    bool gone;
    char text[32];
    int64_t id, pinned, old, later;
    store *s = opened();

    while (store_job_next(s, &id, &err) == IMP_OK && id)
        CHECK_STATUS(store_job_state(s, id, JOB_CANCELLED, NULL, &err), IMP_OK);
    while (*dropped(s, 0, 'a')) { }          /* all that other tests left */
    make_picture(&c, 'c', "");
    make_picture(&d, 'd', "");
    make_picture(&e, 'e', "");
    pinned = add_job_of(s, 'a', JOB_DONE);
    old = add_job_of(s, 'a', JOB_FAILED);
    later = add_job_of(s, 'a', JOB_CANCELLED);
    CHECK_STATUS(store_job_change(s, pinned, &pin, &err), IMP_OK);
    CHECK_STATUS(store_picture_add(s, &c, &err), IMP_OK);
    CHECK_STATUS(store_picture_add(s, &d, &err), IMP_OK);
    CHECK_STATUS(store_picture_add(s, &e, &err), IMP_OK);
    CHECK_STATUS(store_picture_touch(s, &c, &gone, &err), IMP_OK);
    CHECK(gone);
    CHECK_TEXT(dropped(s, 0, '\0'), "d");    /* handed over before c was once more */
    CHECK_TEXT(dropped(s, 0, 'c'), "e");
    CHECK_TEXT(dropped(s, 0, '\0'), "c");
    snprintf(text, sizeof text, "%lld", (long long) later);
    CHECK_TEXT(dropped(s, old, '\0'), text); /* without files: after the pictures */
    snprintf(text, sizeof text, "%lld", (long long) old);
    CHECK_TEXT(dropped(s, 0, '\0'), text);
    CHECK_TEXT(dropped(s, 0, '\0'), "");     /* what is pinned stays, and its picture */
    CHECK_STATUS(store_picture_remove(s, id_of('a'), &gone, &err), IMP_OK);
    CHECK(!gone);
    CHECK_STATUS(store_use_of(s, &use, &err), IMP_OK);
    CHECK(use.database > 4096 && use.kept >= use.database && !use.masks && !use.checkpoints);
    store_close(s);
}

static void test_one_at_a_time(void)
{
    store *s = opened(), *other;

    CHECK_STATUS(store_open(&other, folder, &err), IMP_EIO);
    CHECK(strstr(err.message, "another studio"));
    CHECK(!other);
    store_close(s);
}

static void test_incoming_is_emptied(void)
{
    char path[PATH_MAX];
    FILE *f;

    snprintf(path, sizeof path, "%s/incoming/body.abcdef", folder);
    f = fopen(path, "w");
    CHECK(f != NULL);
    if (f) fclose(f);
    store_close(opened());
    CHECK(access(path, F_OK) != 0);
}

static void test_newer_database(void)
{
    char path[PATH_MAX];
    sqlite3 *db;
    store *s;

    snprintf(path, sizeof path, "%s/studio.db", folder);
    CHECK(!sqlite3_open(path, &db));
    CHECK(!sqlite3_exec(db, "PRAGMA user_version = 1000", NULL, NULL, NULL));
    sqlite3_close(db);
    CHECK_STATUS(store_open(&s, folder, &err), IMP_EIO);
    CHECK(strstr(err.message, "newer version"));
}

static void test_bad_folders(void)
{
    store *s;

    CHECK_STATUS(store_open(&s, "", &err), IMP_EIO);
    CHECK_STATUS(store_open(&s, "/dev/null/studio", &err), IMP_EIO);
}

int main(void)
{
    char command[96];

    snprintf(folder, sizeof folder, "/tmp/impasto-store.XXXXXX");
    if (!mkdtemp(folder)) return 1;
    CHECK_RUN(test_pictures);
    CHECK_RUN(test_jobs);
    CHECK_RUN(test_losses);
    CHECK_RUN(test_weights);
    CHECK_RUN(test_wishes);
    CHECK_RUN(test_job_needs_its_pictures);
    CHECK_RUN(test_queue_over_restarts);
    CHECK_RUN(test_what_goes_first);
    CHECK_RUN(test_one_at_a_time);
    CHECK_RUN(test_incoming_is_emptied);
    CHECK_RUN(test_newer_database);
    CHECK_RUN(test_bad_folders);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) || check_done();
}
