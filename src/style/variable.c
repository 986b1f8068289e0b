/* variable.c - see variable.h. */
#include "style/variable.h"

#include "model/model.h"

static const float caffe_mean[3] = { 103.939f, 116.779f, 123.68f };   /* B, G, R */

imp_variable_map imp_variable_map_of(imp_variable variable)
{
    imp_variable_map map;

    for (int ch = 0; ch < 3; ch++) {
        const float deviation = imp_torchvision_deviation[ch];
        const bool normalised = variable == IMP_VARIABLE_NORMALISED;
        map.scale[ch] = normalised ? 1 / deviation : variable == IMP_VARIABLE_BYTE ? 255 : 1;
        map.shift[ch] = normalised ? -imp_torchvision_mean[ch] / deviation : 0;
    }
    return map;
}

void imp_variable_range(float low[3], float high[3], imp_variable variable)
{
    const imp_variable_map map = imp_variable_map_of(variable);

    for (int ch = 0; ch < 3; ch++) {
        low[ch] = map.shift[ch];
        high[ch] = map.scale[ch] + map.shift[ch];
    }
}

imp_input_map imp_input_map_of(imp_convention convention, imp_variable variable)
{
    const imp_variable_map v = imp_variable_map_of(variable);
    const bool caffe = convention == IMP_CONVENTION_CAFFE;
    imp_input_map map;

    for (int ch = 0; ch < 3; ch++) {
        const int from = caffe ? 2 - ch : ch;
        const float scale = caffe ? 255 : 1 / imp_torchvision_deviation[ch];
        const float shift = caffe ? -caffe_mean[ch]
                                  : -imp_torchvision_mean[ch] / imp_torchvision_deviation[ch];
        map.from[ch] = from;
        map.scale[ch] = scale / v.scale[from];
        map.shift[ch] = shift - map.scale[ch] * v.shift[from];
    }
    return map;
}

imp_input_map imp_input_map_gradient(const imp_input_map *forward)
{
    imp_input_map back = {{ 0 }, { 0 }, { 0 }};

    for (int ch = 0; ch < 3; ch++) {
        back.from[forward->from[ch]] = ch;
        back.scale[forward->from[ch]] = forward->scale[ch];
    }
    return back;
}

void imp_variable_from_image(float *planes, const imp_image *image, imp_variable variable)
{
    const imp_variable_map map = imp_variable_map_of(variable);
    const size_t n = imp_image_width(image) * imp_image_height(image);
    const float *rgb = imp_image_rgb_const(image);

    for (size_t ch = 0; ch < 3; ch++)
        for (size_t i = 0; i < n; i++)
            planes[ch * n + i] = map.scale[ch] * rgb[3 * i + ch] + map.shift[ch];
}

void imp_variable_to_image(imp_image *image, const float *planes, imp_variable variable)
{
    const imp_variable_map map = imp_variable_map_of(variable);
    const size_t n = imp_image_width(image) * imp_image_height(image);
    float *rgb = imp_image_rgb(image);

    for (size_t ch = 0; ch < 3; ch++)
        for (size_t i = 0; i < n; i++) {
            const float v = (planes[ch * n + i] - map.shift[ch]) / map.scale[ch];
            rgb[3 * i + ch] = v > 0 ? v < 1 ? v : 1 : 0;
        }
}
