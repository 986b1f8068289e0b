/* params.h - the inside of the parameters: each field of imp_params as a row of one table. */
#ifndef IMP_PARAMS_H
#define IMP_PARAMS_H

#include <impasto/style.h>

typedef enum imp_param_kind {
    IMP_PARAM_NUMBER,   /* double                                            */
    IMP_PARAM_INT,      /* int                                               */
    IMP_PARAM_SEED,     /* uint64_t, no more than a double holds exactly     */
    IMP_PARAM_FLAG,     /* bool                                              */
    IMP_PARAM_CHOICE,   /* an enum counting from 0: the words of info.value  */
    IMP_PARAM_SIZE,     /* imp_size                                          */
    IMP_PARAM_LAYERS,   /* imp_layer_list                                    */
    IMP_PARAM_STEPS,    /* imp_step_list; min and max are of each count      */
    IMP_PARAM_TEXT      /* char[1024], UTF-8, not empty                      */
} imp_param_kind;

typedef struct imp_param {
    imp_param_info info;
    imp_param_kind kind;
    size_t offset;              /* of the field in imp_params                         */
    double min, max;            /* of a number                                        */
    bool above_min, below_max;  /* the limit itself is refused                        */
    const char *initial;        /* what it is where a preset does not say             */
} imp_param;

enum { IMP_PARAM_TEXT_MAX = 1024 };   /* bytes of any value as text, with its zero */

/* The i-th row, NULL past the last one. */
const imp_param *imp_param_at(size_t i);

/* The row of that name; IMP_EINVAL suggests the nearest name. */
imp_status imp_param_find(const imp_param **out, const char *name, imp_error *err);

/* Each field by itself, without imp_params_check()'s comparisons. */
imp_status imp_params_check_fields(const imp_params *params, imp_error *err);

/* --- Values (params_value.c). A refused one leaves params as it was. --------------------- */

imp_status imp_param_set_text(const imp_param *p, imp_params *params, const char *text,
                              imp_error *err);
imp_status imp_param_set_number(const imp_param *p, imp_params *params, double value,
                                imp_error *err);
void imp_param_set_flag(const imp_param *p, imp_params *params, bool value);
void imp_param_set_layers(const imp_param *p, imp_params *params, const imp_layer_list *list);
void imp_param_set_steps(const imp_param *p, imp_params *params, const imp_step_list *list);

bool imp_param_flag(const imp_param *p, const imp_params *params);
const imp_layer_list *imp_param_layers(const imp_param *p, const imp_params *params);
const imp_step_list *imp_param_steps(const imp_param *p, const imp_params *params);

/* IMP_EINVAL unless a number is in the parameter's range, and whole if it must be. */
imp_status imp_param_check_number(const imp_param *p, double value, imp_error *err);

/* Is the field as it stands one that the setters could have made? */
imp_status imp_param_check(const imp_param *p, const imp_params *params, imp_error *err);

/* What imp_param_set_text() reads back to the same value. The field must have been checked. */
void imp_param_write(char text[IMP_PARAM_TEXT_MAX], const imp_param *p,
                     const imp_params *params);

/* --- Layer lists (params_layers.c); `p` is the parameter that messages speak of. --------- */

/* "relu1_1:1,relu2_1:0.75" or "none"; a weight left out is 1. If refused the list stays. */
imp_status imp_layers_read(imp_layer_list *list, const imp_param *p, const char *text,
                           imp_error *err);
void imp_layers_write(char text[IMP_PARAM_TEXT_MAX], const imp_layer_list *list);

/* Appends; refuses what is no layer of the network, stands there already, has a bad weight, or
 * is one too many. */
imp_status imp_layers_add(imp_layer_list *list, const imp_param *p, const char *layer,
                          double weight, imp_error *err);
imp_status imp_layers_check(const imp_layer_list *list, const imp_param *p, imp_error *err);

/* Does any layer count? */
bool imp_layers_weigh(const imp_layer_list *list);

/* --- Lists of steps (params_steps.c) ----------------------------------------------------- */

/* "1000,500". If refused the list stays. */
imp_status imp_steps_read(imp_step_list *list, const imp_param *p, const char *text,
                          imp_error *err);
void imp_steps_write(char text[IMP_PARAM_TEXT_MAX], const imp_step_list *list);

/* Appends; refuses a count out of range, or one too many. */
imp_status imp_steps_add(imp_step_list *list, const imp_param *p, double count,
                         imp_error *err);
imp_status imp_steps_check(const imp_step_list *list, const imp_param *p, imp_error *err);

#endif
