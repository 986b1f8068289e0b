/* colour_space.c - see colour_space.h. The formulas and their sources: docs/maths.md. */
#include "style/colour_space.h"

#include <math.h>

#include "image/srgb.h"

/* --- YUV --------------------------------------------------------------------------------- */

static const float red = 0.299f, green = 0.587f, blue = 0.114f;   /* of luma: BT.601 */
static const float to_u = 0.492f, to_v = 0.877f;

static void yuv_split(float c[3], const float rgb[3])
{
    c[0] = red * rgb[0] + green * rgb[1] + blue * rgb[2];
    c[1] = to_u * (rgb[2] - c[0]);
    c[2] = to_v * (rgb[0] - c[0]);
}

static void yuv_join(float rgb[3], const float c[3])
{
    rgb[0] = c[0] + c[2] / to_v;
    rgb[2] = c[0] + c[1] / to_u;
    rgb[1] = (c[0] - red * rgb[0] - blue * rgb[2]) / green;
}

/* --- CIE XYZ, of linear light ------------------------------------------------------------ */

/* From the primaries and the white of sRGB; so white, x = 0.3127, y = 0.3290, is 1, 1, 1. */
static const float from_linear[3][3] = {
    { 0.4123907993f, 0.3575843394f, 0.1804807884f },
    { 0.2126390059f, 0.7151686788f, 0.0721923154f },
    { 0.0193308187f, 0.1191947798f, 0.9505321522f },
};
static const float to_linear[3][3] = {
    { 3.2409699419f, -1.5373831776f, -0.4986107603f },
    { -0.9692436363f, 1.8759675015f, 0.0415550574f },
    { 0.0556300797f, -0.2039769589f, 1.0569715142f },
};
static const float white[3] = { 0.9504559271f, 1, 1.0890577508f };

static void multiply(float out[3], const float m[3][3], const float v[3])
{
    for (int i = 0; i < 3; i++)
        out[i] = m[i][0] * v[0] + m[i][1] * v[1] + m[i][2] * v[2];
}

/* Below the bend the cube root of CIE's lightness is replaced by a straight line. */
static const float bend = 216.0f / 24389, slope = 24389.0f / 27;

static float root(float share_of_white)
{
    return share_of_white > bend ? cbrtf(share_of_white) : (slope * share_of_white + 16) / 116;
}

static float root_inverse(float f)
{
    const float cube = f * f * f;

    return cube > bend ? cube : (116 * f - 16) / slope;
}

/* --- L*a*b* ------------------------------------------------------------------------------ */

static void lab_split(float c[3], const float linear[3])
{
    float xyz[3], f[3];

    multiply(xyz, from_linear, linear);
    for (int i = 0; i < 3; i++) f[i] = root(xyz[i] / white[i]);
    c[0] = 116 * f[1] - 16;
    c[1] = 500 * (f[0] - f[1]);
    c[2] = 200 * (f[1] - f[2]);
}

static void lab_join(float linear[3], const float c[3])
{
    const float f = (c[0] + 16) / 116;
    const float xyz[3] = {
        white[0] * root_inverse(f + c[1] / 500), root_inverse(f),
        white[2] * root_inverse(f - c[2] / 200),
    };

    multiply(linear, to_linear, xyz);
}

/* --- L*u*v* ------------------------------------------------------------------------------ */

/* u' and v'; black has none. */
static void chromaticity(float uv[2], const float xyz[3])
{
    const float sum = xyz[0] + 15 * xyz[1] + 3 * xyz[2];

    uv[0] = 4 * xyz[0] / sum;
    uv[1] = 9 * xyz[1] / sum;
}

static void luv_split(float c[3], const float linear[3])
{
    float xyz[3], uv[2], grey[2];

    multiply(xyz, from_linear, linear);
    c[0] = 116 * root(xyz[1]) - 16;
    c[1] = c[2] = 0;
    if (!(xyz[1] > 0)) return;   /* black has no chroma */
    chromaticity(uv, xyz);
    chromaticity(grey, white);
    c[1] = 13 * c[0] * (uv[0] - grey[0]);
    c[2] = 13 * c[0] * (uv[1] - grey[1]);
}

static void luv_join(float linear[3], const float c[3])
{
    const float y = root_inverse((c[0] + 16) / 116);
    float grey[2];

    linear[0] = linear[1] = linear[2] = 0;
    if (!(c[0] > 0)) return;
    chromaticity(grey, white);
    const float u = c[1] / (13 * c[0]) + grey[0], v = c[2] / (13 * c[0]) + grey[1];
    const float xyz[3] = { y * 9 * u / (4 * v), y, y * (12 - 3 * u - 20 * v) / (4 * v) };
    multiply(linear, to_linear, xyz);
}

/* --- By name ----------------------------------------------------------------------------- */

static const struct {
    void (*split)(float c[3], const float rgb[3]);
    void (*join)(float rgb[3], const float c[3]);
    bool linear;
} spaces[] = {
    [IMP_COLOUR_YUV] = { yuv_split, yuv_join, false },
    [IMP_COLOUR_LUV] = { luv_split, luv_join, true },
    [IMP_COLOUR_LAB] = { lab_split, lab_join, true },
};

void imp_colour_split(float c[3], const float rgb[3], imp_colour_space space)
{
    float linear[3];

    for (int i = 0; i < 3; i++)
        linear[i] = spaces[space].linear ? imp_srgb_to_linear(rgb[i]) : rgb[i];
    spaces[space].split(c, linear);
}

/* What rounding may put a colour of sRGB beyond its range, in linear light. */
static const float slack = 1e-5f;

bool imp_colour_join(float rgb[3], const float c[3], imp_colour_space space)
{
    float linear[3];

    spaces[space].join(linear, c);
    for (int i = 0; i < 3; i++)
        if (!(linear[i] >= -slack && linear[i] <= 1 + slack)) return false;
    for (int i = 0; i < 3; i++) {
        const float v = fminf(fmaxf(linear[i], 0), 1);
        rgb[i] = spaces[space].linear ? imp_linear_to_srgb(v) : v;
    }
    return true;
}
