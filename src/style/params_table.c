/* params_table.c - every field of imp_params: its name, kind, range and meaning. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "style/params.h"

_Static_assert(sizeof((imp_params *) 0)->model <= IMP_PARAM_TEXT_MAX, "a value fits its text");
_Static_assert(sizeof(imp_filter) == sizeof(int) && sizeof(imp_init) == sizeof(int),
               "choices are read and written as int");

#define ROW(name_, field, kind_, initial_, group_, help_) \
    .info.name = name_, .info.group = group_, .info.help = help_, .kind = kind_, \
    .offset = offsetof(imp_params, field), .initial = initial_

/* Values that need no range beside them. */
#define WORDS(words) .info.value = words, .info.range = ""

/* Ranges of numbers; the text is made of the limits themselves. */
#define FROM_TO(value_, lo, hi) \
    .info.value = value_, .info.range = #lo ".." #hi, .min = lo, .max = hi
#define ABOVE_TO(value_, lo, hi) \
    .info.value = value_, .info.range = "above " #lo " up to " #hi, .min = lo, .max = hi, \
    .above_min = true
#define FROM_BELOW(value_, lo, hi) \
    .info.value = value_, .info.range = "from " #lo " to below " #hi, .min = lo, .max = hi, \
    .below_max = true

#define LAYERS .info.value = "LAYER:WEIGHT,...", \
    .info.range = "conv1_1..conv5_4 or relu1_1..relu5_4, weights 0..1e12, or none", \
    .min = 0, .max = 1e12

static const imp_param table[] = {
    { ROW("model", model, IMP_PARAM_TEXT, "vgg19", "network",
          "The network that looks at the pictures: a name in the model store, or a file of "
          "weights."),
      .info.value = "NAME|FILE", .info.range = "" },

    { ROW("size", size, IMP_PARAM_SIZE, "512", "picture",
          "The size of the painted picture: its long side, its short side, both, or that of "
          "the photograph."),
      .info.value = "SIZE",
      .info.range = "512, long:512, short:512, 640x480 or keep, sides 1..1000000" },
    { ROW("style-fit", style_fit, IMP_PARAM_CHOICE, "size", "picture",
          "The size at which the painting is looked at: brought to the same size setting, "
          "stretched to the photograph, kept, or brought to the size setting unless that "
          "enlarges it (within)."), WORDS("size|content|keep|within") },
    { ROW("style-scale", style_scale, IMP_PARAM_NUMBER, "1", "picture",
          "How large the brush strokes are: the painting is looked at so many times larger "
          "than style-fit says; style_scale and style_scale_fac elsewhere."),
      FROM_TO("NUMBER", 0.05, 20) },
    { ROW("style-size", style_size, IMP_PARAM_INT, "0", "picture",
          "How large the brush strokes are, whatever the size of the picture: the painting is "
          "looked at with a long side of so many pixels, in proportion fewer at the sizes "
          "before the end size; style_size elsewhere. 0 leaves it to style-fit and "
          "style-scale."), FROM_TO("N", 0, 1000000) },
    { ROW("filter", filter, IMP_PARAM_CHOICE, "lanczos", "picture",
          "The filter that resizes pictures."), WORDS("bilinear|bicubic|lanczos") },
    { ROW("linear-light", linear_light, IMP_PARAM_FLAG, "true", "picture",
          "Resize in linear light, as lenses do, and not in the values that a file stores."),
      WORDS("true|false") },

    { ROW("keep-colours", keep_colours, IMP_PARAM_FLAG, "false", "colour",
          "Keep the photograph's colours and paint only light and dark, as original_colors, "
          "preserve_colors and luminance_transfer do elsewhere."), WORDS("true|false") },
    { ROW("colour-space", colour_space, IMP_PARAM_CHOICE, "yuv", "colour",
          "What counts as light and dark when colours are kept: video's luma (YUV, the same "
          "as YCbCr), or the lightness of CIE's L*u*v* or L*a*b*, nearer to what the eye "
          "sees."),
      WORDS("yuv|luv|lab") },
    { ROW("match-colours", match_colours, IMP_PARAM_CHOICE, "no", "colour",
          "Give the painting the photograph's palette before it is looked at, the mean and "
          "spread of its colours: not at all, channel after channel, along the axes in which "
          "they vary most, or so that each colour changes least; linear colour transfer, or "
          "colour control, in Gatys' papers."),
      WORDS("no|cholesky|pca|symmetric") },

    { ROW("preprocess", preprocess, IMP_PARAM_CHOICE, "auto", "network",
          "What the network is fed: B, G, R in 0..255 less the mean (caffe), or normalised "
          "R, G, B (torchvision); auto tells by the names in the file of weights."),
      WORDS("auto|caffe|torchvision") },
    { ROW("pooling", pooling, IMP_PARAM_CHOICE, "max", "network",
          "How the network halves its maps."), WORDS("max|average|l2") },
    { ROW("padding", padding, IMP_PARAM_CHOICE, "zero", "network",
          "What the first convolution sees beyond the border: zeros, which stand for the mean "
          "colour, or the border repeated."),
      WORDS("zero|replicate") },
    { ROW("precision", precision, IMP_PARAM_CHOICE, "fp32", "network",
          "Of the products in convolutions; bf16 is faster where the processor has it, and "
          "less exact: long walks of L-BFGS end at a higher loss."), WORDS("fp32|bf16") },

    { ROW("content-layers", content_layers, IMP_PARAM_LAYERS, "relu4_2", "loss",
          "The layers that compare the picture with the photograph, and their weights."),
      LAYERS },
    { ROW("style-layers", style_layers, IMP_PARAM_LAYERS,
          "relu1_1,relu2_1,relu3_1,relu4_1,relu5_1", "loss",
          "The layers that compare the picture with the painting, and their weights."),
      LAYERS },
    { ROW("style-decay", style_decay, IMP_PARAM_NUMBER, "1", "loss",
          "What the weight of each further style layer is multiplied by: below 1 fine strokes "
          "and colours count for more, above 1 large forms; the style's weight in all changes "
          "with it, which style-weight makes up for; style_layer_weight_exp elsewhere."),
      FROM_TO("NUMBER", 0.01, 100) },
    { ROW("content-weight", content_weight, IMP_PARAM_NUMBER, "1", "loss",
          "How strongly the picture is held to the photograph."), FROM_TO("NUMBER", 0, 1e12) },
    { ROW("style-weight", style_weight, IMP_PARAM_NUMBER, "1", "loss",
          "How strongly the picture is drawn to the manner of the painting."),
      FROM_TO("NUMBER", 0, 1e12) },
    { ROW("tv-weight", tv_weight, IMP_PARAM_NUMBER, "0", "loss",
          "How strongly differences between neighbouring pixels are held down (total "
          "variation)."),
      FROM_TO("NUMBER", 0, 1e12) },
    { ROW("content-reduction", content_reduction, IMP_PARAM_CHOICE, "mean", "loss",
          "Mean or sum of the squared differences of a content layer, or their sum divided by "
          "that of the magnitudes, which makes for a gradient of about 1 in all "
          "(normalised)."),
      WORDS("mean|sum|normalised") },
    { ROW("style-loss", style_loss, IMP_PARAM_CHOICE, "gram", "loss",
          "How style is compared: by Gram matrices, or by the Wasserstein distance of the "
          "features' distributions, taken to be normal."), WORDS("gram|wasserstein") },
    { ROW("gram-norm", gram_norm, IMP_PARAM_CHOICE, "hw", "loss",
          "What a Gram matrix is divided by: nothing, the pixels of its layer, or its "
          "channels times pixels."), WORDS("none|hw|chw") },
    { ROW("style-reduction", style_reduction, IMP_PARAM_CHOICE, "mean", "loss",
          "Mean or sum over a style layer: of the squared differences of two Gram matrices, "
          "which can be normalised as those of content can, or of a Wasserstein distance over "
          "the channels."),
      WORDS("mean|sum|normalised") },
    { ROW("style-norm", style_norm, IMP_PARAM_CHOICE, "none", "loss",
          "A further divisor of each style layer's loss: nothing, or its channels times "
          "pixels."),
      WORDS("none|chw") },
    { ROW("guide", guide, IMP_PARAM_CHOICE, "simple", "loss",
          "How masks are carried to the layers: by how much of each unit's patch lies within "
          "(simple), by whether its whole receptive field does (inside), or any of it (all)."),
      WORDS("simple|inside|all") },
    { ROW("tv-kind", tv_kind, IMP_PARAM_CHOICE, "squared", "loss",
          "Squares or magnitudes of the differences between neighbouring pixels, or squares "
          "with the diagonal neighbours."),
      WORDS("squared|absolute|nine-point") },
    { ROW("tv-reduction", tv_reduction, IMP_PARAM_CHOICE, "mean", "loss",
          "Mean or sum of those differences."), WORDS("mean|sum") },

    { ROW("init", init, IMP_PARAM_CHOICE, "content", "start",
          "What the picture starts from: the photograph, the colours of the painting, noise, "
          "a picture of its own, or grey with hardly any noise."),
      WORDS("content|style|noise|image|grey") },
    { ROW("init-weight", init_weight, IMP_PARAM_NUMBER, "1", "start",
          "The share of that start; the rest is the photograph."), FROM_TO("NUMBER", 0, 1) },
    { ROW("seed", seed, IMP_PARAM_SEED, "0", "start",
          "Where the random numbers begin: the same seed, the same picture."),
      FROM_TO("N", 0, 9007199254740991) },

    { ROW("variable", variable, IMP_PARAM_CHOICE, "unit", "optimiser",
          "The units in which the optimiser sees the picture: 0..1, 0..255, or torchvision's "
          "mean 0 and deviation 1."), WORDS("unit|byte|normalised") },
    { ROW("start-size", start_size, IMP_PARAM_INT, "0", "schedule",
          "Begin small: before the end size come those by scale-factor below it at which the "
          "side that size speaks of has no fewer pixels than this; 0 paints at the end size "
          "alone."), FROM_TO("N", 0, 1000000) },
    { ROW("scale-factor", scale_factor, IMP_PARAM_NUMBER, "1.4142135623730951", "schedule",
          "How much larger each size is than the one before."), FROM_TO("NUMBER", 1.1, 4) },
    { ROW("steps", steps, IMP_PARAM_STEPS, "300", "schedule",
          "How many steps to take, each of which looks at the picture once: at the smallest "
          "size, at the next, and so on; the last count holds for all that follow."),
      FROM_TO("N,...", 1, 100000) },
    { ROW("stop", stop, IMP_PARAM_NUMBER, "0", "schedule",
          "End a size early once its last 20 steps have lowered the loss by less than this "
          "share of it; 0 is never."), FROM_BELOW("NUMBER", 0, 1) },
    { ROW("carry", carry, IMP_PARAM_FLAG, "true", "schedule",
          "Take along to the next size what the optimiser has learnt."), WORDS("true|false") },
    { ROW("detail", detail, IMP_PARAM_NUMBER, "0", "schedule",
          "How much of the photograph's detail that a smaller size cannot show is added when "
          "the painting is enlarged."), FROM_TO("NUMBER", 0, 1) },
    { ROW("optimiser", optimiser, IMP_PARAM_CHOICE, "adam", "optimiser",
          "What walks: Adam, or L-BFGS, which needs fewer steps and more memory."),
      WORDS("adam|lbfgs") },
    { ROW("learning-rate", learning_rate, IMP_PARAM_NUMBER, "0.02", "optimiser",
          "How far a step of Adam goes, in units of the variable."),
      ABOVE_TO("NUMBER", 0, 1e6) },
    { ROW("beta1", beta1, IMP_PARAM_NUMBER, "0.9", "optimiser",
          "Adam's memory of the gradient."), FROM_BELOW("NUMBER", 0, 1) },
    { ROW("beta2", beta2, IMP_PARAM_NUMBER, "0.999", "optimiser",
          "Adam's memory of the squared gradient."), FROM_BELOW("NUMBER", 0, 1) },
    { ROW("epsilon", epsilon, IMP_PARAM_NUMBER, "1e-8", "optimiser",
          "What Adam adds to its divisor."), FROM_TO("NUMBER", 0, 1) },
    { ROW("epsilon-hat", epsilon_hat, IMP_PARAM_FLAG, "false", "optimiser",
          "Add epsilon before the divisor is corrected for its start, as TensorFlow and Keras "
          "do; PyTorch adds it afterwards."),
      WORDS("true|false") },
    { ROW("step-length", step_length, IMP_PARAM_NUMBER, "1", "optimiser",
          "How far a step of L-BFGS, or the first trial of its line search, goes: a share of "
          "the step that it works out itself."),
      ABOVE_TO("NUMBER", 0, 10) },
    { ROW("history", history, IMP_PARAM_INT, "10", "optimiser",
          "How many steps L-BFGS remembers; each takes the memory of two pictures."),
      FROM_TO("N", 1, 200) },
    { ROW("line-search", line_search, IMP_PARAM_CHOICE, "backtracking", "optimiser",
          "How L-BFGS chooses its step: its own one (none), by the strong Wolfe conditions, "
          "or shortened until the loss falls."), WORDS("none|wolfe|backtracking") },
    { ROW("metric", metric, IMP_PARAM_CHOICE, "bands", "optimiser",
          "What L-BFGS takes for the curvature of the loss before its memory corrects it: one "
          "number, or one for each band of colour and spatial frequency."),
      WORDS("scalar|bands") },
    { ROW("clamp", clamp, IMP_PARAM_FLAG, "true", "optimiser",
          "Bring the picture back into the range of colours after each step."),
      WORDS("true|false") },
    { ROW("average", average, IMP_PARAM_NUMBER, "0", "optimiser",
          "The memory of a running average of the pictures, anew at each size; 0 is none."),
      FROM_BELOW("NUMBER", 0, 1) },
    { ROW("result", result, IMP_PARAM_CHOICE, "best", "optimiser",
          "The picture to keep: the last one, the one with the least loss, or the running "
          "average."),
      WORDS("last|best|average") },
};

const imp_param *imp_param_at(size_t i)
{
    return i < sizeof table / sizeof *table ? &table[i] : NULL;
}

const imp_param_info *imp_param_known(size_t i)
{
    return imp_param_at(i) ? &table[i].info : NULL;
}

imp_status imp_param_find(const imp_param **out, const char *name, imp_error *err)
{
    imp_nearest nearest = imp_nearest_to(name);
    char quoted[IMP_QUOTED_TEXT];

    for (size_t i = 0; imp_param_at(i); i++) {
        *out = imp_param_at(i);
        if (!strcmp(table[i].info.name, name)) return IMP_OK;
        imp_nearest_offer(&nearest, table[i].info.name);
    }
    *out = NULL;
    imp_text_quote(quoted, name);
    if (nearest.best)
        return imp_fail(err, IMP_EINVAL, "unknown parameter %s; did you mean \"%s\"?", quoted,
                        nearest.best);
    return imp_fail(err, IMP_EINVAL, "unknown parameter %s", quoted);
}
