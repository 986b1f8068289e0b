/* canvas.h - the picture at one size, as the optimiser sees it: the variable and its gradient,
 * and what is remembered of the way: the best so far, the running average. */
#ifndef IMP_CANVAS_H
#define IMP_CANVAS_H

#include <impasto/style.h>

#include "style/average.h"

typedef struct imp_canvas {
    const imp_ops *ops;
    const imp_params *params;
    imp_tensor x, grad;      /* the variable, and the loss's gradient with respect to it */
    float *best;             /* the variable when the loss was least                     */
    double best_loss;
    imp_average *average;    /* NULL if params->average is 0                             */
} imp_canvas;

/* Bytes that imp_canvas_init() takes. */
uint64_t imp_canvas_bytes(const imp_params *params, size_t width, size_t height);

/* Takes the memory for a picture of the size of `start`, and puts that into the variable,
 * within the range of colours if params->clamp. `params` is kept. Errors: IMP_ENOMEM; *canvas
 * then holds nothing. */
imp_status imp_canvas_init(imp_canvas *canvas, const imp_ops *ops, const imp_params *params,
                           const imp_image *start, imp_error *err);
void imp_canvas_free(imp_canvas *canvas);

/* Keeps the picture as the best so far if it is; `loss` is its loss. */
void imp_canvas_measured(imp_canvas *canvas, double loss);

/* The optimiser has moved on: the picture joins the average. */
void imp_canvas_moved(imp_canvas *canvas);

/* The losses have changed: the best so far is the next that is measured, and the average
 * begins with the picture as it is. */
void imp_canvas_restart(imp_canvas *canvas);

/* One of the pictures, clamped, without alpha. The caller owns *out. Errors: IMP_ENOMEM. */
imp_status imp_canvas_image(imp_image **out, const imp_canvas *canvas, imp_result which,
                            imp_error *err);

/* Its state between two steps, either way; the gradient is none. */
void imp_canvas_visit(imp_canvas *canvas, imp_archive *archive);

#endif
