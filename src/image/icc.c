/* icc.c - see icc.h. All conversions run in floats, so that 16 bits stay 16 bits. */
#include "image/icc.h"

#include <lcms2.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

struct imp_icc {
    cmsContext context;      /* of its own: the library's shared one is global state */
    cmsHTRANSFORM transform;
    int colours;
};

static void keep_in_range(float *v, size_t n)
{
    for (size_t i = 0; i < n; i++) v[i] = v[i] > 0 ? fminf(v[i], 1.0f) : 0.0f;   /* NaN to 0 */
}

void imp_icc_convert(const imp_icc *icc, float *rgb, float *colour, size_t n)
{
    const size_t most = 1 << 20;   /* the library counts pixels in 32 bits */

    if (icc->colours == 4)
        for (size_t i = 0; i < 4 * n; i++)
            colour[i] *= 100.0f;   /* its floats of ink are per cent */
    for (size_t i = 0; i < n; i += most)
        cmsDoTransform(icc->transform, colour + i * (size_t) icc->colours, rgb + 3 * i,
                       (cmsUInt32Number) (n - i < most ? n - i : most));
    keep_in_range(rgb, 3 * n);
}

/* --- Opening ----------------------------------------------------------------------------- */

static bool fits(cmsHPROFILE profile, int colours)
{
    const cmsColorSpaceSignature space = cmsGetColorSpace(profile);
    const cmsProfileClassSignature kind = cmsGetDeviceClass(profile);

    if (kind != cmsSigInputClass && kind != cmsSigDisplayClass && kind != cmsSigOutputClass
        && kind != cmsSigColorSpaceClass) return false;
    if (colours == 1) return space == cmsSigGrayData;
    return space == (colours == 3 ? cmsSigRgbData : cmsSigCmykData);
}

/* NULL if the profile is damaged or of other colours. */
static cmsHTRANSFORM
make_transform(cmsContext context, const void *data, size_t len, int colours)
{
    const cmsUInt32Number from = colours == 1 ? TYPE_GRAY_FLT : colours == 3 ? TYPE_RGB_FLT
                                                                             : TYPE_CMYK_FLT;
    cmsHPROFILE profile = NULL, srgb = NULL;
    cmsHTRANSFORM transform = NULL;

    if (len > UINT32_MAX) return NULL;
    profile = cmsOpenProfileFromMemTHR(context, data, (cmsUInt32Number) len);
    srgb = cmsCreate_sRGBProfileTHR(context);
    if (profile && srgb && fits(profile, colours))
        transform = cmsCreateTransformTHR(context, profile, from, srgb, TYPE_RGB_FLT,
                                          INTENT_PERCEPTUAL, cmsFLAGS_NOCACHE);
    if (profile) cmsCloseProfile(profile);
    if (srgb) cmsCloseProfile(srgb);
    return transform;
}

/* Whether no colour of a lattice, and no grey, moves by as much as an 8-bit step: different
 * makers' versions of sRGB are half a step apart, the nearest other profiles eight steps. */
static bool changes_nothing(const imp_icc *icc)
{
    enum { SIDE = 9, LATTICE = SIDE * SIDE * SIDE, GREYS = 256, N = LATTICE + GREYS };
    const float allowed = 1.0f / 255;
    float in[3 * N], copy[3 * N], out[3 * N], worst = 0;
    size_t n = 0;

    if (icc->colours == 4) return false;
    for (int i = 0; i < LATTICE && icc->colours == 3; i++, n++) {
        in[3 * n] = (float) (i % SIDE) / (SIDE - 1);
        in[3 * n + 1] = (float) (i / SIDE % SIDE) / (SIDE - 1);
        in[3 * n + 2] = (float) (i / SIDE / SIDE) / (SIDE - 1);
    }
    for (int i = 0; i < GREYS; i++, n++)
        in[3 * n] = in[3 * n + 1] = in[3 * n + 2] = (float) i / (GREYS - 1);
    for (size_t i = 0; i < n * (size_t) icc->colours; i++)
        copy[i] = icc->colours == 3 ? in[i] : in[3 * i];
    imp_icc_convert(icc, out, copy, n);
    for (size_t i = 0; i < 3 * n; i++) worst = fmaxf(worst, fabsf(out[i] - in[i]));
    return worst < allowed;
}

bool imp_icc_new(imp_icc **out, const void *profile, size_t len, int colours)
{
    imp_icc *icc = imp_alloc(1, sizeof *icc);

    *out = NULL;
    if (!icc || !(icc->context = cmsCreateContext(NULL, NULL))) {
        imp_free(icc);
        return false;
    }
    icc->colours = colours;
    icc->transform = make_transform(icc->context, profile, len, colours);
    if (!icc->transform || changes_nothing(icc)) {
        imp_icc_free(icc);
        return true;
    }
    *out = icc;
    return true;
}

void imp_icc_free(imp_icc *icc)
{
    if (!icc) return;
    if (icc->transform) cmsDeleteTransform(icc->transform);
    cmsDeleteContext(icc->context);
    imp_free(icc);
}

/* --- Profiles from PNG's gAMA and cHRM --------------------------------------------------- */

static cmsToneCurve *curve_of(cmsContext context, double gamma)
{
    static const double srgb[5] = { 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045 };

    if (fabs(gamma * 2.2 - 1) < 0.05) return cmsBuildParametricToneCurve(context, 4, srgb);
    return cmsBuildGamma(context, 1 / gamma);
}

static cmsHPROFILE
profile_of(cmsContext context, const imp_gamma *g, cmsToneCurve *curve, int colours)
{
    cmsCIExyY white = { 0.3127, 0.3290, 1 };
    cmsCIExyYTRIPLE primaries = { { 0.64, 0.33, 1 }, { 0.30, 0.60, 1 }, { 0.15, 0.06, 1 } };
    cmsToneCurve *curves[3] = { curve, curve, curve };

    if (g->has_primaries) {
        white = (cmsCIExyY) { g->white[0], g->white[1], 1 };
        primaries.Red = (cmsCIExyY) { g->red[0], g->red[1], 1 };
        primaries.Green = (cmsCIExyY) { g->green[0], g->green[1], 1 };
        primaries.Blue = (cmsCIExyY) { g->blue[0], g->blue[1], 1 };
    }
    return colours == 1 ? cmsCreateGrayProfileTHR(context, &white, curve)
                        : cmsCreateRGBProfileTHR(context, &white, &primaries, curves);
}

void *imp_icc_from_gamma(size_t *len, const imp_gamma *gamma, int colours)
{
    const bool sensible = gamma->gamma >= 0.1 && gamma->gamma <= 2;
    cmsContext context = sensible ? cmsCreateContext(NULL, NULL) : NULL;
    cmsToneCurve *curve = context ? curve_of(context, gamma->gamma) : NULL;
    cmsHPROFILE profile = curve ? profile_of(context, gamma, curve, colours) : NULL;
    cmsUInt32Number bytes = 0;
    void *data = NULL;

    if (profile && cmsSaveProfileToMem(profile, NULL, &bytes) && (data = imp_alloc(bytes, 1))
        && !cmsSaveProfileToMem(profile, data, &bytes)) {
        imp_free(data);
        data = NULL;
    }
    *len = bytes;
    if (profile) cmsCloseProfile(profile);
    if (curve) cmsFreeToneCurve(curve);
    if (context) cmsDeleteContext(context);
    return data;
}
