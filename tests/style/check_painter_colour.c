/* check_painter_colour.c - pictures that leave the painter in the photograph's colours, and
 * paintings that enter it in those, with made-up weights. */
#include "check.h"

#include <impasto/style.h>

#include "engine/context.h"
#include "made_up_job.h"
#include "made_up_model.h"
#include "style/colour_keep.h"
#include "style/colour_match.h"

static imp_error err;
static imp_context *ctx;
static imp_model *model;

/* The picture after so many steps; the caller frees it. */
static imp_image *paint(const imp_inputs *inputs, const imp_params *params, int steps)
{
    imp_painter *p = NULL;
    imp_image *out = NULL;

    if (imp_painter_new(&p, ctx, model, inputs, params, &err) != IMP_OK
        || imp_painter_step(p, steps, NULL, &err) != IMP_OK
        || imp_painter_image(&out, p, &err) != IMP_OK)
        check_fail(__FILE__, __LINE__, "%s", err.message);
    imp_painter_free(p);
    return out;
}

static imp_params two_sizes(void)
{
    imp_params params = small_params();

    SET(&params, "size", "40x30", "start-size", "20", "scale-factor", "2", "steps", "3,4");
    return params;
}

/* At either size the picture is the one without the setting, in the colours of the photograph
 * at that size: the walk is the same. */
static void test_colours_are_kept_of_every_picture(void)
{
    static const char *const spaces[] = { "yuv", "luv", "lab" };
    imp_image *photo = waves(40, 30, 0.3, 1), *painting = waves(36, 28, 1.1, 2);
    const imp_inputs inputs = imp_inputs_of(photo, painting);

    for (size_t s = 0; s < 3; s++)
        for (int steps = 2; steps <= 7; steps += 5) {
            imp_params params = two_sizes();
            imp_image *plain = paint(&inputs, &params, steps), *kept, *seen = NULL;
            const size_t w = imp_image_width(plain), h = imp_image_height(plain);
            SET(&params, "keep-colours", "true", "colour-space", spaces[s]);
            kept = paint(&inputs, &params, steps);
            CHECK(w == (steps == 2 ? 20u : 40u) && imp_image_width(kept) == w);
            CHECK(largest_difference(plain, kept) > 1e-3);
            CHECK_OK(imp_image_resize(&seen, photo, w, h, params.filter, params.linear_light,
                                      &err));
            imp_keep_colours(plain, seen, (imp_colour_space) s);
            CHECK(largest_difference(plain, kept) == 0);
            imp_image_free(seen);
            imp_image_free(kept);
            imp_image_free(plain);
        }
    imp_image_free(painting);
    imp_image_free(photo);
}

static imp_image *yellow_waves(double frequency)
{
    imp_image *image = waves(36, 28, frequency, 2);

    for (size_t i = 0; i < 3 * 36 * 28; i++)
        imp_image_rgb(image)[i] *= i % 3 == 2 ? 0.2f : 0.9f;
    return image;
}

static void match(imp_image *image, const imp_colour_moments *wanted, imp_match how)
{
    const imp_colour_moments own = imp_colour_moments_of(image);

    if (how == IMP_MATCH_NO) return;
    const imp_colour_map map = imp_colour_map_between(&own, wanted, how);
    imp_match_colours(image, &map);
}

/* The painter paints what it would of the matched paintings, each having been matched by
 * itself, in its own way if it has one, and once, though both sizes see it as it is. */
static void test_paintings_are_matched_first(void)
{
    static const char *const ways[] = { "no", "cholesky", "pca", "symmetric" };
    imp_image *photo = waves(40, 30, 0.3, 1);
    imp_image *one = yellow_waves(1.1), *two = yellow_waves(0.7);
    const imp_colour_moments wanted = imp_colour_moments_of(photo);
    imp_inputs inputs = imp_inputs_of(photo, one);

    inputs.styles = 2;
    inputs.style[1] = (imp_style) { .painting = two, .weight = 2, .scale = 1 };
    for (imp_match how = IMP_MATCH_CHOLESKY; how <= IMP_MATCH_SYMMETRIC; how++) {
        const imp_match other = how < IMP_MATCH_SYMMETRIC ? how + 1 : IMP_MATCH_NO;
        imp_image *matched[] = { yellow_waves(1.1), yellow_waves(0.7) }, *plain, *want, *got;
        imp_inputs after = inputs, with = inputs;
        imp_params params = two_sizes();
        match(matched[0], &wanted, how);
        match(matched[1], &wanted, other);
        for (int i = 0; i < 2; i++) after.style[i].painting = matched[i];
        plain = paint(&inputs, &params, 7);
        want = paint(&after, &params, 7);
        SET(&params, "match-colours", ways[how]);
        with.style[1].match_colours = other;
        got = paint(&with, &params, 7);
        CHECK(largest_difference(got, want) == 0 && largest_difference(got, plain) > 1e-3);
        imp_image_free(got);
        imp_image_free(want);
        imp_image_free(plain);
        imp_image_free(matched[0]);
        imp_image_free(matched[1]);
    }
    imp_image_free(one);
    imp_image_free(two);
    imp_image_free(photo);
}

int main(void)
{
    if (imp_context_new(&ctx, NULL, &err) != IMP_OK) exit(1);
    model = made_up_model("conv3_1");
    CHECK_RUN(test_colours_are_kept_of_every_picture);
    CHECK_RUN(test_paintings_are_matched_first);
    imp_model_free(model);
    imp_context_free(ctx);
    return check_done();
}
