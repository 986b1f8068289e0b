/* loss_plot.h - the curves of the losses, drawn as SVG. */
#ifndef IMP_LOSS_PLOT_H
#define IMP_LOSS_PLOT_H

#include <impasto/impasto.h>

enum { N_CURVES = 4 };    /* total, content, style, tv */

typedef struct loss_point { double value[N_CURVES]; } loss_point;

/* The losses of every step so far. */
typedef struct loss_curves { loss_point *point; size_t n, room; } loss_curves;

/* Both return an exit status. Free with loss_curves_free(). */
int loss_curves_add(loss_curves *c, const imp_losses *loss);
int loss_plot_write(const char *path, const loss_curves *c);
void loss_curves_free(loss_curves *c);

#endif
