/* studio.h - the studio: a server on this machine, with pages to paint in a browser. */
#ifndef STUDIO_H
#define STUDIO_H

#include <impasto/impasto.h>

typedef struct studio_params {
    const char *address;     /* of this machine; beyond loopback a token is needed        */
    int port;                /* 0: any that is free                                       */
    const char *data;        /* the folder where everything is kept; NULL: impasto/studio
                                in $XDG_DATA_HOME, else in ~/.local/share                 */
    uint64_t disk;           /* bytes that it may keep there                              */
    const char *model;       /* a name or a file, for jobs that name none; may be NULL    */
    const char *segment_model;   /* a name or a file: what finds things in photographs;
                                    NULL: the first that is in the store                  */
    double checkpoint_every; /* seconds, at least, between two of a painting              */
    const char *token;       /* a file, or "auto"; NULL: none is needed                   */
    const char *certificate, *key;    /* files for TLS, or both NULL                      */
    const char *const *names;         /* by which it is known besides                     */
    int n_names;
    int jobs;                /* that are painted at once; the threads are shared out      */
    uint64_t memory;         /* bytes that this process may hold; 0: as much as is free   */
    const imp_context *ctx;
} studio_params;

typedef struct studio studio;

/* Serves from now on, in threads of its own, and paints what is queued from before. What the
 * params point to is borrowed until studio_free().
 * Errors: IMP_EINVAL (an address beyond loopback without a token, a token that is none, a
 * certificate that does not fit), IMP_ENET (port), IMP_EIO (folder, database, a file),
 * IMP_ENOMEM. */
IMP_MUST_CHECK imp_status studio_new(studio **out, const studio_params *params,
                                     imp_error *err);

/* The studio starts this program again to decode pictures apart from itself: true if that is
 * what this is, and *status then what to exit with. */
bool studio_helper(int *status, int argc, char **argv);

/* "http://127.0.0.1:8080/". */
const char *studio_url(const studio *s);

/* The same, with the token behind it if it was made by "auto": whoever opens it is in. */
const char *studio_link(const studio *s);

/* The present step of a painting is finished; its job goes on from there at the next start. */
void studio_free(studio *s);

#endif
