/* check_params.c - parameters: by name, as JSON, from presets, and what is refused. */
#include "check.h"

#include <jansson.h>

#include <impasto/style.h>

#include "comma_locale.h"

static imp_error err;

#define COUNT(array) (sizeof (array) / sizeof *(array))

/* The failed call's message is this, whole. */
#define CHECK_REFUSED(call, status, want) do { \
        CHECK_STATUS(call, status); \
        CHECK_TEXT(err.message, want); \
        memset(&err, 0, sizeof err); \
    } while (0)

static bool same(const imp_params *a, const imp_params *b)
{
    return !memcmp(a, b, sizeof *a);   /* imp_params_init() zeroes the padding too */
}

/* --- By name ----------------------------------------------------------------------------- */

/* Two values of each parameter, as imp_params_get() writes them. */
static const struct { const char *name, *one, *two; } values[] = {
    { "model", "vgg19", "/mod\"els/caf\xc3\xa9 \\ v\tgg.pth" },
    { "size", "long:512", "640x480" },
    { "style-fit", "within", "keep" },
    { "style-scale", "0.5", "1" },
    { "style-size", "0", "1000000" },
    { "filter", "bilinear", "bicubic" },
    { "linear-light", "true", "false" },
    { "keep-colours", "true", "false" },
    { "colour-space", "luv", "lab" },
    { "match-colours", "symmetric", "pca" },
    { "preprocess", "caffe", "torchvision" },
    { "pooling", "average", "l2" },
    { "padding", "zero", "replicate" },
    { "precision", "bf16", "fp32" },
    { "content-layers", "conv1_1:1", "none" },
    { "style-layers", "relu1_1:0.75,conv5_4:0,relu3_4:1000000000000", "relu5_4:1e-12" },
    { "style-decay", "0.5", "1" },
    { "content-weight", "0", "0.1" },
    { "style-weight", "1000000000000", "5e-324" },
    { "tv-weight", "0.30000000000000004", "1" },
    { "content-reduction", "mean", "sum" },
    { "style-loss", "wasserstein", "gram" },
    { "gram-norm", "none", "chw" },
    { "style-reduction", "mean", "sum" },
    { "style-norm", "none", "chw" },
    { "guide", "inside", "all" },
    { "tv-kind", "squared", "absolute" },
    { "tv-reduction", "mean", "sum" },
    { "init", "noise", "image" },
    { "init-weight", "0", "1" },
    { "seed", "0", "9007199254740991" },
    { "variable", "byte", "normalised" },
    { "start-size", "128", "1000000" },
    { "scale-factor", "1.1", "4" },
    { "steps", "1", "100000,1,20" },
    { "stop", "0", "0.01" },
    { "carry", "false", "true" },
    { "detail", "0", "1" },
    { "optimiser", "lbfgs", "adam" },
    { "learning-rate", "5e-324", "1000000" },
    { "beta1", "0", "0.9999999999999999" },
    { "beta2", "0", "0.9999999999999999" },
    { "epsilon", "0", "1" },
    { "epsilon-hat", "true", "false" },
    { "step-length", "5e-324", "10" },
    { "history", "1", "200" },
    { "line-search", "none", "backtracking" },
    { "metric", "bands", "scalar" },
    { "clamp", "false", "true" },
    { "average", "0", "0.99" },
    { "result", "best", "average" },
};

static void check_set(imp_params *params, const char *name, const char *text, const char *want)
{
    char *got;

    CHECK_OK(imp_params_set(params, name, text, &err));
    CHECK_OK(imp_params_get(&got, params, name, &err));
    CHECK_TEXT(got, want);
    imp_data_free(got);
}

static void test_set_and_get(void)
{
    imp_params params, before;

    CHECK_OK(imp_params_init(&params, "default", &err));
    for (size_t i = 0; i < COUNT(values); i++) {
        const imp_param_info *info = imp_param_known(i);
        CHECK_TEXT(info ? info->name : NULL, values[i].name);   /* none is left out above */
        check_set(&params, values[i].name, values[i].one, values[i].one);
        before = params;
        check_set(&params, values[i].name, values[i].two, values[i].two);
        CHECK(!same(&params, &before));
        check_set(&params, values[i].name, values[i].one, values[i].one);
        CHECK(same(&params, &before));   /* no other field was touched */
    }
    CHECK(!imp_param_known(COUNT(values)));
}

/* Each name sets the field that it says. */
static void test_fields(void)
{
    imp_params p;

    CHECK_OK(imp_params_init(&p, "default", &err));
    for (size_t i = 0; i < COUNT(values); i++)
        CHECK_OK(imp_params_set(&p, values[i].name, values[i].two, &err));
    CHECK_TEXT(p.model, values[0].two);
    CHECK(p.size.mode == IMP_SIZE_EXACT && p.size.width == 640 && p.size.height == 480);
    CHECK(p.style_fit == IMP_STYLE_FIT_KEEP && p.style_scale == 1 && p.style_size == 1000000);
    CHECK(p.filter == IMP_FILTER_BICUBIC && !p.linear_light);
    CHECK(!p.keep_colours && p.colour_space == IMP_COLOUR_LAB);
    CHECK(p.match_colours == IMP_MATCH_PCA);
    CHECK(p.pooling == IMP_POOL_L2 && p.padding == IMP_PAD_REPLICATE);
    CHECK(p.content_layers.n == 0 && p.style_layers.n == 1);
    CHECK_TEXT(p.style_layers.item[0].layer, "relu5_4");
    CHECK(p.style_layers.item[0].weight == 1e-12);
    CHECK(p.content_weight == 0.1 && p.style_weight == 5e-324 && p.tv_weight == 1);
    CHECK(p.content_reduction == IMP_REDUCE_SUM && p.gram_norm == IMP_GRAM_CHW);
    CHECK(p.style_reduction == IMP_REDUCE_SUM && p.style_norm == IMP_STYLE_NORM_CHW);
    CHECK(p.style_loss == IMP_STYLE_GRAM);
    CHECK(p.tv_kind == IMP_TV_ABSOLUTE && p.tv_reduction == IMP_REDUCE_SUM);
    CHECK(p.init == IMP_INIT_IMAGE && p.init_weight == 1 && p.seed == 9007199254740991u);
    CHECK(p.variable == IMP_VARIABLE_NORMALISED);
    CHECK(p.precision == IMP_PRECISION_FP32);
    CHECK(p.start_size == 1000000 && p.scale_factor == 4 && p.stop == 0.01 && p.carry);
    CHECK(p.steps.n == 3 && p.steps.count[0] == 100000 && p.steps.count[2] == 20);
    CHECK(p.optimiser == IMP_METHOD_ADAM && p.learning_rate == 1e6);
    CHECK(p.detail == 1 && p.metric == IMP_METRIC_SCALAR);
    CHECK(p.history == 200 && p.line_search == IMP_LINE_SEARCH_BACKTRACKING);
    CHECK(p.beta1 == 0.9999999999999999 && p.beta2 == 0.9999999999999999 && p.epsilon == 1);
    CHECK(p.clamp && p.average == 0.99 && p.result == IMP_RESULT_AVERAGE);
}

/* Every word of every choice stands for one value of its enum, in the order of the header. */
static void test_choices(void)
{
    static const struct { const char *name; size_t offset; int last; } choices[] = {
        { "style-fit", offsetof(imp_params, style_fit), IMP_STYLE_FIT_WITHIN },
        { "filter", offsetof(imp_params, filter), IMP_FILTER_LANCZOS },
        { "colour-space", offsetof(imp_params, colour_space), IMP_COLOUR_LAB },
        { "match-colours", offsetof(imp_params, match_colours), IMP_MATCH_SYMMETRIC },
        { "preprocess", offsetof(imp_params, preprocess), IMP_PREPROCESS_TORCHVISION },
        { "pooling", offsetof(imp_params, pooling), IMP_POOL_L2 },
        { "padding", offsetof(imp_params, padding), IMP_PAD_REPLICATE },
        { "content-reduction", offsetof(imp_params, content_reduction),
          IMP_REDUCE_NORMALISED },
        { "gram-norm", offsetof(imp_params, gram_norm), IMP_GRAM_CHW },
        { "style-reduction", offsetof(imp_params, style_reduction), IMP_REDUCE_NORMALISED },
        { "style-norm", offsetof(imp_params, style_norm), IMP_STYLE_NORM_CHW },
        { "style-loss", offsetof(imp_params, style_loss), IMP_STYLE_WASSERSTEIN },
        { "guide", offsetof(imp_params, guide), IMP_GUIDE_ALL },
        { "tv-kind", offsetof(imp_params, tv_kind), IMP_TV_NINE_POINT },
        { "tv-reduction", offsetof(imp_params, tv_reduction), IMP_REDUCE_SUM },
        { "init", offsetof(imp_params, init), IMP_INIT_GREY },
        { "variable", offsetof(imp_params, variable), IMP_VARIABLE_NORMALISED },
        { "precision", offsetof(imp_params, precision), IMP_PRECISION_BF16 },
        { "optimiser", offsetof(imp_params, optimiser), IMP_METHOD_LBFGS },
        { "line-search", offsetof(imp_params, line_search), IMP_LINE_SEARCH_BACKTRACKING },
        { "metric", offsetof(imp_params, metric), IMP_METRIC_BANDS },
        { "result", offsetof(imp_params, result), IMP_RESULT_AVERAGE },
    };
    imp_params params;

    CHECK_OK(imp_params_init(&params, "default", &err));
    for (size_t i = 0; i < COUNT(choices); i++) {
        const imp_param_info *info = NULL;
        char words[64], *save = NULL;
        int n = 0, got;
        for (size_t k = 0; !info; k++)
            if (!strcmp(imp_param_known(k)->name, choices[i].name)) info = imp_param_known(k);
        snprintf(words, sizeof words, "%s", info->value);
        for (char *word = strtok_r(words, "|", &save); word; word = strtok_r(NULL, "|",
                                                                             &save)) {
            check_set(&params, info->name, word, word);
            memcpy(&got, (char *) &params + choices[i].offset, sizeof got);
            CHECK(got == n++);
        }
        CHECK(n == choices[i].last + 1);
    }
}

static void test_other_spellings(void)
{
    static const char *const cases[][3] = {
        { "size", "512", "long:512" }, { "size", "1000000", "long:1000000" },
        { "size", "keep", "keep" },
        { "style-layers", "relu1_1,conv2_2:2", "relu1_1:1,conv2_2:2" },
        { "style-layers", "relu1_1:-0", "relu1_1:0" },
        { "content-weight", "-0", "0" }, { "content-weight", "+1e3", "1000" },
        { "style-weight", "1e-999", "0" }, { "steps", "1e3", "1000" },
        { "steps", "20.0", "20" }, { "steps", "1e3,5", "1000,5" },
        { "clamp", "yes", "true" }, { "clamp", "no", "false" }, { "clamp", "on", "true" },
        { "clamp", "off", "false" }, { "clamp", "true", "true" },
        { "clamp", "false", "false" },
    };
    imp_params params;

    CHECK_OK(imp_params_init(&params, "default", &err));
    for (size_t i = 0; i < COUNT(cases); i++)
        check_set(&params, cases[i][0], cases[i][1], cases[i][2]);
}

#define PRESETS "default, classic, tf-eager, gatys, neural-style, wasserstein"

#define TAPS \
    " (accepted: conv1_1..conv5_4 or relu1_1..relu5_4, weights 0..1e12, or none)"

static const char *const refusals[][3] = {
    { "stlye-weight", "1",
      "unknown parameter \"stlye-weight\"; did you mean \"style-weight\"?" },
    { "style_weight", "1",
      "unknown parameter \"style_weight\"; did you mean \"style-weight\"?" },
    { "momentum", "1", "unknown parameter \"momentum\"" },
    { "", "1", "unknown parameter \"\"" },
    { "preset", "classic", "unknown parameter \"preset\"" },
    { "learning-rate", "abc",
      "learning-rate: \"abc\" is not a number (accepted: above 0 up to 1e6)" },
    { "learning-rate", "0", "learning-rate: 0 is out of range (accepted: above 0 up to 1e6)" },
    { "learning-rate", "-0",
      "learning-rate: -0 is out of range (accepted: above 0 up to 1e6)" },
    { "learning-rate", "1000000.1",
      "learning-rate: 1000000.1 is out of range (accepted: above 0 up to 1e6)" },
    { "learning-rate", "nan",
      "learning-rate: \"nan\" is not a number (accepted: above 0 up to 1e6)" },
    { "style-weight", "inf", "style-weight: \"inf\" is not a number (accepted: 0..1e12)" },
    { "style-weight", "1e999", "style-weight: inf is out of range (accepted: 0..1e12)" },
    { "style-weight", "-1", "style-weight: -1 is out of range (accepted: 0..1e12)" },
    { "style-weight", "5x", "style-weight: \"5x\" is not a number (accepted: 0..1e12)" },
    { "style-weight", "0,5", "style-weight: \"0,5\" is not a number (accepted: 0..1e12)" },
    { "style-weight", "0x10", "style-weight: \"0x10\" is not a number (accepted: 0..1e12)" },
    { "style-weight", " 1", "style-weight: \" 1\" is not a number (accepted: 0..1e12)" },
    { "style-weight", "", "style-weight: \"\" is not a number (accepted: 0..1e12)" },
    { "content-weight", "1\n2\x1b",
      "content-weight: \"1?2?\" is not a number (accepted: 0..1e12)" },
    { "tv-weight", "1.1e12", "tv-weight: 1100000000000 is out of range (accepted: 0..1e12)" },
    { "init-weight", "1.01", "init-weight: 1.01 is out of range (accepted: 0..1)" },
    { "beta1", "1", "beta1: 1 is out of range (accepted: from 0 to below 1)" },
    { "beta2", "-0.1", "beta2: -0.1 is out of range (accepted: from 0 to below 1)" },
    { "epsilon", "1.5", "epsilon: 1.5 is out of range (accepted: 0..1)" },
    { "steps", "0", "steps: 0 is out of range (accepted: 1..100000)" },
    { "steps", "100001", "steps: 100001 is out of range (accepted: 1..100000)" },
    { "steps", "99999999999999999999", "steps: 1e+20 is out of range (accepted: 1..100000)" },
    { "steps", "2.5", "steps: 2.5 is not a whole number (accepted: 1..100000)" },
    { "steps", "many", "steps: \"many\" is not a number (accepted: 1..100000)" },
    { "steps", "",
      "steps: a count is missing (accepted: 1..100000, one or several as in 300,100)" },
    { "steps", "5,",
      "steps: a count is missing (accepted: 1..100000, one or several as in 300,100)" },
    { "steps", "5,,6",
      "steps: a count is missing (accepted: 1..100000, one or several as in 300,100)" },
    { "steps", "5,6x", "steps: \"6x\" is not a number (accepted: 1..100000)" },
    { "steps", "5,0", "steps: 0 is out of range (accepted: 1..100000)" },
    { "steps", "5,2.5,7", "steps: 2.5 is not a whole number (accepted: 1..100000)" },
    { "steps", "1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,1,2,3,4,5,6",
      "steps: more than 32 counts" },
    { "start-size", "-1", "start-size: -1 is out of range (accepted: 0..1000000)" },
    { "style-size", "300.5",
      "style-size: 300.5 is not a whole number (accepted: 0..1000000)" },
    { "scale-factor", "1.09", "scale-factor: 1.09 is out of range (accepted: 1.1..4)" },
    { "stop", "1", "stop: 1 is out of range (accepted: from 0 to below 1)" },
    { "detail", "1.1", "detail: 1.1 is out of range (accepted: 0..1)" },
    { "metric", "band", "metric: \"band\" is not known (accepted: scalar|bands)" },
    { "average", "1", "average: 1 is out of range (accepted: from 0 to below 1)" },
    { "step-length", "0",
      "step-length: 0 is out of range (accepted: above 0 up to 10)" },
    { "history", "201", "history: 201 is out of range (accepted: 1..200)" },
    { "match-colours", "true",
      "match-colours: \"true\" is not known (accepted: no|cholesky|pca|symmetric)" },
    { "colour-space", "ycbcr",
      "colour-space: \"ycbcr\" is not known (accepted: yuv|luv|lab)" },
    { "seed", "-1", "seed: -1 is out of range (accepted: 0..9007199254740991)" },
    { "seed", "9007199254740992",
      "seed: 9007199254740992 is out of range (accepted: 0..9007199254740991)" },
    { "seed", "0.5", "seed: 0.5 is not a whole number (accepted: 0..9007199254740991)" },
    { "clamp", "maybe", "clamp: \"maybe\" is neither true nor false (accepted: true|false)" },
    { "clamp", "", "clamp: \"\" is neither true nor false (accepted: true|false)" },
    { "filter", "nearest",
      "filter: \"nearest\" is not known (accepted: bilinear|bicubic|lanczos)" },
    { "filter", "bi", "filter: \"bi\" is not known (accepted: bilinear|bicubic|lanczos)" },
    { "filter", "bilinear|bicubic",
      "filter: \"bilinear|bicubic\" is not known (accepted: bilinear|bicubic|lanczos)" },
    { "filter", "", "filter: \"\" is not known (accepted: bilinear|bicubic|lanczos)" },
    { "init", "sketch.png",
      "init: \"sketch.png\" is not known (accepted: content|style|noise|image|grey)" },
    { "size", "big",
      "size: \"big\" is not a size (accepted: 512, long:512, short:512, 640x480 "
      "or keep, sides 1..1000000)" },
    { "size", "0", "size: \"0\" is not a size (accepted: 512, long:512, short:512, 640x480 "
      "or keep, sides 1..1000000)" },
    { "size", "1000001",
      "size: \"1000001\" is not a size (accepted: 512, long:512, short:512, "
      "640x480 or keep, sides 1..1000000)" },
    { "style-layers", "relu4-2",
      "style-layers: \"relu4-2\" is not a layer of vgg19; did you mean \"relu4_2\"?" TAPS },
    { "style-layers", "pool1",
      "style-layers: \"pool1\" is not a layer of vgg19" TAPS },
    { "style-layers", "relu1_3",
      "style-layers: \"relu1_3\" is not a layer of vgg19; did you mean \"relu1_1\"?" TAPS },
    { "style-layers", "", "style-layers: \"\" is not a layer of vgg19" TAPS },
    { "style-layers", "relu1_1,",
      "style-layers: \"\" is not a layer of vgg19" TAPS },
    { "style-layers", "relu1_1,none",
      "style-layers: \"none\" is not a layer of vgg19" TAPS },
    { "style-layers", "a-name-longer-than-a-layer's",
      "style-layers: \"a-name-longer-than-a-layer's\" is not a layer of vgg19" TAPS },
    { "style-layers", "relu1_1:x",
      "style-layers: the weight \"x\" of relu1_1 is not a number" TAPS },
    { "style-layers", "relu1_1:",
      "style-layers: the weight \"\" of relu1_1 is not a number" TAPS },
    { "style-layers", "relu1_1:1:2",
      "style-layers: the weight \"1:2\" of relu1_1 is not a number" TAPS },
    { "style-layers", "relu1_1:-1",
      "style-layers: the weight -1 of relu1_1 is out of range" TAPS },
    { "style-layers", "relu1_1:1e13",
      "style-layers: the weight 10000000000000 of relu1_1 is out of range" TAPS },
    { "content-layers", "relu1_1,relu2_1,relu1_1:2",
      "content-layers: relu1_1 stands there twice; give it one weight" },
    { "content-layers",
      "conv1_1,conv1_2,conv2_1,conv2_2,conv3_1,conv3_2,conv3_3,conv3_4,conv4_1,"
      "conv4_2,conv4_3,conv4_4,conv5_1,conv5_2,conv5_3,conv5_4,relu1_1",
      "content-layers: more than 16 layers" },
    { "model", "", "model: an empty text says nothing (accepted: NAME|FILE)" },
    { "model", "caf\xe9.pth", "model: \"caf?.pth\" is not UTF-8 (accepted: NAME|FILE)" },
};

static void test_refusals(void)
{
    imp_params params, before;

    CHECK_OK(imp_params_init(&params, "default", &err));
    before = params;
    for (size_t i = 0; i < COUNT(refusals); i++) {
        CHECK_REFUSED(imp_params_set(&params, refusals[i][0], refusals[i][1], &err),
                      IMP_EINVAL,
                      refusals[i][2]);
        CHECK(same(&params, &before));
    }
    CHECK_STATUS(imp_params_set(&params, "steps", "0", NULL), IMP_EINVAL);
}

static void test_long_texts(void)
{
    imp_params params;
    char text[5000];

    CHECK_OK(imp_params_init(&params, "default", &err));
    memset(text, 'm', sizeof text);
    text[1023] = '\0';
    check_set(&params, "model", text, text);
    text[1023] = 'm';
    text[1024] = '\0';
    CHECK_REFUSED(imp_params_set(&params, "model", text, &err), IMP_EINVAL,
                  "model: longer than 1023 bytes");
    text[1024] = 'm';
    text[sizeof text - 1] = '\0';
    for (size_t i = 0; i < COUNT(values); i++) {
        CHECK_STATUS(imp_params_set(&params, values[i].name, text, &err), IMP_EINVAL);
        CHECK(strlen(err.message) < 300);
    }
    CHECK_STATUS(imp_params_set(&params, text, "1", &err), IMP_EINVAL);
    CHECK(strlen(err.message) < 300);
    /* A weight of many digits is read whole, and one too long for that is not cut. */
    memset(text, '0', sizeof text);
    memcpy(text, "relu1_1:1.", 10);
    text[1000] = '\0';
    check_set(&params, "style-layers", text, "relu1_1:1");
    text[1000] = '0';
    text[sizeof text - 1] = '\0';
    CHECK_STATUS(imp_params_set(&params, "style-layers", text, &err), IMP_EINVAL);
}

static void test_known(void)
{
    static const char *const groups[] = {
        "picture", "colour", "network", "loss", "start", "schedule", "optimiser",
    };

    for (size_t i = 0; imp_param_known(i); i++) {
        const imp_param_info *info = imp_param_known(i);
        bool known = false;
        CHECK(*info->name && *info->value && info->range && *info->help);
        CHECK(info->help[strlen(info->help) - 1] == '.');
        for (size_t k = 0; k < COUNT(groups); k++) known |= !strcmp(info->group, groups[k]);
        CHECK(known);
    }
}

/* --- Presets ----------------------------------------------------------------------------- */

/* What a preset must be, in the words of imp_params_get(). */
typedef struct wanted { const char *name, *value; } wanted;

static void check_values(const char *preset, const wanted *want, size_t n)
{
    imp_params params;
    char *got;

    CHECK_OK(imp_params_init(&params, preset, &err));
    CHECK_TEXT(params.preset, preset);
    CHECK_OK(imp_params_check(&params, &err));
    for (size_t i = 0; i < n; i++) {
        CHECK_OK(imp_params_get(&got, &params, want[i].name, &err));
        if (strcmp(got, want[i].value))
            check_fail(__FILE__, __LINE__, "%s: %s is %s, not %s", preset, want[i].name, got,
                       want[i].value);
        imp_data_free(got);
    }
}

/* The PyTorch scripts: plain Gram matrices, means of squares over C H W, Adam at 0.003. */
static void test_classic(void)
{
    static const wanted want[] = {
        { "model", "vgg19" }, { "size", "long:512" }, { "style-fit", "content" },
        { "filter", "bilinear" }, { "linear-light", "false" }, { "pooling", "max" },
        { "padding", "zero" }, { "content-layers", "relu4_2:1" },
        { "style-layers", "relu1_1:1,relu2_1:0.75,relu3_1:0.2,relu4_1:0.2,relu5_1:0.2" },
        { "content-weight", "1" }, { "style-weight", "1000000" }, { "tv-weight", "0" },
        { "content-reduction", "mean" }, { "gram-norm", "none" },
        { "style-reduction", "mean" },
        { "style-norm", "chw" }, { "init", "content" }, { "init-weight", "1" },
        { "variable", "normalised" }, { "steps", "1000" }, { "learning-rate", "0.003" },
        { "beta1", "0.9" }, { "beta2", "0.999" }, { "epsilon", "1e-08" },
        { "epsilon-hat", "false" }, { "clamp", "false" }, { "result", "last" },
    };
    check_values("classic", want, COUNT(want));
}

/* The eager-execution article: Gram matrices over H W, Adam at 5 on 0..255, the best kept. */
static void test_tf_eager(void)
{
    static const wanted want[] = {
        { "model", "vgg19" }, { "size", "long:512" }, { "style-fit", "size" },
        { "filter", "lanczos" }, { "linear-light", "false" }, { "pooling", "max" },
        { "padding", "zero" }, { "content-layers", "relu5_2:1" },
        { "style-layers", "relu1_1:0.2,relu2_1:0.2,relu3_1:0.2,relu4_1:0.2,relu5_1:0.2" },
        { "content-weight", "1000" }, { "style-weight", "0.01" }, { "tv-weight", "0" },
        { "content-reduction", "mean" }, { "gram-norm", "hw" }, { "style-reduction", "mean" },
        { "style-norm", "none" }, { "init", "content" }, { "init-weight", "1" },
        { "variable", "byte" }, { "steps", "1000" }, { "learning-rate", "5" },
        { "beta1", "0.99" }, { "beta2", "0.999" }, { "epsilon", "0.1" },
        { "epsilon-hat", "true" }, { "clamp", "true" }, { "result", "best" },
    };
    check_values("tf-eager", want, COUNT(want));
}

/* The notebook: portions of 20 steps until more than 500 (200) are done, max_iter and history
 * being PyTorch's; pixels of 0..255 less the mean, whose shift L-BFGS does not see. */
static void test_gatys(void)
{
    static const wanted want[] = {
        { "model", "vgg19" }, { "size", "short:800" }, { "start-size", "512" },
        { "scale-factor", "1.5625" }, { "style-fit", "size" }, { "filter", "bilinear" },
        { "linear-light", "false" }, { "preprocess", "auto" }, { "pooling", "max" },
        { "padding", "zero" }, { "precision", "fp32" }, { "content-layers", "relu4_2:1" },
        { "style-layers", "relu1_1:0.244140625,relu2_1:0.06103515625,relu3_1:0.0152587890625,"
                          "relu4_1:0.003814697265625,relu5_1:0.003814697265625" },
        { "content-weight", "1" }, { "style-weight", "1" }, { "tv-weight", "0" },
        { "content-reduction", "mean" }, { "style-loss", "gram" }, { "gram-norm", "hw" },
        { "style-reduction", "mean" }, { "style-norm", "none" }, { "init", "content" },
        { "init-weight", "1" }, { "variable", "byte" }, { "steps", "520,220" },
        { "stop", "0" }, { "carry", "false" }, { "detail", "0" }, { "optimiser", "lbfgs" },
        { "step-length", "1" }, { "history", "100" }, { "line-search", "none" },
        { "metric", "scalar" }, { "learning-rate", "10" }, { "clamp", "false" },
        { "average", "0" }, { "result", "last" },
    };
    check_values("gatys", want, COUNT(want));
}

/* The Lua program: strengths of 5 and 100 on means of squares, Gram matrices over C H W, a
 * total variation whose gradient is 1e-3 times each difference; optim.lbfgs as it is; starts
 * from randn * 0.001 around the mean. */
static void test_neural_style(void)
{
    static const wanted want[] = {
        { "model", "vgg19" }, { "size", "long:512" }, { "start-size", "0" },
        { "style-fit", "size" }, { "filter", "bilinear" }, { "linear-light", "false" },
        { "preprocess", "auto" }, { "pooling", "max" }, { "padding", "zero" },
        { "precision", "fp32" }, { "content-layers", "relu4_2:1" },
        { "style-layers", "relu1_1:1,relu2_1:1,relu3_1:1,relu4_1:1,relu5_1:1" },
        { "content-weight", "5" }, { "style-weight", "100" }, { "tv-weight", "0.0005" },
        { "content-reduction", "mean" }, { "style-loss", "gram" }, { "gram-norm", "chw" },
        { "style-reduction", "mean" }, { "style-norm", "none" }, { "tv-kind", "squared" },
        { "tv-reduction", "sum" }, { "init", "grey" }, { "init-weight", "1" },
        { "variable", "byte" }, { "steps", "1000" }, { "stop", "0" },
        { "optimiser", "lbfgs" }, { "step-length", "1" }, { "history", "100" },
        { "line-search", "none" }, { "metric", "scalar" }, { "learning-rate", "10" },
        { "clamp", "false" }, { "average", "0" }, { "result", "last" },
    };
    check_values("neural-style", want, COUNT(want));
}

/* The default's weights are those of `wasserstein` but for the total variation, which goes
 * with the network's features: the original one's are about 58 times torchvision's. */
static void test_default(void)
{
    static const wanted want[] = {
        { "model", "vgg19" }, { "size", "long:512" }, { "style-fit", "within" },
        { "pooling", "max" }, { "padding", "replicate" }, { "content-layers", "relu4_2:1" },
        { "content-weight", "0.015" }, { "style-weight", "1" },
        { "content-reduction", "mean" }, { "style-loss", "wasserstein" },
        { "style-reduction", "mean" }, { "style-norm", "none" },
        { "tv-kind", "nine-point" }, { "tv-reduction", "mean" }, { "init", "content" },
        { "variable", "unit" }, { "start-size", "128" }, { "detail", "1" },
        { "optimiser", "lbfgs" }, { "line-search", "backtracking" }, { "metric", "bands" },
        { "clamp", "true" }, { "result", "last" },
    };
    imp_params params, model;

    check_values("default", want, COUNT(want));
    CHECK_OK(imp_params_init(&params, "default", &err));
    CHECK_OK(imp_params_init(&model, "wasserstein", &err));
    CHECK(params.style_layers.n == 5);
    for (int i = 0; i < 5; i++)
        CHECK(params.style_layers.item[i].weight == model.style_layers.item[i].weight);
    CHECK_CLOSE(params.tv_weight, model.tv_weight * 58 * 58, 0.01);
}

static void test_presets(void)
{
    imp_params params;

    for (size_t i = 0; imp_preset_known(i); i++) {
        const imp_preset_info *info = imp_preset_known(i);
        CHECK(*info->description && *info->origin);
        CHECK_OK(imp_params_init(&params, info->name, &err));
        CHECK_OK(imp_params_check(&params, &err));
    }
    CHECK_TEXT(imp_preset_known(0)->name, "default");
    CHECK_REFUSED(imp_params_init(&params, "clasic", &err), IMP_EINVAL,
                  "unknown preset \"clasic\"; "
                  "did you mean \"classic\"? (accepted: " PRESETS ")");
    CHECK_REFUSED(imp_params_init(&params, "", &err), IMP_EINVAL,
                  "unknown preset \"\" (accepted: " PRESETS ")");
}

/* --- Fields against each other ----------------------------------------------------------- */

static void check_pair(const char *a, const char *a_text, const char *b, const char *b_text,
                       const char *want)
{
    imp_params params;

    CHECK_OK(imp_params_init(&params, "default", &err));
    CHECK_OK(imp_params_set(&params, a, a_text, &err));
    CHECK_OK(imp_params_set(&params, b, b_text, &err));
    if (want) CHECK_REFUSED(imp_params_check(&params, &err), IMP_EINVAL, want);
    else CHECK_STATUS(imp_params_check(&params, &err), IMP_OK);
}

static void test_check_pairs(void)
{
    check_pair("content-weight", "0", "style-weight", "0",
               "content-weight and style-weight are both 0: set one above 0");
    check_pair("content-weight", "1", "content-layers", "none",
               "content-weight is above 0 but "
               "content-layers names no layer with a weight above 0: name one, or set "
               "content-weight to 0");
    check_pair("style-weight", "1", "style-layers", "relu1_1:0,relu2_1:0",
               "style-weight is above 0 "
               "but style-layers names no layer with a weight above 0: name one, or set "
               "style-weight to 0");
    check_pair("content-weight", "0", "content-layers", "none", NULL);
    check_pair("style-weight", "0", "style-layers", "none", NULL);
    check_pair("init", "content", "init-weight", "0.5", NULL);
    check_pair("result", "average", "average", "0",
               "result is the running average but average is 0: set average above 0, such as "
               "0.99");
    check_pair("result", "average", "average", "0.9", NULL);
    check_pair("style-loss", "wasserstein", "style-reduction", "normalised",
               "style-reduction: normalised is for style-loss gram: set it to mean or sum");
    check_pair("style-loss", "gram", "style-reduction", "normalised", NULL);
    check_pair("style-size", "300", "style-scale", "2",
               "style-size and style-scale both say how large the strokes are: set style-size "
               "to 0 or style-scale to 1");
    check_pair("style-size", "300", "style-scale", "1", NULL);
    check_pair("style-size", "0", "style-scale", "2", NULL);
}

/* What a program may write into the struct itself. */
static void test_check_fields(void)
{
    imp_params good, bad;
    char *json = NULL;

    CHECK_OK(imp_params_init(&good, "classic", &err));
#define CHECK_BAD(damage, want) do { \
        bad = good; \
        damage; \
        CHECK_REFUSED(imp_params_check(&bad, &err), IMP_EINVAL, want); \
        CHECK_STATUS(imp_params_to_json(&json, &bad, &err), IMP_EINVAL); \
        CHECK(!json); \
    } while (0)
    CHECK_BAD(memset(bad.preset, 0, sizeof bad.preset),
              "the parameters come from no preset: begin with imp_params_init()");
    CHECK_BAD(memset(bad.preset, 'x', sizeof bad.preset),
              "the parameters come from no preset: begin with imp_params_init()");
    CHECK_BAD(memset(bad.model, 'x', sizeof bad.model), "model: longer than 1023 bytes");
    CHECK_BAD(bad.style_weight = (double) NAN,
              "style-weight: nan is out of range (accepted: 0..1e12)");
    CHECK_BAD(bad.beta2 = -1, "beta2: -1 is out of range (accepted: from 0 to below 1)");
    CHECK_BAD(bad.learning_rate = HUGE_VAL,
              "learning-rate: inf is out of range (accepted: above 0 up to 1e6)");
    CHECK_BAD(bad.steps.count[0] = -5, "steps: -5 is out of range (accepted: 1..100000)");
    CHECK_BAD(bad.steps.n = 0, "steps: 0 counts (accepted: 1..32)");
    CHECK_BAD(bad.steps.n = 33, "steps: 33 counts (accepted: 1..32)");
    CHECK_BAD(bad.seed = UINT64_MAX,
              "seed: 1.8446744073709552e+19 is out of range (accepted: 0..9007199254740991)");
    CHECK_BAD(memset(&bad.pooling, 3, 1),
              "pooling: 3 is not known (accepted: max|average|l2)");
    CHECK_BAD(memset(&bad.pooling, 255, sizeof bad.pooling),
              "pooling: -1 is not known (accepted: max|average|l2)");
    CHECK_BAD(memset(&bad.size, 255, sizeof bad.size),
              "size: it is not a size (accepted: 512, "
              "long:512, short:512, 640x480 or keep, sides 1..1000000)");
    CHECK_BAD(bad.size.width = 0,
              "size: long:0 is not a size (accepted: 512, long:512, short:512, "
              "640x480 or keep, sides 1..1000000)");
    CHECK_BAD(bad.style_layers.n = 17, "style-layers: 17 layers (accepted: 0..16)");
    CHECK_BAD(bad.style_layers.n = -1, "style-layers: -1 layers (accepted: 0..16)");
    CHECK_BAD(memset(bad.style_layers.item[1].layer, 'r', 16),
              "style-layers: \"rrrrrrrrrrrrrrrr\" is not a layer of vgg19" TAPS);
    CHECK_BAD(strcpy(bad.style_layers.item[1].layer, "relu1_1"),
              "style-layers: relu1_1 stands there twice; give it one weight");
    CHECK_BAD(bad.style_layers.item[1].weight = (double) NAN,
              "style-layers: the weight nan of relu2_1 is out of range" TAPS);
#undef CHECK_BAD
}

/* --- JSON -------------------------------------------------------------------------------- */

static void check_json_round_trip(const imp_params *params)
{
    imp_params back;
    char *json, *again;

    CHECK_OK(imp_params_to_json(&json, params, &err));
    memset(&back, 0xaa, sizeof back);
    CHECK_STATUS(imp_params_from_json(&back, json, "it", &err), IMP_OK);
    CHECK(same(&back, params));
    CHECK_OK(imp_params_to_json(&again, &back, &err));
    CHECK_TEXT(again, json);
    imp_data_free(again);
    imp_data_free(json);
}

static void test_json_round_trip(void)
{
    imp_params params;

    for (size_t i = 0; imp_preset_known(i); i++) {
        CHECK_OK(imp_params_init(&params, imp_preset_known(i)->name, &err));
        check_json_round_trip(&params);
    }
    for (int k = 0; k < 2; k++) {
        for (size_t i = 0; i < COUNT(values); i++) {
            const char *text = k ? values[i].two : values[i].one;
            CHECK_OK(imp_params_set(&params, values[i].name, text, &err));
            check_json_round_trip(&params);
        }
    }
}

/* Numbers are as short as they can be, the order is the table's, a strict reader agrees. */
static void test_json_text(void)
{
    static const char begin[] = "{\n  \"preset\": \"classic\",\n  \"model\": \"vgg19\",\n"
        "  \"size\": \"long:512\",\n  \"style-fit\": \"content\",\n";
    static const char end[] = ",\n  \"result\": \"last\"\n}\n";
    imp_params params;
    json_t *root;
    char *json;

    CHECK_OK(imp_params_init(&params, "classic", &err));
    CHECK_OK(imp_params_to_json(&json, &params, &err));
    CHECK(!strncmp(json, begin, strlen(begin)));
    CHECK(strstr(json, "\n  \"learning-rate\": 0.003,\n"));
    CHECK(strstr(json, "\n  \"clamp\": false,\n"));
    CHECK(strstr(json, "\n  \"content-layers\": {\"relu4_2\": 1},\n"));
    CHECK(strstr(json,
                 "\n  \"style-layers\": {\"relu1_1\": 1, \"relu2_1\": 0.75, \"relu3_1\": 0.2, "
                 "\"relu4_1\": 0.2, \"relu5_1\": 0.2},\n"));
    CHECK_TEXT(json + strlen(json) - strlen(end), end);
    root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
    CHECK(json_object_size(root) == COUNT(values) + 1);
    json_decref(root);
    imp_data_free(json);
}

static void test_json_in_part(void)
{
    imp_params got, want;

    CHECK_OK(imp_params_from_json(&got, "{}", "it", &err));
    CHECK_OK(imp_params_init(&want, "default", &err));
    CHECK(same(&got, &want));

    /* The preset comes first, wherever it stands. */
    CHECK_OK(imp_params_from_json(&got, "{\"steps\": 7, \"preset\": \"classic\"}", "it",
                                  &err));
    CHECK_OK(imp_params_init(&want, "classic", &err));
    want.steps.count[0] = 7;
    CHECK(same(&got, &want));

    /* A picture's record: what stands beside the parameters is somebody else's. */
    CHECK_OK(imp_params_from_json(&got, "{\"impasto\": \"0.1.0\", \"model-sha256\": \"c347\", "
                                  "\"params\": {\"preset\": \"classic\", \"steps\": 7.0}}",
                                  "it", &err));
    CHECK(same(&got, &want));

    /* Lists of steps, as text and as an array. */
    CHECK_OK(imp_params_from_json(&got, "{\"steps\": [30, 2e1]}", "it", &err));
    CHECK(got.steps.n == 2 && got.steps.count[0] == 30 && got.steps.count[1] == 20);
    CHECK_OK(imp_params_from_json(&want, "{\"steps\": \"30,20\"}", "it", &err));
    CHECK(same(&got, &want));

    /* Layers keep their order; none is a list too. */
    CHECK_OK(imp_params_from_json(&got,
                                  "{\"style-layers\": {\"relu5_1\": 2, \"conv1_1\": 0.5}, "
                                  "\"content-layers\": {}, \"content-weight\": 0}", "it",
                                  &err));
    CHECK_TEXT(got.style_layers.item[0].layer, "relu5_1");
    CHECK_TEXT(got.style_layers.item[1].layer, "conv1_1");
    CHECK(got.style_layers.n == 2 && got.style_layers.item[1].weight == 0.5);
    CHECK(got.content_layers.n == 0);
}

static const struct {
    const char *json;
    imp_status status;
    const char *message;
} bad_json[] = {
    { "", IMP_EFORMAT,
      "p.json: not valid JSON: line 1, column 0: unexpected token" },
    { "{\"steps\": 5", IMP_EFORMAT,
      "p.json: not valid JSON: line 1, column 11: '}' expected" },
    { "{\n\"steps\": 5,\n}", IMP_EFORMAT,
      "p.json: not valid JSON: line 3, column 1: string or '}' expected" },
    { "{} x", IMP_EFORMAT, "p.json: not valid JSON: line 1, column 4: end of file expected" },
    { "{\"steps\": 5, \"steps\": 6}", IMP_EFORMAT,
      "p.json: not valid JSON: line 1, column 20: duplicate object key" },
    { "{\"style-layers\": {\"relu1_1\": 1, \"relu1_1\": 2}}", IMP_EFORMAT,
      "p.json: not valid JSON: line 1, column 41: duplicate object key" },
    { "{\"model\": \"caf\xe9\"}", IMP_EFORMAT,
      "p.json: not valid JSON: line 1, column 14: unable to decode byte 0xe9" },
    { "{\"model\": \"a\nb\"}", IMP_EFORMAT,
      "p.json: not valid JSON: line 1, column 12: unexpected newline" },
    { "{\"model\": \"a\\u0000b\"}", IMP_EFORMAT, "p.json: not valid JSON: line 1, column 20: "
      "\\u0000 is not allowed" },
    { "{\"style-weight\": 1e999}", IMP_EFORMAT,
      "p.json: not valid JSON: line 1, column 22: real number overflow" },
    { "{\"seed\": 99999999999999999999}", IMP_EFORMAT,
      "p.json: not valid JSON: line 1, column 29: too big integer" },
    { "{\"style-weight\": NaN}", IMP_EFORMAT,
      "p.json: not valid JSON: line 1, column 20: invalid token" },
    { "[1]", IMP_EINVAL, "p.json: the whole: must be an object, not an array" },
    { "7", IMP_EINVAL, "p.json: the whole: must be an object, not a number" },
    { "\"steps\"", IMP_EINVAL, "p.json: the whole: must be an object, not a string" },
    { "null", IMP_EINVAL, "p.json: the whole: must be an object, not null" },
    { "{\"params\": 1}", IMP_EINVAL, "p.json: params: must be an object, not a number" },
    { "{\"preset\": 1}", IMP_EINVAL, "p.json: preset: must be a string, not a number" },
    { "{\"preset\": \"clasic\"}", IMP_EINVAL,
      "p.json: unknown preset \"clasic\"; did you mean "
      "\"classic\"? (accepted: " PRESETS ")" },
    { "{\"step\": 5}", IMP_EINVAL,
      "p.json: unknown parameter \"step\"; did you mean \"steps\"?" },
    { "{\"params\": {\"step\": 5}}", IMP_EINVAL,
      "p.json: unknown parameter \"step\"; did you mean \"steps\"?" },
    { "{\"steps\": true}", IMP_EINVAL,
      "p.json: steps: must be a number, a text or an array of numbers, not true or false" },
    { "{\"steps\": [5, \"6\"]}", IMP_EINVAL,
      "p.json: steps: must be a number, a text or an array of numbers, not a string" },
    { "{\"steps\": []}", IMP_EINVAL,
      "p.json: steps: must be a number, a text or an array of numbers, not an array" },
    { "{\"steps\": [5, 0]}", IMP_EINVAL,
      "p.json: steps: 0 is out of range (accepted: 1..100000)" },
    { "{\"history\": \"5\"}", IMP_EINVAL, "p.json: history: must be a number, not a string" },
    { "{\"steps\": 5.5}", IMP_EINVAL,
      "p.json: steps: 5.5 is not a whole number (accepted: 1..100000)" },
    { "{\"steps\": -1}", IMP_EINVAL,
      "p.json: steps: -1 is out of range (accepted: 1..100000)" },
    { "{\"seed\": 9223372036854775807}", IMP_EINVAL,
      "p.json: seed: 9.223372036854776e+18 is out of "
      "range (accepted: 0..9007199254740991)" },
    { "{\"style-weight\": true}", IMP_EINVAL,
      "p.json: style-weight: must be a number, not true or false" },
    { "{\"beta1\": 1.0}", IMP_EINVAL,
      "p.json: beta1: 1 is out of range (accepted: from 0 to below 1)" },
    { "{\"clamp\": 1}", IMP_EINVAL, "p.json: clamp: must be true or false, not a number" },
    { "{\"clamp\": null}", IMP_EINVAL, "p.json: clamp: must be true or false, not null" },
    { "{\"size\": 512}", IMP_EINVAL, "p.json: size: must be a string, not a number" },
    { "{\"filter\": \"box\"}", IMP_EINVAL,
      "p.json: filter: \"box\" is not known (accepted: bilinear|bicubic|lanczos)" },
    { "{\"model\": {}}", IMP_EINVAL, "p.json: model: must be a string, not an object" },
    { "{\"style-layers\": \"relu1_1\"}", IMP_EINVAL,
      "p.json: style-layers: must be an object of layers and their weights, not a string" },
    { "{\"style-layers\": [\"relu1_1\"]}", IMP_EINVAL,
      "p.json: style-layers: must be an object of layers and their weights, not an array" },
    { "{\"style-layers\": {\"relu1_1\": \"1\"}}", IMP_EINVAL,
      "p.json: style-layers: must be an object of layers and their weights, not a string" },
    { "{\"style-layers\": {\"relu9_9\": 1}}", IMP_EINVAL,
      "p.json: style-layers: \"relu9_9\" is not "
      "a layer of vgg19; did you mean \"relu1_1\"?" TAPS },
    { "{\"style-layers\": {\"relu1_1\": -1}}", IMP_EINVAL,
      "p.json: style-layers: the weight -1 of "
      "relu1_1 is out of range" TAPS },
};

static void test_json_refusals(void)
{
    imp_params params, before;

    CHECK_OK(imp_params_init(&params, "classic", &err));
    before = params;
    for (size_t i = 0; i < COUNT(bad_json); i++) {
        CHECK_STATUS(imp_params_from_json(&params, bad_json[i].json, "p.json", &err),
                     bad_json[i].status);
        if (bad_json[i].status == IMP_EFORMAT)   /* Jansson adds what it stumbled over */
            err.message[strlen(bad_json[i].message)] = '\0';
        CHECK_TEXT(err.message, bad_json[i].message);
        CHECK(same(&params, &before));
    }
    CHECK_STATUS(imp_params_from_json(&params, "{", "p.json", NULL), IMP_EFORMAT);
}

/* Nesting far beyond any stack, and every beginning of a good text. */
static void test_json_hostile(void)
{
    enum { DEEP = 1000000 };
    char *text = malloc(DEEP + 1), *json;
    imp_params params, got;

    if (!text) CHECK_SKIP("no memory");
    memset(text, '[', DEEP);
    text[DEEP] = '\0';
    CHECK_REFUSED(imp_params_from_json(&got, text, "deep", &err), IMP_EFORMAT,
                  "deep: not valid JSON: "
                  "line 1, column 2049: maximum parsing depth reached near '['");
    for (int i = 0; i + 6 <= DEEP; i += 6) memcpy(text + i, "{\"a\": ", 6);
    CHECK_STATUS(imp_params_from_json(&got, text, "deep", &err), IMP_EFORMAT);
    free(text);

    CHECK_OK(imp_params_init(&params, "tf-eager", &err));
    CHECK_OK(imp_params_to_json(&json, &params, &err));
    for (size_t n = strlen(json) - 2; n > 0; n--) {   /* the last newline and brace are gone */
        json[n] = '\0';
        CHECK_STATUS(imp_params_from_json(&got, json, "part", &err), IMP_EFORMAT);
        CHECK(!strpbrk(err.message, "\n\r\t"));
    }
    imp_data_free(json);
}

static void test_locale(void)
{
    imp_params params;
    char *json;

    if (!comma_locale_set()) CHECK_SKIP("no localedef to make a locale with a decimal comma");
    test_set_and_get();
    test_classic();
    test_json_round_trip();
    CHECK_OK(imp_params_init(&params, "classic", &err));
    CHECK(params.learning_rate == 0.003);
    CHECK_OK(imp_params_to_json(&json, &params, &err));
    CHECK(strstr(json, "\"learning-rate\": 0.003,"));
    imp_data_free(json);
    CHECK_REFUSED(imp_params_set(&params, "beta1", "1.5", &err), IMP_EINVAL,
                  "beta1: 1.5 is out of range (accepted: from 0 to below 1)");
    setlocale(LC_NUMERIC, "C");
}

int main(void)
{
    CHECK_RUN(test_set_and_get);
    CHECK_RUN(test_fields);
    CHECK_RUN(test_choices);
    CHECK_RUN(test_other_spellings);
    CHECK_RUN(test_refusals);
    CHECK_RUN(test_long_texts);
    CHECK_RUN(test_known);
    CHECK_RUN(test_classic);
    CHECK_RUN(test_tf_eager);
    CHECK_RUN(test_gatys);
    CHECK_RUN(test_neural_style);
    CHECK_RUN(test_default);
    CHECK_RUN(test_presets);
    CHECK_RUN(test_check_pairs);
    CHECK_RUN(test_check_fields);
    CHECK_RUN(test_json_round_trip);
    CHECK_RUN(test_json_text);
    CHECK_RUN(test_json_in_part);
    CHECK_RUN(test_json_refusals);
    CHECK_RUN(test_json_hostile);
    CHECK_RUN(test_locale);
    return check_done();
}
