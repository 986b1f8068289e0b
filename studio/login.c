/* login.c - see login.h. */
#include "studio/login.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/memops.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "studio/clock.h"
#include "studio/fail.h"
#include "studio/hex.h"

/* When there is no place the one that has been quiet longest makes room. */
enum {
    TOKEN_LEAST = 16, TOKEN_MOST = 255, MADE_BYTES = 24, SESSIONS = 64, STRANGERS = 256,
    FREE_TRIES = 5, WAIT_MOST = 60
};

/* After so long without a wrong token an address starts afresh. */
static const double forget_seconds = 900;

typedef struct session { char id[LOGIN_SESSION]; double end; } session;
typedef struct stranger {
    unsigned char address[LOGIN_ADDRESS];
    int tries;
    double last, until;
} stranger;

struct login {
    bool needed, made;
    char token[TOKEN_MOST + 1];
    pthread_mutex_t lock;
    session sessions[SESSIONS];
    stranger strangers[STRANGERS];
};

/* --- The token --------------------------------------------------------------------------- */

static bool make_random(char *text, size_t bytes)
{
    unsigned char data[32];

    if (getrandom(data, bytes, 0) != (ssize_t) bytes) return false;
    hex_of(text, data, bytes);
    return true;
}

/* Its end is that of the line; what stands behind it is not looked at. */
static imp_status check_token(login *l, const char *file, imp_error *err)
{
    l->token[strcspn(l->token, "\r\n")] = '\0';
    for (const char *c = l->token; *c; c++)
        if (*c <= ' ' || *c >= 0x7f)
            return studio_fail(err, IMP_EINVAL, "%s: a token has letters, digits and signs "
                               "of ASCII only, and no blank", file);
    if (strlen(l->token) >= TOKEN_LEAST) return IMP_OK;
    return studio_fail(err, IMP_EINVAL, "%s: a token has at least %d characters; "
                       "\"openssl rand -hex 24\" makes one", file, TOKEN_LEAST);
}

/* A credential of systemd's has an access list, which shows as rights of root's group. */
static bool others_may_read(const struct stat *st)
{
    return st->st_mode & S_IRWXO || (st->st_mode & S_IRWXG && st->st_gid != 0);
}

static imp_status read_token(login *l, const char *file, imp_error *err)
{
    const int fd = open(file, O_RDONLY | O_CLOEXEC);
    struct stat st;
    ssize_t n;
    imp_status status = IMP_OK;

    if (fd < 0) return studio_fail(err, IMP_EIO, "%s: %s", file, strerror(errno));
    if (fstat(fd, &st) || (n = read(fd, l->token, TOKEN_MOST)) < 0) {
        status = studio_fail(err, IMP_EIO, "%s: %s", file, strerror(errno));
        goto done;
    }
    l->token[n] = '\0';
    if (others_may_read(&st))
        status = studio_fail(err, IMP_EINVAL, "%s: others may read this token; chmod 600 %s, "
                             "and better take another token", file, file);
    TRY(status);
    TRY(check_token(l, file, err));

done:
    close(fd);
    return status;
}

static imp_status make_token(login *l, const char *file, imp_error *err)
{
    const int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    char line[2 * MADE_BYTES + 2];
    bool made;

    l->made = true;
    if (fd < 0 && errno == EEXIST) return read_token(l, file, err);
    if (fd < 0) return studio_fail(err, IMP_EIO, "%s: %s", file, strerror(errno));
    if ((made = make_random(l->token, MADE_BYTES))) {
        const int n = snprintf(line, sizeof line, "%s\n", l->token);
        made = write(fd, line, (size_t) n) == n && !fsync(fd);
    }
    close(fd);
    if (made) return IMP_OK;
    unlink(file);
    return studio_fail(err, IMP_EIO, "%s: a token cannot be made", file);
}

imp_status login_new(login **out, const char *file, const char *folder, imp_error *err)
{
    login *l = calloc(1, sizeof *l);
    char *own = NULL;
    imp_status status = IMP_OK;

    *out = NULL;
    if (!l) return studio_fail(err, IMP_ENOMEM, "no memory for the studio");
    pthread_mutex_init(&l->lock, NULL);
    l->needed = file != NULL;
    if (file && strcmp(file, "auto")) {
        TRY(read_token(l, file, err));
    } else if (file) {
        if (asprintf(&own, "%s/token", folder) < 0)
            status = studio_fail(err, IMP_ENOMEM, "no memory for the studio");
        TRY(status);
        TRY(make_token(l, own, err));
    }
    *out = l;
    l = NULL;

done:
    free(own);
    login_free(l);
    return status;
}

void login_free(login *l)
{
    if (!l) return;
    pthread_mutex_destroy(&l->lock);
    free(l);
}

bool login_is_needed(const login *l)
{
    return l->needed;
}

const char *login_made(const login *l)
{
    return l->made ? l->token : NULL;
}

/* --- Those who come, under the lock ------------------------------------------------------ */

/* All of both is looked at, whatever is found. */
static bool is_equal(const char *known, const char *given, size_t room)
{
    char padded[TOKEN_MOST + 1] = { 0 };

    if (strlen(given) >= room) return false;
    memcpy(padded, given, strlen(given));
    return memeql_sec(known, padded, room);
}

static session *find_session(login *l, const char *id, double now)
{
    session *found = NULL;

    for (int i = 0; id && *id && i < SESSIONS; i++)
        if (is_equal(l->sessions[i].id, id, LOGIN_SESSION) && now < l->sessions[i].end)
            found = &l->sessions[i];
    return found;
}

static stranger *find_stranger(login *l, const unsigned char address[LOGIN_ADDRESS],
                               double now)
{
    stranger *oldest = l->strangers;

    for (int i = 0; i < STRANGERS; i++) {
        stranger *s = &l->strangers[i];
        if (s->tries && !memcmp(s->address, address, LOGIN_ADDRESS)) {
            if (now - s->last > forget_seconds) s->tries = 0;
            return s;
        }
        if (s->last < oldest->last) oldest = s;
    }
    *oldest = (stranger) { 0 };
    memcpy(oldest->address, address, LOGIN_ADDRESS);
    return oldest;
}

/* One second, two, four ... */
static void note_wrong(stranger *s, double now)
{
    const int more = ++s->tries - FREE_TRIES;

    s->last = now;
    if (more > 0) s->until = now + (more < 6 ? 1 << (more - 1) : WAIT_MOST);
}

static login_answer check_token_of(login *l, const char *token, bool counts, stranger *s,
                                   double now, unsigned *seconds)
{
    if (now < s->until) {
        *seconds = (unsigned) (s->until - now) + 1;
        return LOGIN_WAIT;
    }
    if (is_equal(l->token, token, sizeof l->token)) return LOGIN_YES;
    if (counts) note_wrong(s, now);
    return LOGIN_NO;
}

login_answer login_check(login *l, const char *id, const char *token, bool counts,
                         const unsigned char address[LOGIN_ADDRESS], unsigned *seconds)
{
    const double now = seconds_now();
    login_answer answer = LOGIN_NO;

    if (!l->needed) return LOGIN_YES;
    pthread_mutex_lock(&l->lock);
    if (find_session(l, id, now)) answer = LOGIN_YES;
    else if (token)
        answer = check_token_of(l, token, counts, find_stranger(l, address, now), now,
                                seconds);
    pthread_mutex_unlock(&l->lock);
    return answer;
}

bool login_begin(login *l, char id[LOGIN_SESSION])
{
    session *place = l->sessions;

    if (!make_random(id, (LOGIN_SESSION - 1) / 2)) return false;
    pthread_mutex_lock(&l->lock);
    for (int i = 1; i < SESSIONS; i++)
        if (l->sessions[i].end < place->end) place = &l->sessions[i];
    memcpy(place->id, id, LOGIN_SESSION);
    place->end = seconds_now() + LOGIN_SECONDS;
    pthread_mutex_unlock(&l->lock);
    return true;
}

void login_end(login *l, const char *id)
{
    session *s;

    pthread_mutex_lock(&l->lock);
    if ((s = find_session(l, id, seconds_now()))) *s = (session) { 0 };
    pthread_mutex_unlock(&l->lock);
}
