/* schedule.c - see schedule.h. */
#include "style/schedule.h"

imp_stage imp_schedule_stage(const imp_params *params, const imp_image *content,
                             const imp_image *style)
{
    imp_stage stage = {
        .width = imp_image_width(content), .height = imp_image_height(content),
        .style_width = imp_image_width(style), .style_height = imp_image_height(style),
        .steps = params->steps,
    };

    imp_size_apply(&params->size, &stage.width, &stage.height);
    if (params->style_fit == IMP_STYLE_FIT_SIZE) {
        imp_size_apply(&params->size, &stage.style_width, &stage.style_height);
    } else if (params->style_fit == IMP_STYLE_FIT_CONTENT) {
        stage.style_width = stage.width;
        stage.style_height = stage.height;
    }
    return stage;
}
