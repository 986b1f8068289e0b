/* impasto/mask.h - masks: which part of a picture, and how much of it.
 *
 * A mask is a grey plane of floats in [0, 1], rows from the top, no padding: 1 is inside, 0
 * outside, between them the edge is soft. */
#ifndef IMP_MASK_H
#define IMP_MASK_H

#include <impasto/base.h>
#include <impasto/image.h>

IMP_BEGIN

typedef struct imp_mask imp_mask;

/* All 0. Ownership: the caller owns *out: imp_mask_free(). Errors: IMP_EINVAL (a side of 0),
 * IMP_ENOMEM. This holds for every function below that makes a mask; *out is NULL on errors.
 * Threads: all functions here are safe, as long as nobody else changes what they are given. */
IMP_API IMP_MUST_CHECK imp_status
imp_mask_new(imp_mask **out, size_t width, size_t height, imp_error *err);

IMP_API void imp_mask_free(imp_mask *mask);

IMP_API size_t imp_mask_width(const imp_mask *mask);
IMP_API size_t imp_mask_height(const imp_mask *mask);

/* The width * height values, owned by the mask. Who writes them keeps them in [0, 1]. */
IMP_API float *imp_mask_values(imp_mask *mask);
IMP_API const float *imp_mask_values_const(const imp_mask *mask);

/* Adds to a mask another of the same size; what comes to more than 1 is 1. */
IMP_API void imp_mask_add(imp_mask *mask, const imp_mask *more);

/* Whether every value is 1. */
IMP_API bool imp_mask_is_full(const imp_mask *mask);

/* Whether nothing is in it, or no more than rounding leaves: half a step of 8 bits. */
IMP_API bool imp_mask_is_empty(const imp_mask *mask);

/* Whether a mask of mask_width x mask_height has the shape of a picture of width x height, and
 * can be fitted to it without distortion that shows: sides in proportion but for a rounded
 * pixel, or 2 %. */
IMP_API bool imp_mask_fits(size_t mask_width, size_t mask_height, size_t width, size_t height);

/* --- From and to pictures ---------------------------------------------------------------- */

/* The luma (Rec. 709) of the code values, so that a grey picture's numbers are the mask's to
 * the bit; times alpha, if there is any. */
IMP_API IMP_MUST_CHECK imp_status
imp_mask_from_image(imp_mask **out, const imp_image *image, imp_error *err);

/* Where a colour-coded picture has the colour `rgb` (code values in [0, 1]): 1 where no
 * channel is further from it than 24/255 (what JPEG may do to it), 0 from 72/255 on, linear
 * between; times alpha, if there is any. So the colours of a coded picture should differ from
 * each other by 96/255 in some channel. */
IMP_API IMP_MUST_CHECK imp_status
imp_mask_from_colour(imp_mask **out, const imp_image *image, const float rgb[3],
                     imp_error *err);

/* The same mask in another size: along a side that shrinks, the mean of the area that each
 * value comes to cover; along one that grows, linear between the values' centres. Reducing
 * keeps the mean, and what is all 1 (or all 0) stays exactly that. */
IMP_API IMP_MUST_CHECK imp_status
imp_mask_resize(imp_mask **out, const imp_mask *mask, size_t width, size_t height,
                imp_error *err);

/* The mask as a grey picture. Ownership: the caller owns *out: imp_image_free(). */
IMP_API IMP_MUST_CHECK imp_status
imp_mask_image(imp_image **out, const imp_mask *mask, imp_error *err);

/* --- Edges and specks -------------------------------------------------------------------- */

/* Draws the mask's edge where the picture `guide` has one, by the guided filter (He, Sun and
 * Tang, 2013): a mask drawn roughly then follows hair and leaves. `radius` is how far off the
 * edge may be, as a share of the picture's long side (0.01 for a mask drawn by hand);
 * `contrast` in (0, 1] is the difference in code values from which on colours are told apart
 * (0.01; more leaves edges softer). What is all 1 or all 0 stays that. The guide's values are
 * clamped to [0, 1], and what is no number counts as 0, as do, where it is filtered small,
 * those beside it.
 * Time is in proportion to the pixels whatever the radius; memory is at most four times the
 * picture's, and no more than once that from a radius of 16 pixels on, filtered small.
 * Errors: IMP_EINVAL (sizes differ, a number out of range), IMP_ENOMEM; then the mask is as it
 * was. */
IMP_API IMP_MUST_CHECK imp_status
imp_mask_refine(imp_mask *mask, const imp_image *guide, double radius, double contrast,
                imp_error *err);

/* Takes out specks, then holes: connected parts of the mask at 1/2 and above, and of what is
 * below, that cover less than `share` of the whole mask, together with their soft edges. All
 * else stays to the bit. Errors: IMP_EINVAL (a share outside [0, 1]), IMP_ELIMIT (2^32 pixels
 * or more), IMP_ENOMEM; then the mask may be partly cleaned. */
IMP_API IMP_MUST_CHECK imp_status
imp_mask_clean(imp_mask *mask, double share, imp_error *err);

/* Leaves of a mask one connected part of what is at 1/2 and above, that of pixel (x, y), with
 * its soft edge; all else becomes 0. Errors: IMP_EINVAL (no such pixel, or it is in
 * none), IMP_ELIMIT (2^32 pixels or more), IMP_ENOMEM; then the mask is as it was. */
IMP_API IMP_MUST_CHECK imp_status
imp_mask_leave_part(imp_mask *mask, size_t x, size_t y, imp_error *err);

/* --- The main subject -------------------------------------------------------------------- */

/* A part of a picture, in its pixels. */
typedef struct imp_box {
    size_t x, y, width, height;
} imp_box;

/* The main subject of a photograph, without a network: GrabCut (Rother, Kolmogorov and Blake,
 * 2004), colour and contrast alone, the edge then drawn by imp_mask_refine(). `box` holds all
 * of the subject and, around it, little else: what is outside of it is background. Without one
 * (NULL) the subject is what differs from the borders and stands near the middle; that is a
 * guess: mostly right for one thing or a few before a quieter ground, mostly wrong for a view,
 * a crowd, or what wears the ground's colours.
 * Errors: IMP_EINVAL (a box that does not lie within the photograph or is all of it; nothing
 * stands out), IMP_ENOMEM. */
IMP_API IMP_MUST_CHECK imp_status
imp_mask_subject(imp_mask **out, const imp_image *photo, const imp_box *box, imp_error *err);

/* --- Use --------------------------------------------------------------------------------- */

/* Lays the photograph over the painted picture where the mask says so: at 1 its values to the
 * bit, at 0 none of it, between them in proportion. Mixed in code values, in which the
 * pictures are painted and in which equal steps look about equal: in linear light the brighter
 * of the two would spread over the soft edge. The alpha of `painted` stays as it is.
 * Errors: IMP_EINVAL (sizes differ). */
IMP_API IMP_MUST_CHECK imp_status
imp_mask_blend(imp_image *painted, const imp_image *photo, const imp_mask *mask,
               imp_error *err);

IMP_END
#endif
