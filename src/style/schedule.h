/* schedule.h - sizes and steps: the only part that knows scales. */
#ifndef IMP_SCHEDULE_H
#define IMP_SCHEDULE_H

#include <impasto/style.h>

/* One stage: paint at this size for so many steps. */
typedef struct imp_stage {
    size_t width, height;               /* of the picture  */
    size_t style_width, style_height;   /* of the painting */
    int steps;
} imp_stage;

/* The stage that params ask for, given the sizes of the photograph and of the painting. */
imp_stage imp_schedule_stage(const imp_params *params, const imp_image *content,
                             const imp_image *style);

#endif
