/* made_up_job.h - pictures and a quick recipe for tests of the painter. */
#ifndef IMP_MADE_UP_JOB_H
#define IMP_MADE_UP_JOB_H

#include <math.h>
#include <stdlib.h>

#include <impasto/style.h>

#include "base/random.h"

/* Smooth waves with a little noise. */
static inline imp_image *waves(size_t w, size_t h, double frequency, uint64_t seed)
{
    imp_random random = { seed };
    imp_image *image = NULL;

    if (imp_image_new(&image, w, h, false, NULL) != IMP_OK) exit(1);
    for (size_t i = 0; i < w * h; i++)
        for (size_t ch = 0; ch < 3; ch++) {
            const double wave = sin(frequency * (double) (i % w + (ch + 1) * (i / w)));
            const double noise = imp_random_uniform(&random) - 0.5;
            imp_image_rgb(image)[3 * i + ch] = (float) (0.5 + 0.4 * wave + 0.1 * noise);
        }
    return image;
}

/* Sets what is set in `text`, "size", "20", "init", "noise", ..., NULL; ends the test if it is
 * refused. */
static inline void set_params(imp_params *params, const char *const *text)
{
    for (; *text; text += 2)
        if (imp_params_set(params, text[0], text[1], NULL) != IMP_OK) exit(1);
}

#define SET(params, ...) set_params(params, (const char *const[]) { __VA_ARGS__, NULL })

/* Shallow layers, at the pictures' own sizes. */
static inline imp_params small_params(void)
{
    imp_params params;

    if (imp_params_init(&params, "default", NULL) != IMP_OK) exit(1);
    SET(&params, "size", "keep", "style-fit", "keep", "content-layers", "relu2_2",
        "style-layers", "relu1_1,conv2_1:0.5,relu3_1", "steps", "6", "init", "content",
        "tv-weight", "0.1", "learning-rate", "0.02", "variable", "unit", "optimiser", "adam",
        "start-size", "0", "stop", "0", "average", "0", "result", "best", "clamp", "true",
        "precision", "fp32", "pooling", "average", "padding", "zero", "style-loss", "gram",
        "gram-norm", "hw", "style-reduction", "mean", "style-norm", "none", "tv-kind",
        "squared", "tv-reduction", "mean", "filter", "lanczos");
    return params;
}

static inline double largest_difference(const imp_image *a, const imp_image *b)
{
    const size_t n = 3 * imp_image_width(a) * imp_image_height(a);
    const float *x = imp_image_rgb_const(a), *y = imp_image_rgb_const(b);
    double worst = 0;

    for (size_t i = 0; i < n; i++) worst = fmax(worst, fabs((double) x[i] - y[i]));
    return worst;
}

#endif
