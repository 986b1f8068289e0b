/* loss_plot.c - see loss_plot.h: steps from left to right, losses on a logarithmic scale. */
#include "loss_plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "report.h"
#include "whole_file.h"

enum { WIDTH = 800, HEIGHT = 480, LEFT = 78, RIGHT = 780, TOP = 44, BOTTOM = 424 };

/* The total is broad and pale, since another curve often lies upon it. */
static const struct { const char *name, *colour; double width; } curves[N_CURVES] = {
    { "total", "#b4b4b4", 5 }, { "content", "#1f6fb4", 1.8 }, { "style", "#c8451b", 1.8 },
    { "total variation", "#3c8a3c", 1.8 },
};

/* What the axes show. */
typedef struct axes { double steps, low, high; } axes;    /* low and high are powers of ten */

int loss_curves_add(loss_curves *c, const imp_losses *loss)
{
    if (c->n == c->room) {
        const size_t room = c->room ? 2 * c->room : 256;
        loss_point *bigger = realloc(c->point, room * sizeof *bigger);
        if (!bigger) return complain(STATUS_MEMORY, "no memory for the plot of the losses");
        c->point = bigger;
        c->room = room;
    }
    c->point[c->n++] = (loss_point) {{ loss->total, loss->content, loss->style, loss->tv }};
    return STATUS_OK;
}

void loss_curves_free(loss_curves *c)
{
    free(c->point);
    *c = (loss_curves) { 0 };
}

/* Whole decades around all that is positive. Curves of nothing but zeros are not drawn. */
static axes axes_of(const loss_curves *c)
{
    axes a = { .steps = c->n > 1 ? (double) c->n : 2, .low = INFINITY, .high = -INFINITY };

    for (size_t i = 0; i < c->n; i++)
        for (int k = 0; k < N_CURVES; k++)
            if (c->point[i].value[k] > 0) {
                a.low = fmin(a.low, floor(log10(c->point[i].value[k])));
                a.high = fmax(a.high, ceil(log10(c->point[i].value[k])));
            }
    if (!(a.low <= a.high)) a.low = 0, a.high = 1;
    if (a.low == a.high) a.high++;
    return a;
}

static double x_of(const axes *a, double step)
{
    return LEFT + (step - 1) / (a->steps - 1) * (RIGHT - LEFT);
}

static double y_of(const axes *a, double value)
{
    return BOTTOM - (log10(value) - a->low) / (a->high - a->low) * (BOTTOM - TOP);
}

/* 1, 2 or 5 times a power of ten, so that the axis gets at most `most` marks. */
static double tick(double range, int most)
{
    const double power = pow(10, floor(log10(range / most)));
    const double times = range / most / power;

    return fmax(1, power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10));
}

static void draw_y_axis(FILE *f, const axes *a)
{
    const double every = tick(a->high - a->low, 8);

    for (double e = a->low; e <= a->high; e++) {
        const double y = y_of(a, pow(10, e));
        if (fmod(e - a->low, every) > 0) continue;
        fprintf(f, "<path class=\"grid\" d=\"M%d %.1fH%d\"/>\n", LEFT, y, RIGHT);
        fprintf(f, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">10"
                "<tspan dy=\"-5\" font-size=\"9\">%.0f</tspan></text>\n", LEFT - 8, y + 5, e);
    }
    fprintf(f, "<text transform=\"translate(20 %d) rotate(-90)\" text-anchor=\"middle\">loss"
            "</text>\n", (TOP + BOTTOM) / 2);
}

static void draw_x_axis(FILE *f, const axes *a)
{
    const double every = tick(a->steps, 8);

    for (double step = every; step <= a->steps; step += every)
        fprintf(f, "<path class=\"axis\" d=\"M%.1f %dv5\"/>\n"
                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f</text>\n",
                x_of(a, step), BOTTOM, x_of(a, step), BOTTOM + 20, step);
    fprintf(f, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">step</text>\n",
            (LEFT + RIGHT) / 2, BOTTOM + 42);
    fprintf(f, "<path class=\"axis\" d=\"M%d %dV%dH%d\"/>\n", LEFT, TOP, BOTTOM, RIGHT);
}

/* One curve, interrupted where it is not positive; false if there is nothing of it. */
static bool draw_curve(FILE *f, const axes *a, const loss_curves *c, int k)
{
    bool any = false, on = false;

    for (size_t i = 0; i < c->n; i++) {
        const double value = c->point[i].value[k];
        const bool visible = value > 0 && isfinite(value);
        if (visible && !any)
            fprintf(f, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"%.1f\" "
                    "stroke-linejoin=\"round\" stroke-linecap=\"round\" d=\"",
                    curves[k].colour, curves[k].width);
        if (visible)
            fprintf(f, "%c%.2f %.2f%s", on ? 'L' : 'M', x_of(a, (double) i + 1),
                    y_of(a, value), on ? "" : "h0");
        any |= visible;
        on = visible;
    }
    if (any) fputs("\"/>\n", f);
    return any;
}

static void draw_key(FILE *f, int at, int k)
{
    const int x = LEFT + 130 * at;

    fprintf(f, "<path stroke=\"%s\" stroke-width=\"%.1f\" d=\"M%d 22h22\"/>"
            "<text x=\"%d\" y=\"26\">%s</text>\n", curves[k].colour, curves[k].width, x,
            x + 28, curves[k].name);
}

static void draw(FILE *f, const loss_curves *c)
{
    const axes a = axes_of(c);
    int n = 0;

    fprintf(f, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
            "viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\" "
            "fill=\"#333333\">\n"
            "<title>Losses of a painting</title>\n"
            "<style>.grid{stroke:#dddddd}.axis{stroke:#888888;fill:none}</style>\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#fcfcfa\"/>\n",
            WIDTH, HEIGHT, WIDTH, HEIGHT);
    draw_y_axis(f, &a);
    draw_x_axis(f, &a);
    for (int k = 0; k < N_CURVES; k++)
        if (draw_curve(f, &a, c, k)) draw_key(f, n++, k);
    fputs("</svg>\n", f);
}

int loss_plot_write(const char *path, const loss_curves *c)
{
    char *svg = NULL;
    size_t len;
    FILE *f = open_memstream(&svg, &len);
    int status;

    if (!f) return complain(STATUS_MEMORY, "%s: no memory for the plot", path);
    draw(f, c);
    if (fclose(f)) status = complain(STATUS_MEMORY, "%s: no memory for the plot", path);
    else status = whole_file_write(path, svg, len);
    free(svg);
    return status;
}
