/* check_colour.c - colours kept and colours matched: against numpy in float64
 * (tests/reference/colour.py), and what must hold of any pictures. */
#include "expected.h"

#include "image/image.h"
#include "style/colour_keep.h"
#include "style/colour_match.h"
#include "style/colour_space.h"

static imp_error err;
static json_t *root;

static const char *const space_names[] = { "yuv", "luv", "lab" };
enum { N_SPACES = 3 };

static double element(const json_t *rows, size_t i, size_t k)
{
    return json_number_value(json_array_get(json_array_get(rows, i), k));
}

static imp_image *black(size_t w, size_t h, bool with_alpha)
{
    imp_image *image = NULL;

    if (imp_image_new(&image, w, h, with_alpha, &err) != IMP_OK) exit(1);
    return image;
}

static size_t pixels_of(const imp_image *image)
{
    return imp_image_width(image) * imp_image_height(image);
}

/* --- Spaces ------------------------------------------------------------------------------ */

/* Lightness goes to 1 in YUV and to 100 in the others, chroma to about twice that. An error of
 * float's 6e-8 in linear light is up to 1e-4 in the chroma of the darkest colours: the slope
 * of 500 (f(X) - f(Y)) near black is 3900. */
static void test_split_against_numpy(void)
{
    const json_t *colours = json_object_get(root, "colours");

    CHECK(json_array_size(colours) > 200);
    for (size_t s = 0; s < N_SPACES; s++) {
        const json_t *want = json_object_get(json_object_get(root, "spaces"), space_names[s]);
        const double tolerance = s ? 2e-4 : 1e-6;
        for (size_t i = 0; i < json_array_size(colours); i++) {
            float rgb[3], c[3];
            for (size_t k = 0; k < 3; k++) rgb[k] = (float) element(colours, i, k);
            imp_colour_split(c, rgb, (imp_colour_space) s);
            for (size_t k = 0; k < 3; k++)
                CHECK(fabs(c[k] - element(want, i, k)) <= tolerance);
        }
    }
}

/* What rounding does to the dark end of the curves is 12.92 times as much in values. */
static void test_round_trip(void)
{
    const json_t *colours = json_object_get(root, "colours");

    for (size_t s = 0; s < N_SPACES; s++)
        for (size_t i = 0; i < json_array_size(colours); i++) {
            float rgb[3], c[3], back[3] = { -1, -1, -1 };
            for (size_t k = 0; k < 3; k++) rgb[k] = (float) element(colours, i, k);
            imp_colour_split(c, rgb, (imp_colour_space) s);
            CHECK(imp_colour_join(back, c, (imp_colour_space) s));
            for (size_t k = 0; k < 3; k++) CHECK(fabs((double) back[k] - rgb[k]) < 2e-5);
        }
}

static void test_greys_have_no_chroma(void)
{
    for (size_t s = 0; s < N_SPACES; s++)
        for (int v = 0; v <= 255; v++) {
            const float grey = (float) v / 255, rgb[3] = { grey, grey, grey };
            float c[3], back[3];
            imp_colour_split(c, rgb, (imp_colour_space) s);
            /* of 1 or of 100: roundings */
            CHECK(fabsf(c[1]) < (s ? 1e-4f : 1e-6f) && fabsf(c[2]) < (s ? 1e-4f : 1e-6f));
            c[1] = c[2] = 0;
            CHECK(imp_colour_join(back, c, (imp_colour_space) s));
            for (int k = 0; k < 3; k++) CHECK(fabsf(back[k] - grey) < 1e-5f);
        }
}

static void test_no_such_colour(void)
{
    /* lighter than white, a dark one with strong chroma, black with any, not a number */
    static const float none[][3] = {
        { 1.1f, 0, 0 }, { 0.1f, 0.4f, 0.4f }, { 0, 0.1f, 0 }, { 0.5f, (float) NAN, 0 },
    };

    for (size_t s = 0; s < N_SPACES; s++)
        for (size_t i = 0; i < 4; i++) {
            const float unit = s ? 100 : 1;
            const float c[3] = { unit * none[i][0], unit * none[i][1], unit * none[i][2] };
            float rgb[3] = { 7, 7, 7 };
            /* L*u*v* has chroma in proportion to lightness: black is black */
            if (s == IMP_COLOUR_LUV && i == 2) continue;
            CHECK(!imp_colour_join(rgb, c, (imp_colour_space) s));
            CHECK(rgb[0] == 7 && rgb[1] == 7 && rgb[2] == 7);
        }
}

/* --- Keeping ----------------------------------------------------------------------------- */

static imp_image *turned_round(const imp_image *image)
{
    imp_image *out = black(imp_image_width(image), imp_image_height(image), false);
    const size_t n = pixels_of(image);

    for (size_t i = 0; i < n; i++)
        memcpy(imp_image_rgb(out) + 3 * i, imp_image_rgb_const(image) + 3 * (n - 1 - i),
               3 * sizeof(float));
    return out;
}

static void check_kept(const json_t *want, const imp_image *image)
{
    const size_t n = pixels_of(image);
    float *planes = imp_alloc(3 * n, sizeof *planes);
    double distance;

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 3; k++)
            planes[k * n + i] = imp_image_rgb_const(image)[3 * i + k];
    distance = expected_distance(want, planes, 3 * n);
    printf("# off by %.2g\n", distance);
    /* 2^-16 of the chroma of one pixel in twenty, and float's roundings */
    CHECK(distance < 5e-6);
    imp_free(planes);
}

static void test_keep_against_numpy(void)
{
    const json_t *kept = json_object_get(root, "kept");

    CHECK(json_array_size(kept) == N_SPACES);
    for (size_t s = 0; s < N_SPACES; s++) {
        imp_image *photo = expected_picture(root, "scene.png");
        imp_image *painted = turned_round(photo);
        imp_keep_colours(painted, photo, (imp_colour_space) s);
        check_kept(json_object_get(json_array_get(kept, s), "pixels"), painted);
        imp_image_free(painted);
        imp_image_free(photo);
    }
}

/* The lightness is the painted one everywhere; the chroma is the photograph's, or a share of
 * it where there is no such colour. Returns the share of pixels that are paler. */
static double check_taken(const imp_image *kept, const imp_image *painted,
                          const imp_image *photo, imp_colour_space space)
{
    const size_t n = pixels_of(photo);
    /* Linear light that is 1e-5 beyond the range is cut off: times the steepest slope of
     * lightness, 903, and of chroma, 3900. */
    const double light_off = space == IMP_COLOUR_YUV ? 2e-5 : 1e-2;
    const double chroma_off = space == IMP_COLOUR_YUV ? 2e-5 : 4e-2;
    size_t paler = 0;

    for (size_t i = 0; i < n; i++) {
        float c[3], light[3], own[3], rgb[3];
        imp_colour_split(c, imp_image_rgb_const(kept) + 3 * i, space);
        imp_colour_split(light, imp_image_rgb_const(painted) + 3 * i, space);
        imp_colour_split(own, imp_image_rgb_const(photo) + 3 * i, space);
        CHECK(fabs((double) c[0] - light[0]) < light_off);
        if (imp_colour_join(rgb, (float[]) { light[0], own[1], own[2] }, space)) {
            CHECK(fabs((double) c[1] - own[1]) < chroma_off);
            CHECK(fabs((double) c[2] - own[2]) < chroma_off);
            continue;
        }
        paler++;
        CHECK(fabs((double) c[1] * own[2] - (double) c[2] * own[1])
              <= 2 * chroma_off * hypot(own[1], own[2]));
        CHECK(hypot(c[1], c[2]) <= hypot(own[1], own[2]) + chroma_off);
    }
    return (double) paler / (double) n;
}

static void test_what_is_taken_from_which(void)
{
    for (size_t s = 0; s < N_SPACES; s++) {
        imp_image *photo = expected_picture(root, "scene.png");
        imp_image *painted = turned_round(photo), *kept = NULL;
        double paler;
        CHECK_OK(imp_image_copy(&kept, painted, &err));
        imp_keep_colours(kept, photo, (imp_colour_space) s);
        paler = check_taken(kept, painted, photo, (imp_colour_space) s);
        printf("# %s: %.1f %% of the pixels paler\n", space_names[s], 100 * paler);
        CHECK_CLOSE(paler, expected_number(json_array_get(json_object_get(root, "kept"), s),
                                           "paler"), 0.02);   /* those at the very edge */
        imp_image_free(kept);
        imp_image_free(painted);
        imp_image_free(photo);
    }
}

/* A picture that painted itself, black, white, and values that no file holds. */
static void test_keep_at_the_ends(void)
{
    static const float painted[][3] = {
        { 0.3f, 0.6f, 0.2f }, { 0, 0, 0 }, { 1, 1, 1 }, { -3, -2, -1 }, { 9, 5, 2 },
    };
    static const float want[][3] = {
        { 0.3f, 0.6f, 0.2f }, { 0, 0, 0 }, { 1, 1, 1 }, { 0, 0, 0 }, { 1, 1, 1 },
    };

    for (size_t s = 0; s < N_SPACES; s++) {
        imp_image *photo = black(5, 1, false), *kept = black(5, 1, false);
        memcpy(imp_image_rgb(kept), painted, sizeof painted);
        for (size_t i = 0; i < 5; i++) memcpy(imp_image_rgb(photo) + 3 * i, painted[0], 12);
        imp_keep_colours(kept, photo, (imp_colour_space) s);
        for (size_t i = 0; i < 15; i++)   /* the slack of 1e-5, in values of the darkest */
            CHECK(fabsf(imp_image_rgb(kept)[i] - want[i / 3][i % 3]) < 2e-4f);
        imp_image_free(kept);
        imp_image_free(photo);
    }
}

/* --- Matching ---------------------------------------------------------------------------- */

/* The picture, or what colour.py makes of it after a colon. */
static imp_image *picture(const char *name)
{
    const char *change = strchr(name, ':');
    char file[64];
    imp_image *image;
    float first[3];

    snprintf(file, sizeof file, "%.*s", change ? (int) (change - name) : 60, name);
    image = expected_picture(root, file);
    memcpy(first, imp_image_rgb(image), sizeof first);
    for (size_t i = 0; change && i < pixels_of(image); i++) {
        float *c = imp_image_rgb(image) + 3 * i;
        if (!strcmp(change, ":flat")) memcpy(c, first, sizeof first);
        if (!strcmp(change, ":grey")) c[1] = c[2] = c[0];
        if (!strcmp(change, ":faint")) {
            c[1] = (float) (0.99 * (double) c[0] + 0.01 * (double) c[1]);
            c[2] = c[0];
        }
    }
    return image;
}

static void compare_map(const json_t *want, const imp_colour_map *got)
{
    const json_t *matrix = json_object_get(want, "matrix");
    double largest = 0;

    for (size_t i = 0; i < 9; i++)
        largest = fmax(largest, fabs(element(matrix, i / 3, i % 3)));
    for (size_t i = 0; i < 9; i++)
        /* Values of a file are rounded to float: 3e-8 each, more in quotients of small
         * variances; 1e-8 is the root of double's rounding, in directions without any. */
        CHECK(fabs(got->matrix.at[i / 3][i % 3] - element(matrix, i / 3, i % 3))
              <= 1e-6 * largest + 1e-8);
    for (size_t i = 0; i < 3; i++)
        CHECK(fabs(got->shift[i]
                   - json_number_value(json_array_get(json_object_get(want, "shift"), i)))
              <= 1e-6 * largest + 1e-7);   /* a mean, of values rounded to float */
}

static void test_maps_against_numpy(void)
{
    const json_t *matches = json_object_get(root, "matches");

    CHECK(json_array_size(matches) >= 8);
    for (size_t i = 0; i < json_array_size(matches); i++) {
        const json_t *m = json_array_get(matches, i), *ways = json_object_get(m, "ways");
        imp_image *painting = picture(json_string_value(json_object_get(m, "painting")));
        imp_image *photo = picture(json_string_value(json_object_get(m, "photo")));
        const imp_colour_moments from = imp_colour_moments_of(painting);
        const imp_colour_moments to = imp_colour_moments_of(photo);
        CHECK(json_array_size(ways) == IMP_MATCH_SYMMETRIC);
        for (size_t w = 0; w < IMP_MATCH_SYMMETRIC; w++) {
            const imp_match how = (imp_match) (IMP_MATCH_CHOLESKY + w);
            const imp_colour_map map = imp_colour_map_between(&from, &to, how);
            compare_map(json_array_get(ways, w), &map);
        }
        imp_image_free(painting);
        imp_image_free(photo);
    }
}

/* Means and covariances of colours in 0..1, in numbers of that range. */
static double farthest(const imp_colour_moments *a, const imp_colour_moments *b)
{
    double worst = 0;

    for (int i = 0; i < 3; i++) {
        worst = fmax(worst, fabs(a->mean[i] - b->mean[i]));
        for (int j = 0; j < 3; j++)
            worst = fmax(worst, fabs(a->covariance.at[i][j] - b->covariance.at[i][j]));
    }
    return worst;
}

/* A painting, and what gives it a photograph's colours. */
typedef struct matching {
    imp_image *painting;
    imp_colour_moments from, to;
    imp_colour_map map;
} matching;

/* The caller frees the painting. */
static matching match(const char *painting, const char *photo, imp_match how)
{
    imp_image *wanted = picture(photo);
    matching m = { .painting = picture(painting), .to = imp_colour_moments_of(wanted) };

    m.from = imp_colour_moments_of(m.painting);
    m.map = imp_colour_map_between(&m.from, &m.to, how);
    imp_image_free(wanted);
    return m;
}

/* The moments are the photograph's before values are limited. 1e-6: of float's rounding,
 * which mean and covariance average out. */
static void test_moments_after_matching(void)
{
    static const char *const pairs[][2] = {
        { "paint.png", "scene.png" }, { "scene.png", "paint.png" },
        { "paint-odd.png", "scene-odd.png" }, { "paint.png", "scene.png:grey" },
        { "paint.png", "scene.png:flat" },
    };

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        for (imp_match how = IMP_MATCH_CHOLESKY; how <= IMP_MATCH_SYMMETRIC; how++) {
            const matching m = match(pairs[i][0], pairs[i][1], how);
            imp_colour_moments got;
            imp_colour_map_apply(m.painting, &m.map);
            got = imp_colour_moments_of(m.painting);
            CHECK(farthest(&m.from, &m.to) > 1e-2 && farthest(&got, &m.to) < 1e-6);
            imp_image_free(m.painting);
        }
}

/* A map of a painting without colours, or of one colour, cannot give it the photograph's; it
 * must give it the mean, nothing that is no number, and no more than its own variety. */
static void test_matching_what_does_not_vary(void)
{
    static const char *const paintings[] = { "paint.png:grey", "paint.png:flat" };

    for (size_t i = 0; i < 2; i++)
        for (imp_match how = IMP_MATCH_CHOLESKY; how <= IMP_MATCH_SYMMETRIC; how++) {
            const matching m = match(paintings[i], "scene.png", how);
            imp_colour_moments got;
            imp_colour_map_apply(m.painting, &m.map);
            got = imp_colour_moments_of(m.painting);
            for (int k = 0; k < 3; k++) {
                CHECK(fabs(got.mean[k] - m.to.mean[k]) < 1e-6);
                CHECK(got.covariance.at[k][k] <= m.to.covariance.at[k][k] + 1e-6);
            }
            CHECK(i || got.covariance.at[0][0] > 1e-4);
            imp_image_free(m.painting);
        }
}

static void test_matched_colours_are_limited(void)
{
    for (imp_match how = IMP_MATCH_CHOLESKY; how <= IMP_MATCH_SYMMETRIC; how++) {
        const matching m = match("paint.png", "scene.png", how);
        imp_colour_moments got;
        imp_match_colours(m.painting, &m.map);
        got = imp_colour_moments_of(m.painting);
        printf("# way %d: moments off by %.2g after limiting\n", (int) how,
               farthest(&got, &m.to));
        /* some are beyond the range here, but few */
        CHECK(farthest(&got, &m.to) > 1e-4 && farthest(&got, &m.to) < 0.01);
        for (size_t i = 0; i < 3 * pixels_of(m.painting); i++)
            CHECK(imp_image_rgb(m.painting)[i] >= 0 && imp_image_rgb(m.painting)[i] <= 1);
        imp_image_free(m.painting);
    }
}

/* What cannot be seen has no colour; of a picture that is all transparent all counts. */
static void test_alpha_weighs(void)
{
    static const float rgb[][3] = { { 1, 0, 0 }, { 0, 1, 0.5f }, { 9, 9, 9 } };
    imp_image *image = black(3, 1, true);
    imp_colour_moments m;

    memcpy(imp_image_rgb(image), rgb, sizeof rgb);
    imp_image_alpha(image)[1] = 0.25f;
    imp_image_alpha(image)[2] = 0;
    m = imp_colour_moments_of(image);
    CHECK_CLOSE(m.mean[0], 0.8, 1e-12);
    CHECK_CLOSE(m.mean[2], 0.1, 1e-12);
    CHECK_CLOSE(m.covariance.at[0][0], 0.16, 1e-12);
    CHECK_CLOSE(m.covariance.at[0][1], -0.16, 1e-12);
    CHECK_CLOSE(m.covariance.at[2][1], 0.08, 1e-12);
    CHECK(m.covariance.at[1][2] == m.covariance.at[2][1]);
    for (size_t i = 0; i < 3; i++) imp_image_alpha(image)[i] = 0;
    CHECK_CLOSE(imp_colour_moments_of(image).mean[0], 10.0 / 3, 1e-12);
    imp_image_free(image);
}

int main(int argc, char **argv)
{
    char path[1024];

    expected_begin(argc, argv);
    root = json_load_file(expected_path(path, sizeof path, "colour.json"), 0, NULL);
    CHECK_RUN(test_split_against_numpy);
    CHECK_RUN(test_round_trip);
    CHECK_RUN(test_greys_have_no_chroma);
    CHECK_RUN(test_no_such_colour);
    CHECK_RUN(test_keep_against_numpy);
    CHECK_RUN(test_what_is_taken_from_which);
    CHECK_RUN(test_keep_at_the_ends);
    CHECK_RUN(test_maps_against_numpy);
    CHECK_RUN(test_moments_after_matching);
    CHECK_RUN(test_matching_what_does_not_vary);
    CHECK_RUN(test_matched_colours_are_limited);
    CHECK_RUN(test_alpha_weighs);
    json_decref(root);
    return expected_done();
}
