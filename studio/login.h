/* login.h - who may come: those who have the token, or a session that was got with it.
 *
 * Whoever tries wrong tokens has to wait longer and longer; tokens are compared in a time that
 * tells nothing. Sessions last a month, and no longer than the program. */
#ifndef STUDIO_LOGIN_H
#define STUDIO_LOGIN_H

#include <impasto/base.h>

enum { LOGIN_SESSION = 65, LOGIN_SECONDS = 30 * 24 * 3600, LOGIN_ADDRESS = 16 };

typedef struct login login;

/* The token is the first line of `file`, which nobody else may be able to read; "auto": of
 * FOLDER/token, which is made if it is not there; NULL: none is needed.
 * Errors: IMP_EINVAL (a file others can read, a token too short), IMP_EIO, IMP_ENOMEM. */
IMP_MUST_CHECK imp_status
login_new(login **out, const char *file, const char *folder, imp_error *err);
void login_free(login *l);

bool login_is_needed(const login *l);

/* The token that was made by "auto", else NULL. */
const char *login_made(const login *l);

typedef enum login_answer { LOGIN_YES, LOGIN_NO, LOGIN_WAIT } login_answer;

/* Whether somebody with this session or this token, either of which may be NULL, comes in.
 * LOGIN_WAIT: too many wrong tokens came from this address; *seconds tells for how long it is
 * not listened to. With `counts` a wrong token counts; no token or an old session do not. */
login_answer login_check(login *l, const char *session, const char *token, bool counts,
                         const unsigned char address[LOGIN_ADDRESS], unsigned *seconds);

/* A new session, for somebody who came in with the token. False: there is no randomness. */
bool login_begin(login *l, char session[LOGIN_SESSION]);
void login_end(login *l, const char *session);

#endif
