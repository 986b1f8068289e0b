/* impasto/base.h - what every public header shares: status, error, context. */
#ifndef IMP_BASE_H
#define IMP_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define IMP_API __attribute__((visibility("default")))
#define IMP_MUST_CHECK __attribute__((warn_unused_result))
#else
#define IMP_API
#define IMP_MUST_CHECK
#endif

#ifdef __cplusplus
#define IMP_BEGIN extern "C" {
#define IMP_END }
#else
#define IMP_BEGIN
#define IMP_END
#endif

IMP_BEGIN

/* What a function came to. Zero is success, everything else is negative. */
typedef enum imp_status {
    IMP_OK = 0,
    IMP_EINVAL = -1,       /* an argument or a setting is unknown or out of range     */
    IMP_ENOMEM = -2,       /* no memory, or more than the caller allowed              */
    IMP_EIO = -3,          /* a file or stream could not be opened, read or written   */
    IMP_EFORMAT = -4,      /* a file's content is damaged, hostile or not understood  */
    IMP_ELIMIT = -5,       /* a picture or file is larger than the limits allow       */
    IMP_ENOMODEL = -6,     /* the weights asked for are not on this machine           */
    IMP_EUNSUPPORTED = -7, /* a part that was left out of this build                  */
    IMP_ENET = -8          /* a download failed                                       */
} imp_status;

/* Why a function failed: one line, no newline, naming the file and the remedy. Every function
 * that takes an `imp_error *err` accepts NULL; on success *err is left untouched. */
typedef struct imp_error {
    imp_status status;
    char message[1024];
} imp_error;

/* A short name for a status, such as "out of memory". Never NULL; static. */
IMP_API const char *imp_status_name(imp_status status);

/* How computations run. Immutable once made, so any number of threads may share one; it must
 * outlive the painters made with it. */
typedef struct imp_context imp_context;

typedef struct imp_context_params {
    int threads;           /* 1..1024, or 0 for one per core that this process may use      */
    const char *backend;   /* "avx512", "avx2", "c", "onednn" or "reference"; NULL: the one of
                              the first three that the environment's IMPASTO_CPU names, or
                              else the fastest that this processor runs                     */
    uint64_t max_memory;   /* bytes that this process may hold; 0: as much as is free        */
} imp_context_params;

IMP_API void imp_context_params_init(imp_context_params *params);

/* Ownership: the caller owns *out: imp_context_free(). `params` may be NULL for the defaults.
 * Errors: IMP_EINVAL, IMP_EUNSUPPORTED (a backend that this build or processor lacks),
 * IMP_ENOMEM. */
IMP_API IMP_MUST_CHECK imp_status
imp_context_new(imp_context **out, const imp_context_params *params, imp_error *err);

IMP_API void imp_context_free(imp_context *ctx);

IMP_API int imp_context_threads(const imp_context *ctx);
IMP_API const char *imp_context_backend(const imp_context *ctx);

/* Sets how many threads, at least 1, share what the calling thread does with pictures and
 * masks from now on; returns how many it were. At first it is one per core, or what the
 * environment's OMP_NUM_THREADS says; a server that works for many at once wants one. It is
 * the calling thread's number of OpenMP threads. Painters and networks go by their context. */
IMP_API int imp_threads_use(int n);

/* The library's version, "0.1.0". */
IMP_API const char *imp_version(void);

/* The i-th part that may be left out of a build, with its state: "oneDNN 2.6.3", "WebP: left
 * out". NULL past the last one. Static. */
IMP_API const char *imp_build_part(size_t i);

IMP_END
#endif
