/* walker.h - the inside of an optimiser: what each kind of them provides. */
#ifndef IMP_WALKER_H
#define IMP_WALKER_H

#include "style/archive.h"
#include "style/optimiser.h"

/* What the two optimisers do in their own ways. */
typedef struct imp_walker {
    size_t size;                                    /* of its struct, zeroed for start()     */
    size_t (*vectors)(const imp_params *params);    /* as large as x, that it keeps          */
    bool (*start)(imp_optimiser *opt, const imp_params *params);   /* false: no memory       */
    void (*stop)(imp_optimiser *opt);               /* frees what start() took, or a part    */
    void (*reset)(imp_optimiser *opt);              /* as new                                */
    void (*next)(imp_optimiser *opt, float *x, double loss, const float *grad);
    imp_status (*carry)(imp_optimiser *to, const imp_optimiser *from, imp_error *err);
    void (*visit)(imp_optimiser *opt, imp_archive *archive);   /* its state, either way      */
} imp_walker;

extern const imp_walker imp_walker_adam, imp_walker_lbfgs;

/* The beginning of each walker's own struct. */
struct imp_optimiser {
    const imp_walker *walker;
    const imp_ops *ops;
    imp_tensor shape;        /* of x; no data */
    size_t n;
    int32_t kind[4];         /* optimiser, line search, history, metric: tell states apart */
    bool boxed;              /* x stays within the ranges: */
    float low[3], high[3];
};

/* x, brought back into the ranges if there are any. */
void imp_walker_keep_within(const imp_optimiser *opt, float *x);

/* Writes a vector of `from`, resized, to one of `to`. */
imp_status imp_walker_resize(const imp_optimiser *to, float *out, const imp_optimiser *from,
                             const float *in, imp_filter filter, imp_error *err);

#endif
