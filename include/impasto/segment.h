/* impasto/segment.h - objects: which part of a picture is a person, which a dog, by DeepLabV3
 * (Chen et al., 2017) as torchvision trained it. */
#ifndef IMP_SEGMENT_H
#define IMP_SEGMENT_H

#include <impasto/base.h>
#include <impasto/image.h>
#include <impasto/mask.h>

IMP_BEGIN

/* --- Classes: the twenty kinds of objects of PASCAL VOC; 0 is the background. ------------ */

enum { IMP_CLASSES = 21 };

typedef struct imp_class {
    const char *name;          /* "person", "dining table"            */
    uint8_t rgb[3];            /* its colour in VOC's palette         */
} imp_class;

/* The i-th class, NULL past the last one. Static. */
IMP_API const imp_class *imp_class_known(size_t i);

/* The number of a class by its name, with a blank, hyphen, underscore or nothing between
 * words ("dining table", "dining-table", "diningtable"); -1 if there is none. */
IMP_API int imp_class_find(const char *name);

/* --- Networks ---------------------------------------------------------------------------- */

/* A network, ready for use. Immutable once made: any number of threads may share it, but its
 * context must outlive it. */
typedef struct imp_segmenter imp_segmenter;

/* DeepLabV3 over ResNet101, ResNet50 or MobileNetV3-Large, told apart by the tensors' names,
 * which are torchvision's; .pth or safetensors. `name_or_path`: see imp_model_open().
 *
 * Ownership: the caller owns *out: imp_segmenter_free().
 * Errors: IMP_ENOMODEL, IMP_EINVAL (neither a file nor the name of such a model), IMP_EIO,
 * IMP_EFORMAT (none of the three, not of IMP_CLASSES classes; a tensor is missing, misshapen
 * or one too many: says which), IMP_ELIMIT, IMP_ENOMEM.
 * Threads: safe. */
IMP_API IMP_MUST_CHECK imp_status
imp_segmenter_new(imp_segmenter **out, const imp_context *ctx, const char *name_or_path,
                  imp_error *err);

IMP_API void imp_segmenter_free(imp_segmenter *segmenter);

/* "DeepLabV3-ResNet101". Static. */
IMP_API const char *imp_segmenter_network(const imp_segmenter *segmenter);

typedef struct imp_segment_params {
    imp_size size;             /* at which the network looks; short:520, as it was trained */
} imp_segment_params;

IMP_API void imp_segment_params_init(imp_segment_params *params);

/* --- What is where ----------------------------------------------------------------------- */

/* What the network found, at its own coarseness: what is asked of it below is at the size of
 * the picture. */
typedef struct imp_segmentation imp_segmentation;

/* Looks at a picture; its alpha does not matter. `params` may be NULL for the defaults. Where
 * the context allows too little memory for all of it at once, by tiles that overlap; each is
 * judged by itself, so that what takes the whole picture to tell may be judged otherwise.
 *
 * Ownership: the caller owns *out: imp_segmentation_free().
 * Errors: IMP_EINVAL (too small or too large a size), IMP_ENOMEM. Threads: safe. */
IMP_API IMP_MUST_CHECK imp_status
imp_segmenter_run(imp_segmentation **out, const imp_segmenter *segmenter,
                  const imp_image *image, const imp_segment_params *params, imp_error *err);

IMP_API void imp_segmentation_free(imp_segmentation *found);

IMP_API size_t imp_segmentation_width(const imp_segmentation *found);
IMP_API size_t imp_segmentation_height(const imp_segmentation *found);

/* The probability of a class at every pixel; those of all classes add up to 1.
 * Ownership: the caller owns *out: imp_mask_free(). Errors: IMP_EINVAL (no such class),
 * IMP_ENOMEM. Threads: safe; this holds for all below. */
IMP_API IMP_MUST_CHECK imp_status
imp_segmentation_mask(imp_mask **out, const imp_segmentation *found, int class_number,
                      imp_error *err);

/* The number of the likeliest class at every pixel, width * height of them. */
IMP_API void imp_segmentation_labels(const imp_segmentation *found, uint8_t *labels);

/* The probability that a pixel belongs to any of the wanted classes, of which there is one at
 * least. Else as imp_segmentation_mask(). */
IMP_API IMP_MUST_CHECK imp_status
imp_segmentation_any(imp_mask **out, const imp_segmentation *found,
                     const bool wanted[IMP_CLASSES], imp_error *err);

/* How much of the picture a class is the likeliest of, and within which pixels; all 0 for one
 * that is nowhere. */
typedef struct imp_class_area {
    uint64_t pixels;
    size_t x, y, width, height;
} imp_class_area;

/* The areas from such labels. */
IMP_API void imp_class_areas(imp_class_area areas[IMP_CLASSES], const uint8_t *labels,
                             size_t width, size_t height);

/* --- Masks to paint with: their edges are those of the picture --------------------------- */

/* A network that looks at 520 pixels draws no finer edges than a picture of this long side
 * shows: who wants masks shrinks larger ones to it. */
enum { IMP_SEGMENT_LARGEST = 2048 };

/* imp_segmentation_any() without specks and holes; it may be empty then. `image` is the one
 * that was looked at. Errors: also IMP_EINVAL (it has another size). */
IMP_API IMP_MUST_CHECK imp_status
imp_segmentation_cut(imp_mask **out, const imp_segmentation *found,
                     const bool wanted[IMP_CLASSES], const imp_image *image, imp_error *err);

/* The one connected part of what pixel (x, y) most likely is: *class_number. Errors: also
 * IMP_EINVAL (no such pixel). */
IMP_API IMP_MUST_CHECK imp_status
imp_segmentation_cut_at(imp_mask **out, int *class_number, const imp_segmentation *found,
                        size_t x, size_t y, const imp_image *image, imp_error *err);

IMP_END
#endif
