/* painter_parts.h - a painter from the inside, for its files: painter.c makes it and takes
 * steps, painter_stage.c goes from one size to the next, painter_state.c to checkpoints and
 * back, painter_weights.c to other weights. */
#ifndef IMP_PAINTER_PARTS_H
#define IMP_PAINTER_PARTS_H

#include <impasto/style.h>

#include "base/watch.h"
#include "style/canvas.h"
#include "style/identity.h"
#include "style/inputs.h"
#include "style/objective.h"
#include "style/optimiser.h"
#include "style/stop.h"

struct imp_painter {
    const imp_context *ctx;
    const imp_model *model;
    imp_params params;
    imp_plan plan;
    imp_inputs inputs;       /* their pictures only while the painter is made             */
    imp_seen seen[IMP_MAX_STAGES];   /* by each stage; nothing when that is past           */
    imp_identity identity;   /* of the job, as its pictures were                          */
    char *record;            /* lets the picture be painted again                         */

    int stage;
    imp_canvas canvas;       /* of this stage, until all of the next one's is there        */
    imp_objective *objective;   /* NULL: a change to the next stage, or of weights, failed  */
    imp_optimiser *optimiser;
    imp_stop stop;
    const imp_watch *watch;
    bool failed;             /* the losses are not finite: only the best is worth anything */
    imp_progress progress;
};

/* Makes p->record. Errors: IMP_ENOMEM. */
imp_status imp_painter_describe(imp_painter *p, imp_error *err);

/* --- Stages ------------------------------------------------------------------------------ */

/* Makes p->seen of all stages, in the colours asked for. Errors as imp_painter_new(). */
imp_status imp_painter_see(imp_painter *p, imp_error *err);

/* Frees what stage i looks at, unless the next one does too. */
void imp_painter_forget(imp_painter *p, int i);

/* Makes p->objective, for a stage. After an error it is as it was. */
imp_status imp_painter_new_objective(imp_painter *p, int stage, imp_error *err);

/* The stage that the progress speaks of from now on. */
void imp_painter_enter(imp_painter *p, int stage);

/* Is there more to paint of this stage? */
bool imp_painter_paints(const imp_painter *p);

/* Will the optimiser be asked again? */
bool imp_painter_walks(const imp_painter *p);

/* The next stage begins with the enlarged picture, and with what the optimiser has learnt if
 * that is carried over. After an error (IMP_ENOMEM) the picture is there, and the change can
 * be tried again. */
imp_status imp_painter_move_on(imp_painter *p, imp_error *err);

/* --- State ------------------------------------------------------------------------------- */

/* A painter that has only been prepared gets the state in the file. Errors as
 * imp_painter_resume(). */
imp_status imp_painter_go_on(imp_painter *p, const char *file, imp_error *err);

#endif
