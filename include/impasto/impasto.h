/* impasto/impasto.h - neural style transfer: everything in one include.
 *
 *     imp_context_new(&ctx, NULL, &err);
 *     imp_model_open(&vgg, "vgg19", &err);
 *     imp_image_load(&photo, "photo.jpg", NULL, &err);
 *     imp_image_load(&painting, "painting.jpg", NULL, &err);
 *     imp_params_init(&params, "default", &err);
 *     imp_inputs inputs = imp_inputs_of(photo, painting);
 *     imp_painter_new(&p, ctx, vgg, &inputs, &params, &err);
 *     while (imp_painter_step(p, 10, &progress, &err) == IMP_OK && !progress.done)
 *         printf("%d: %g\n", progress.step, progress.loss.total);
 *     imp_painter_image(&out, p, &err);
 *     imp_image_save(out, "out.png", NULL, &err);
 *
 * The library never prints, never exits and keeps no global state.
 * examples/paint.c is this, whole. */
#ifndef IMP_IMPASTO_H
#define IMP_IMPASTO_H

#include <impasto/base.h>
#include <impasto/bench.h>
#include <impasto/image.h>
#include <impasto/mask.h>
#include <impasto/model.h>
#include <impasto/segment.h>
#include <impasto/style.h>

#endif
