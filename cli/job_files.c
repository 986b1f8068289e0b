/* job_files.c - see job_files.h. */
#include "job_files.h"

#include <stdio.h>
#include <stdlib.h>

#include "files.h"
#include "masks.h"
#include "report.h"
#include "settings.h"

/* What a job reads and writes; the names of masks are its own. */
enum { IN_STYLES = 4, IN_MASKS = IN_STYLES + IMP_MAX_STYLES, INPUTS = IN_MASKS + JOB_MASKS };
enum { OUT_MASKS = 5, OUTPUTS = OUT_MASKS + JOB_MASKS };
typedef struct job_files {
    const char *in[INPUTS];
    output_file out[OUTPUTS];
    char *read[JOB_MASKS], *saved[JOB_MASKS];
} job_files;

const char *job_mask_name(char name[JOB_MASK_NAME], int k)
{
    if (k < 2) return k ? "content" : "keep";
    snprintf(name, JOB_MASK_NAME, "%smask-%d", k % 2 ? "style-" : "", k / 2);
    return name;
}

static int no_memory(void)
{
    return complain(STATUS_MEMORY, "no memory for the name of a mask");
}

/* Of masks the files count, without their colours. */
static int add_read(job_files *f, int k, const char *mask)
{
    if (!mask) return STATUS_OK;
    f->in[IN_MASKS + k] = f->read[k] = mask_file(mask);
    return f->read[k] ? STATUS_OK : no_memory();
}

static int add_saved(job_files *f, int k, const options *o)
{
    char name[JOB_MASK_NAME];

    if (!o->save_masks || f->saved[k]) return STATUS_OK;
    f->saved[k] = mask_saved_file(job_mask_name(name, k), o);
    f->out[OUT_MASKS + k] = (output_file) { f->saved[k], "a mask" };
    return f->saved[k] ? STATUS_OK : no_memory();
}

/* The masks of style i. Styles before it whose class is not in the photograph will be left
 * out, so that its own have a lower number; `classes` is how many those may be. */
static int add_style(job_files *f, int i, int classes, const style_choice *style,
                     const options *o)
{
    const int k = 2 + 2 * i;
    int status;

    f->in[IN_STYLES + i] = style->file;
    TRY(add_read(f, k, style->mask));
    TRY(add_read(f, k + 1, style->style_mask));
    for (int n = i - classes; n <= i; n++) {
        if (style->mask || style->class_name) TRY(add_saved(f, 2 + 2 * n, o));
        if (style->style_mask) TRY(add_saved(f, 3 + 2 * n, o));
    }

done:
    return status;
}

static int collect(job_files *f, const options *o, const style_choices *styles)
{
    int status, classes = 0;

    TRY(add_read(f, 0, o->keep));
    TRY(add_read(f, 1, o->content_mask));
    if (o->keep) TRY(add_saved(f, 0, o));
    if (o->content_mask) TRY(add_saved(f, 1, o));
    for (int i = 0; i < styles->n; i++) {
        TRY(add_style(f, i, classes, &styles->item[i], o));
        classes += styles->item[i].class_name != NULL;
    }

done:
    return status;
}

int job_files_check(const options *o, const style_choices *styles)
{
    job_files f = {
        .in = { o->operand[0], settings_init_file(o), o->params, o->resume },
        .out = {
            { o->output, "the picture" }, { o->log, "the log" }, { o->plot, "the plot" },
            { o->preview, "the preview" }, { o->checkpoint, "the checkpoint" },
        },
    };
    int status;

    if (files_same(o->preview, o->output)) f.out[3].path = NULL;
    if (files_same(o->resume, o->checkpoint)) f.in[3] = NULL;
    TRY(collect(&f, o, styles));
    status = files_check(f.in, INPUTS, f.out, OUTPUTS);

done:
    for (int k = 0; k < JOB_MASKS; k++) {
        free(f.read[k]);
        free(f.saved[k]);
    }
    return status;
}
