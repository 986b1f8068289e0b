/* impasto/style.h - repaint one picture in the manner of another: parameters and painter. */
#ifndef IMP_STYLE_H
#define IMP_STYLE_H

#include <impasto/base.h>
#include <impasto/image.h>
#include <impasto/mask.h>
#include <impasto/model.h>

IMP_BEGIN

/* --- Parameters: everything that shapes a picture ---------------------------------------- */

enum { IMP_MAX_LAYERS = 16, IMP_MAX_STAGES = 32, IMP_MAX_STYLES = 16, IMP_NAME = 64 };

/* A tap of the network and its weight in a loss: "relu4_2" is after the rectifier, "conv4_2"
 * before it. */
typedef struct imp_layer_weight {
    char layer[16];
    double weight;
} imp_layer_weight;

typedef struct imp_layer_list {
    imp_layer_weight item[IMP_MAX_LAYERS];
    int n;
} imp_layer_list;

/* Counts from the coarsest size on; the last one holds for all sizes that follow. */
typedef struct imp_step_list {
    int count[IMP_MAX_STAGES];
    int n;
} imp_step_list;

typedef enum imp_init {
    IMP_INIT_CONTENT, IMP_INIT_STYLE, IMP_INIT_NOISE, IMP_INIT_IMAGE, IMP_INIT_GREY
} imp_init;
typedef enum imp_pooling { IMP_POOL_MAX, IMP_POOL_AVERAGE, IMP_POOL_L2 } imp_pooling;
typedef enum imp_padding { IMP_PAD_ZERO, IMP_PAD_REPLICATE } imp_padding;
typedef enum imp_preprocess {
    IMP_PREPROCESS_AUTO, IMP_PREPROCESS_CAFFE, IMP_PREPROCESS_TORCHVISION
} imp_preprocess;
typedef enum imp_variable {
    IMP_VARIABLE_UNIT, IMP_VARIABLE_BYTE, IMP_VARIABLE_NORMALISED
} imp_variable;
/* Of the products in convolutions: float, or bfloat16 summed in float. */
typedef enum imp_precision { IMP_PRECISION_FP32, IMP_PRECISION_BF16 } imp_precision;
typedef enum imp_gram_norm { IMP_GRAM_NONE, IMP_GRAM_HW, IMP_GRAM_CHW } imp_gram_norm;
typedef enum imp_reduction {
    IMP_REDUCE_MEAN, IMP_REDUCE_SUM,
    IMP_REDUCE_NORMALISED    /* squares summed over magnitudes summed  */
} imp_reduction;
typedef enum imp_style_norm { IMP_STYLE_NORM_NONE, IMP_STYLE_NORM_CHW } imp_style_norm;
typedef enum imp_style_kind { IMP_STYLE_GRAM, IMP_STYLE_WASSERSTEIN } imp_style_kind;
typedef enum imp_tv_kind { IMP_TV_SQUARED, IMP_TV_ABSOLUTE, IMP_TV_NINE_POINT } imp_tv_kind;
typedef enum imp_style_fit {
    IMP_STYLE_FIT_SIZE,      /* `size` applied to the painting     */
    IMP_STYLE_FIT_CONTENT,   /* stretched to the photograph's size */
    IMP_STYLE_FIT_KEEP,
    IMP_STYLE_FIT_WITHIN     /* as SIZE, but never enlarged        */
} imp_style_fit;
/* What lightness and chroma are, where the photograph's colours are kept. */
typedef enum imp_colour_space {
    IMP_COLOUR_YUV, IMP_COLOUR_LUV, IMP_COLOUR_LAB
} imp_colour_space;
typedef enum imp_match {
    IMP_MATCH_NO, IMP_MATCH_CHOLESKY, IMP_MATCH_PCA, IMP_MATCH_SYMMETRIC,
    IMP_MATCH_AS_PARAMS      /* of a style only */
} imp_match;
typedef enum imp_guide { IMP_GUIDE_SIMPLE, IMP_GUIDE_INSIDE, IMP_GUIDE_ALL } imp_guide;
typedef enum imp_method { IMP_METHOD_ADAM, IMP_METHOD_LBFGS } imp_method;
typedef enum imp_line_search {
    IMP_LINE_SEARCH_NONE, IMP_LINE_SEARCH_WOLFE, IMP_LINE_SEARCH_BACKTRACKING
} imp_line_search;
typedef enum imp_metric { IMP_METRIC_SCALAR, IMP_METRIC_BANDS } imp_metric;
typedef enum imp_result { IMP_RESULT_LAST, IMP_RESULT_BEST, IMP_RESULT_AVERAGE } imp_result;

/* The meaning, range and default of each field stand in the table that imp_param_info() reads,
 * and in `impasto help stylize`; docs/maths.md has the formulas. */
typedef struct imp_params {
    char preset[IMP_NAME];          /* the preset these values started from */
    char model[1024];               /* a name in the store, or a path       */

    imp_size size;                  /* of the painted picture, from the photograph's */
    imp_style_fit style_fit;        /* of the painting                      */
    double style_scale;             /* of its strokes: times what style_fit gives */
    int style_size;                 /* or the painting's long side; 0: as style_fit says */
    imp_filter filter;              /* of all resizing                      */
    bool linear_light;

    bool keep_colours;              /* the photograph's; lightness alone is painted */
    imp_colour_space colour_space;
    imp_match match_colours;        /* the painting's, to the photograph's  */

    imp_preprocess preprocess;      /* what the network is fed; AUTO: by tensor names */
    imp_pooling pooling;
    imp_padding padding;            /* of the first convolution; the others pad with zeros */
    imp_precision precision;

    imp_layer_list content_layers, style_layers;
    double content_weight, style_weight, tv_weight;
    double style_decay;                /* of the style layers, from each to the next */
    imp_reduction content_reduction;   /* of (F - P)^2 over C H W           */
    imp_style_kind style_loss;
    imp_gram_norm gram_norm;           /* what F F^T is divided by          */
    imp_reduction style_reduction;     /* of (G - A)^2 over C C             */
    imp_style_norm style_norm;         /* a further divisor of each layer's style loss */
    imp_guide guide;                   /* how masks are carried to the layers */
    imp_tv_kind tv_kind;
    imp_reduction tv_reduction;

    imp_init init;
    double init_weight;             /* start = w * init + (1 - w) * photograph */
    uint64_t seed;

    imp_variable variable;          /* the units that the optimiser sees    */
    int start_size;                 /* of the side that `size` speaks of; 0: the end size */
    double scale_factor;            /* from one size to the next            */
    imp_step_list steps;
    double stop;                    /* a size ends when 20 evaluations gain less than this */
    bool carry;                     /* the optimiser's state to the next size */
    double detail;                  /* share of the photograph's that enlarged pictures get */
    imp_method optimiser;
    double learning_rate, beta1, beta2, epsilon;   /* Adam (Kingma and Ba, 2014) */
    bool epsilon_hat;               /* added before v is corrected, as TensorFlow does */
    double step_length;             /* of L-BFGS, a share of the step that its pairs propose */
    int history;                    /* pairs that L-BFGS remembers          */
    imp_line_search line_search;
    imp_metric metric;              /* what L-BFGS begins each direction with */
    bool clamp;                     /* to the valid range after each step   */
    double average;                 /* decay of the running average of the pictures */
    imp_result result;
} imp_params;

/* Sets every field from a preset; IMP_EINVAL lists those there are.
 * "default" always exists. */
IMP_API IMP_MUST_CHECK imp_status
imp_params_init(imp_params *params, const char *preset, imp_error *err);

typedef struct imp_preset_info {
    const char *name, *description, *origin;
} imp_preset_info;

/* The i-th preset, NULL past the last one. Static. */
IMP_API const imp_preset_info *imp_preset_known(size_t i);

/* One parameter as data: it makes the options of the command line, JSON and the documents. */
typedef struct imp_param_info {
    const char *name;      /* as in JSON and on the command line: "style-weight" */
    const char *value;     /* what its value looks like: "NUMBER", "max|average|l2" */
    const char *range;     /* for people: "0..1e12"; "" where `value` says it all */
    const char *help;      /* one sentence */
    const char *group;     /* "picture", "colour", "network", "loss", "start", "schedule",
                              "optimiser" */
} imp_param_info;

/* The i-th parameter, NULL past the last one. Static. */
IMP_API const imp_param_info *imp_param_known(size_t i);

/* Sets one field from text. IMP_EINVAL names the parameter and the accepted range or words
 * (and for an unknown name the nearest one). */
IMP_API IMP_MUST_CHECK imp_status
imp_params_set(imp_params *params, const char *name, const char *text, imp_error *err);

/* The text that imp_params_set() reads back to the same value. The caller owns *text:
 * imp_data_free(). IMP_EINVAL as for imp_params_set(), IMP_ENOMEM. */
IMP_API IMP_MUST_CHECK imp_status
imp_params_get(char **text, const imp_params *params, const char *name, imp_error *err);

/* Checks each field, and fields against each other: no content and no style weight, a repeated
 * layer ... */
IMP_API IMP_MUST_CHECK imp_status imp_params_check(const imp_params *params, imp_error *err);

/* Reads a JSON object, beginning from its "preset" (else "default"): the parameters, or a
 * record of a picture that holds them as its "params". Unknown names and bad values are
 * IMP_EINVAL, bad JSON is IMP_EFORMAT; *params is then as it was. `name` stands for the source
 * in messages. */
IMP_API IMP_MUST_CHECK imp_status
imp_params_from_json(imp_params *params, const char *json, const char *name, imp_error *err);

/* All fields as a JSON object, indented. The caller owns *json: imp_data_free(). */
IMP_API IMP_MUST_CHECK imp_status
imp_params_to_json(char **json, const imp_params *params, imp_error *err);

/* --- The painter: one stylisation in progress -------------------------------------------- */

typedef struct imp_painter imp_painter;

/* A painting, how much of it is wanted, and where. Masks fit pictures of any size. */
typedef struct imp_style {
    const imp_image *painting;
    double weight;             /* above 0; only what it is beside the others' counts     */
    double scale;              /* above 0; of its strokes, times what params say         */
    const imp_mask *region;    /* of the photograph that it is for; where regions overlap
                                  each gets its part; NULL: what the others leave        */
    const imp_mask *source;    /* of the painting that it is taken from; NULL: all of it */
    imp_match match_colours;   /* its own, or IMP_MATCH_AS_PARAMS                        */
    const char *name;          /* what messages call it, such as its file; NULL: "style 2";
                                  has to outlive the painter                             */
} imp_style;

/* What a picture is painted from. Pictures and masks are lent. */
typedef struct imp_inputs {
    const imp_image *photo;
    imp_style style[IMP_MAX_STYLES];
    int styles;
    const imp_mask *content;   /* where the content loss counts; NULL: everywhere        */
    const imp_mask *keep;      /* what stays as it is in the photograph; NULL: nothing   */
    const imp_image *init;     /* the start if params->init is IMP_INIT_IMAGE, else NULL */
} imp_inputs;

/* One photograph, one painting. */
IMP_API imp_inputs imp_inputs_of(const imp_image *photo, const imp_image *painting);

/* Which share of each pixel the styles get, at width * height: where regions overlap they
 * divide it, a style without a region gets what the others leave, and nobody what is kept. All
 * 0 if nothing is left. Only the styles' regions and `keep` are looked at.
 *
 * Ownership: the caller owns inputs->styles masks: imp_mask_free(). Errors: IMP_EINVAL (a side
 * of 0, a number of styles out of range), IMP_ENOMEM; all IMP_MAX_STYLES are then NULL.
 * Threads: safe. */
IMP_API IMP_MUST_CHECK imp_status
imp_inputs_shares(imp_mask *share[IMP_MAX_STYLES], const imp_inputs *inputs, size_t width,
                  size_t height, imp_error *err);

/* Weighted as they enter the total. */
typedef struct imp_losses {
    double total, content, style, tv;
    double content_layer[IMP_MAX_LAYERS], style_layer[IMP_MAX_LAYERS];   /* in params' order */
    double of_style[IMP_MAX_STYLES];                                     /* in theirs        */
} imp_losses;

typedef struct imp_progress {
    int step, steps;           /* done so far, and in all; what a stage that ended early
                                  left out counts in neither                          */
    bool done;
    imp_losses loss;           /* of the picture as it was before the last step      */
    double seconds;            /* spent in steps so far                              */
    int scale, scales;         /* the stage of the last step, from 1, and all there are */
    int scale_step, scale_steps;   /* done and in all at that stage                  */
    size_t width, height;      /* of the picture at that stage                       */
} imp_progress;

typedef struct imp_extent { size_t width, height; } imp_extent;

/* One stage of a job: so many steps at this size. */
typedef struct imp_stage {
    size_t width, height;               /* of the picture       */
    int steps, styles;
    imp_extent style[IMP_MAX_STYLES];   /* of each painting     */
    double seconds;                     /* about                */
} imp_stage;

/* What a job will need, known before it starts. */
typedef struct imp_plan {
    size_t width, height;      /* of the painted picture               */
    imp_stage stage[IMP_MAX_STAGES];   /* from the coarsest to the painted size */
    int stages, steps;         /* of all stages, if none ends early    */
    uint64_t memory;           /* bytes that this process will hold at the peak: what it
                                  holds now, the network's weights, the painter       */
    uint64_t available;        /* bytes that it may hold: allowed by the context, or there;
                                  0: not known                                        */
    double seconds;            /* from imp_painter_new() to the last step, about       */
    double share[IMP_MAX_STYLES];   /* of the picture's area, that each painting is for;
                                  where regions overlap it is for both                */
} imp_plan;

/* Works out *plan without taking the memory; that of a job that is much smaller it does take,
 * to time it for some tenths of a second. `model` may be NULL: the one that params name then
 * counts as yet to be opened, or as a whole VGG19 if it is not there, and the time is that of
 * random weights, which is less exact for small pictures. Errors as
 * imp_painter_new(), but IMP_ENOMEM only if there is not even memory for the small job. */
IMP_API IMP_MUST_CHECK imp_status
imp_painter_plan(imp_plan *plan, const imp_context *ctx, const imp_model *model,
                 const imp_inputs *inputs, const imp_params *params, imp_error *err);

/* IMP_ENOMEM, with how much is needed and how much there is, if the job does not fit. */
IMP_API IMP_MUST_CHECK imp_status imp_plan_check(const imp_plan *plan, imp_error *err);

/* Prepares to repaint the photograph in the manner of the paintings. All memory that the steps
 * of the first stage need is taken here; between two stages that of the one goes and that of
 * the next comes.
 *
 * Ownership: the caller owns *out: imp_painter_free(). ctx and model must outlive it; the
 * pictures and params are only read during the call.
 * Errors: IMP_EINVAL (params; inputs; a picture too small for the layers asked for),
 * IMP_ENOMEM (says how much is needed and how much there is), IMP_EFORMAT (the model ends
 * before the deepest layer), IMP_EUNSUPPORTED (a precision that this processor or backend
 * lacks).
 * Threads: any number of painters may work at once; one painter belongs to one thread at a
 * time. */
IMP_API IMP_MUST_CHECK imp_status
imp_painter_new(imp_painter **out, const imp_context *ctx, const imp_model *model,
                const imp_inputs *inputs, const imp_params *params, imp_error *err);

/* Takes up to n steps; *progress (which may be NULL) says where it stands. Past the last
 * step it does nothing. The picture is never left half-stepped. Errors: IMP_EINVAL if the
 * losses are no longer finite (the best picture of this stage is kept, and the message says
 * which setting to lower); IMP_ENOMEM if there is none for the next stage (the picture stays
 * as it is, and the next call tries again). */
IMP_API IMP_MUST_CHECK imp_status
imp_painter_step(imp_painter *painter, int n, imp_progress *progress, imp_error *err);

/* How much each part of the loss counts: what may be changed while it is painted. */
typedef struct imp_loss_weights {
    double content, style, tv;            /* as params have them                          */
    double of_style[IMP_MAX_STYLES];      /* as inputs have them, as many as there are    */
} imp_loss_weights;

/* Those that a job begins with. */
IMP_API imp_loss_weights
imp_loss_weights_of(const imp_params *params, const imp_inputs *inputs);

/* From the next step on these weights count: the picture goes on from where it is, and the
 * optimiser, the best so far, the running average and what is known of a size's end begin
 * anew, since all of them speak of the losses as they were. The time is that of some steps, as
 * the targets are taken once more; layers that did not count before may come in. Settings in
 * pictures, and checkpoints from then on, are those of a job begun with these weights; before
 * the first step there is no difference. Weights that are already so change nothing.
 *
 * Errors: IMP_EINVAL (out of range, neither content nor style counts, a picture too small for
 * layers that come in, nothing is left to paint), IMP_ENOMEM (not enough for
 * layers that come in); the painter is then as it was. */
IMP_API IMP_MUST_CHECK imp_status
imp_painter_change(imp_painter *painter, const imp_loss_weights *weights, imp_error *err);

/* The picture as it stands, at the size of the present stage: the best there, the last or the
 * running average, by params->result. It has the photograph's alpha and density, the settings,
 * and with keep_colours the photograph's colours. The caller owns *out: imp_image_free(). */
IMP_API IMP_MUST_CHECK imp_status
imp_painter_image(imp_image **out, const imp_painter *painter, imp_error *err);

/* Adds to the record in a picture that imp_painter_image() has made how far it was painted and
 * with which losses ("painted") and, if not NULL, what it was painted from ("inputs"): a JSON
 * object with names as people know them, left out if it is longer than a picture's file can
 * hold. `impasto info` tells members "photo", "styles" (of objects with "file", "weight",
 * "scale", "mask", "class", "style-mask", "style-colours"), "keep" (a list), "content-mask",
 * "subject", "init" and "changes" (of objects with "step", after which a "weight" was changed
 * "from" one number "to" another). Nothing reads them back. Errors: IMP_EINVAL (no record, no
 * object), IMP_ENOMEM. */
IMP_API IMP_MUST_CHECK imp_status
imp_image_tell_painted(imp_image *image, const imp_progress *at, const char *inputs,
                       imp_error *err);

IMP_API void imp_painter_free(imp_painter *painter);

/* --- To break off, and go on with the same bytes ----------------------------------------- *
 * A checkpoint is a file with all that a painter knows between two steps, and with what tells
 * its job from others: check sums of the pictures and masks, their weights and scales, every
 * setting, the weights' SHA-256, backend and threads, the version of the library. Who goes on
 * from it on the same processor, with the same build and the same libraries below it, gets the
 * same pictures and losses, to the last bit, as who never broke off. Its size is that of the
 * picture's numbers, 12 bytes a pixel, times what the optimiser remembers: 4 in all for Adam,
 * about 5 + 2 history for L-BFGS, and 2 more with an average. */

/* Writes a checkpoint. It appears under its name whole or not at all, in place of an earlier
 * one; whatever ends the program meanwhile leaves that (and perhaps a part of the new one,
 * its name followed by a dot and six letters). The painter stays as it is.
 * Errors: IMP_EIO (which says why), IMP_ENOMEM. */
IMP_API IMP_MUST_CHECK imp_status
imp_painter_save(imp_painter *painter, const char *file, imp_error *err);

/* As imp_painter_new(), given the same arguments, but stands where the painter stood that was
 * saved: imp_painter_step() with n = 0 says where that is. Nothing of the file is believed
 * before its check sum; *out is NULL after an error, and a painter can be made from the
 * beginning. It guards against accidents, not against files made to deceive, which can at
 * worst hold a wrong picture.
 * Errors: as imp_painter_new(), and IMP_EIO (there is no such file), IMP_EFORMAT (torn,
 * damaged, no checkpoint, of another format), IMP_EINVAL (of another job: the message says
 * what differs); messages begin with the file's name. */
IMP_API IMP_MUST_CHECK imp_status
imp_painter_resume(imp_painter **out, const imp_context *ctx, const imp_model *model,
                   const imp_inputs *inputs, const imp_params *params, const char *file,
                   imp_error *err);

IMP_END
#endif
