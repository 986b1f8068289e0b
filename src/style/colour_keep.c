/* colour_keep.c - see colour_keep.h. */
#include "style/colour_keep.h"

#include <assert.h>
#include <math.h>

#include "style/colour_space.h"

enum { HALVINGS = 16 };   /* a share of the chroma to 2^-16 is closer than 16 bits show */

static void split_within(float c[3], const float rgb[3], imp_colour_space space)
{
    float within[3];

    for (int i = 0; i < 3; i++) within[i] = fminf(fmaxf(rgb[i], 0), 1);
    imp_colour_split(c, within, space);
}

/* The colour of that lightness and hue, with as much of its chroma as sRGB has. */
static void join_within(float rgb[3], const float c[3], imp_colour_space space)
{
    const float grey[3] = { c[0], 0, 0 };
    float most = 0, too_much = 1;

    if (imp_colour_join(rgb, c, space) || !imp_colour_join(rgb, grey, space)) return;
    for (int i = 0; i < HALVINGS; i++) {
        const float share = (most + too_much) / 2;
        const float paler[3] = { c[0], share * c[1], share * c[2] };
        if (imp_colour_join(rgb, paler, space)) most = share;
        else too_much = share;
    }
}

void imp_keep_colours(imp_image *painted, const imp_image *photo, imp_colour_space space)
{
    const size_t n = imp_image_width(painted) * imp_image_height(painted);
    const float *from = imp_image_rgb_const(photo);
    float *rgb = imp_image_rgb(painted);

    assert(imp_image_width(photo) == imp_image_width(painted)
           && imp_image_height(photo) == imp_image_height(painted));
    for (size_t i = 0; i < n; i++, rgb += 3, from += 3) {
        float own[3], c[3];
        split_within(own, rgb, space);
        split_within(c, from, space);
        c[0] = own[0];
        join_within(rgb, c, space);
    }
}
