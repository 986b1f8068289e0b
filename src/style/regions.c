/* regions.c - see regions.h. */
#include "style/regions.h"

#include <math.h>
#include <stdio.h>

#include "base/error.h"

const char *imp_style_name(char text[IMP_STYLE_TEXT], const imp_inputs *inputs, int style)
{
    if (inputs->style[style].name) return inputs->style[style].name;
    snprintf(text, IMP_STYLE_TEXT, "style %d", style + 1);
    return text;
}

static size_t pixels_of(const imp_mask *mask)
{
    return imp_mask_width(mask) * imp_mask_height(mask);
}

/* The masks that there are, in this size; room for the others. */
static imp_status resize(imp_mask **mask, const imp_inputs *in, size_t w, size_t h,
                         imp_error *err)
{
    imp_status status = IMP_OK;

    for (int s = 0; status == IMP_OK && s < in->styles; s++)
        status = in->style[s].region
                     ? imp_mask_resize(&mask[s], in->style[s].region, w, h, err)
                     : imp_mask_new(&mask[s], w, h, err);
    return status;
}

/* Of the styles that have a region, at one pixel. */
static double sum_at(imp_mask *const *mask, const imp_inputs *in, size_t pixel)
{
    double sum = 0;

    for (int s = 0; s < in->styles; s++)
        if (in->style[s].region) sum += (double) imp_mask_values(mask[s])[pixel];
    return sum;
}

/* Divides one pixel among the styles. */
static void divide(imp_mask *const *mask, const imp_inputs *in, size_t pixel, double kept)
{
    const double sum = sum_at(mask, in, pixel);
    int without = 0;

    for (int s = 0; s < in->styles; s++) without += !in->style[s].region;
    for (int s = 0; s < in->styles; s++) {
        float *m = &imp_mask_values(mask[s])[pixel];
        double part = (double) *m;
        if (!in->style[s].region) part = sum < 1 ? (1 - sum) / without : 0;
        else if (sum > 1) part /= sum;
        *m = (float) (part * (1 - kept));
    }
}

static double mean(const imp_mask *mask)
{
    const float *m = imp_mask_values_const(mask);
    const size_t n = pixels_of(mask);
    double sum = 0;

    for (size_t i = 0; i < n; i++) sum += (double) m[i];
    return sum / (double) n;
}

static bool is_even(const imp_mask *mask)
{
    const float *m = imp_mask_values_const(mask);
    const size_t n = pixels_of(mask);
    size_t i = 1;

    while (i < n && m[i] >= m[0] && m[i] <= m[0]) i++;
    return i == n;
}

static imp_status nothing_for(int s, const imp_inputs *in, imp_error *err)
{
    const bool own = in->style[s].region;
    char text[IMP_STYLE_TEXT];
    const char *name = imp_style_name(text, in, s);

    if (in->keep)
        return imp_fail(err, IMP_EINVAL, "%s: %s: keep less, or give it another mask",
                        name, own ? "its region is empty, or all of it is kept"
                                   : "other regions and what is kept leave nothing for it");
    return imp_fail(err, IMP_EINVAL, "%s: %s: give it a mask with some white in it",
                    name, own ? "its region is empty"
                               : "the other regions leave nothing for it");
}

void imp_regions_weigh(imp_regions *r, const imp_inputs *in)
{
    double areas = 0, weighted = 0;

    for (int s = 0; s < in->styles; s++) {
        areas += r->area[s];
        weighted += r->area[s] * in->style[s].weight;
    }
    for (int s = 0; s < in->styles; s++)
        r->weight[s] = r->area[s] * (in->style[s].weight * areas / weighted);
}

/* The areas; masks that are alike everywhere are dropped. */
static imp_status measure(imp_regions *r, const imp_inputs *in, imp_error *err)
{
    for (int s = 0; s < in->styles; s++) {
        r->area[s] = mean(r->mask[s]);
        if (!(r->area[s] > 0)) return nothing_for(s, in, err);
        if (!is_even(r->mask[s])) continue;
        imp_mask_free(r->mask[s]);
        r->mask[s] = NULL;
    }
    return IMP_OK;
}

imp_status imp_regions_divide(imp_mask *mask[IMP_MAX_STYLES], const imp_inputs *inputs,
                              size_t w, size_t h, imp_error *err)
{
    imp_status status = IMP_OK;
    imp_mask *keep = NULL;

    for (int s = 0; s < IMP_MAX_STYLES; s++) mask[s] = NULL;
    TRY(resize(mask, inputs, w, h, err));
    if (inputs->keep) TRY(imp_mask_resize(&keep, inputs->keep, w, h, err));
    for (size_t i = 0; i < w * h; i++)
        divide(mask, inputs, i, keep ? (double) imp_mask_values(keep)[i] : 0);
done:
    imp_mask_free(keep);
    return status;
}

imp_status imp_regions_make(imp_regions *regions, const imp_inputs *inputs, size_t w, size_t h,
                            imp_error *err)
{
    imp_status status = imp_regions_divide(regions->mask, inputs, w, h, err);

    if (status == IMP_OK) status = measure(regions, inputs, err);
    if (status == IMP_OK) imp_regions_weigh(regions, inputs);
    return status;
}

imp_status imp_regions_shares(double share[IMP_MAX_STYLES], const imp_inputs *inputs, size_t w,
                              size_t h, imp_error *err)
{
    imp_regions r = { .weight = { 0 } };
    imp_status status = IMP_OK;
    imp_mask *keep = NULL;

    for (int s = 0; s < inputs->styles; s++) share[s] = 0;
    TRY(resize(r.mask, inputs, w, h, err));
    if (inputs->keep) TRY(imp_mask_resize(&keep, inputs->keep, w, h, err));
    for (size_t i = 0; i < w * h; i++) {
        const double left = fmax(0, 1 - sum_at(r.mask, inputs, i));
        const double painted = keep ? 1 - (double) imp_mask_values(keep)[i] : 1;
        for (int s = 0; s < inputs->styles; s++)
            share[s] += painted / (double) (w * h)
                        * (inputs->style[s].region ? (double) imp_mask_values(r.mask[s])[i]
                                                   : left);
    }
done:
    imp_regions_free(&r);
    imp_mask_free(keep);
    return status;
}

void imp_regions_free(imp_regions *regions)
{
    for (int s = 0; s < IMP_MAX_STYLES; s++) imp_mask_free(regions->mask[s]);
    *regions = (imp_regions) { .weight = { 0 } };
}
