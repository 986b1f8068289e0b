/* job_files.c - see job_files.h. */
#include "job_files.h"

#include <stdio.h>
#include <stdlib.h>

#include "files.h"
#include "job_masks.h"
#include "masks.h"
#include "report.h"
#include "settings.h"

/* What a job reads and writes; the names of masks are its own. */
enum { OUT_MASKS = 5, OUTPUTS = OUT_MASKS + JOB_MASKS };
typedef struct job_files {
    const char **in;
    char **read;               /* the masks among them */
    int n_in, n_read;
    output_file out[OUTPUTS];
    char *saved[JOB_MASKS];
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
static int add_read(job_files *f, const char *mask)
{
    char *file = mask_file(mask);

    f->in[f->n_in++] = f->read[f->n_read++] = file;
    return file ? STATUS_OK : no_memory();
}

static int add_saved(job_files *f, int k, const options *o)
{
    char name[JOB_MASK_NAME];

    if (!o->save_masks || f->saved[k]) return STATUS_OK;
    f->saved[k] = mask_saved_file(job_mask_name(name, k), o);
    f->out[OUT_MASKS + k] = (output_file) { f->saved[k], "a mask" };
    return f->saved[k] ? STATUS_OK : no_memory();
}

/* Style i and its masks. Styles before it that have nothing to be painted on will be left out,
 * so that its own may have a lower number. */
static int add_style(job_files *f, int i, const style_choice *style, bool regions,
                     const options *o)
{
    int status = STATUS_OK;

    f->in[f->n_in++] = style->file;
    if (regions) TRY(add_saved(f, 2 + 2 * i, o));
    for (int n = 0; style->style_mask && n <= i; n++) TRY(add_saved(f, 3 + 2 * n, o));

done:
    return status;
}

static int collect(job_files *f, const options *o, const style_choices *styles)
{
    bool keeps = false, regions = false;
    int status = STATUS_OK;

    if (o->content_mask) {
        TRY(add_read(f, o->content_mask));
        TRY(add_saved(f, 1, o));
    }
    for (int i = 0; i < o->n_each; i++) {
        if (job_masks_is_one(&o->each[i])) TRY(add_read(f, o->each[i].text));
        keeps = keeps || job_masks_is_keep(&o->each[i]);
    }
    if (keeps) TRY(add_saved(f, 0, o));
    for (int i = 0; i < styles->n; i++)
        regions = regions || styles->item[i].mask || styles->item[i].class_name;
    for (int i = 0; i < styles->n; i++)
        TRY(add_style(f, i, &styles->item[i], keeps || regions, o));

done:
    return status;
}

int job_files_check(const options *o, const style_choices *styles)
{
    enum { OTHERS = 4 };
    const size_t masks = (size_t) o->n_each + 1;
    job_files f = {
        .in = calloc(OTHERS + IMP_MAX_STYLES + masks, sizeof *f.in),
        .read = calloc(masks, sizeof *f.read), .n_in = OTHERS,
        .out = {
            { o->output, "the picture" }, { o->log, "the log" }, { o->plot, "the plot" },
            { o->preview, "the preview" }, { o->checkpoint, "the checkpoint" },
        },
    };
    int status;

    if (!f.in || !f.read) TRY(no_memory());
    f.in[0] = o->operand[0];
    f.in[1] = settings_init_file(o);
    f.in[2] = o->params;
    f.in[3] = o->resume;
    if (files_same(o->preview, o->output)) f.out[3].path = NULL;
    if (files_same(o->resume, o->checkpoint)) f.in[3] = NULL;
    TRY(collect(&f, o, styles));
    status = files_check(f.in, f.n_in, f.out, OUTPUTS);

done:
    for (int i = 0; i < f.n_read; i++) free(f.read[i]);
    for (int k = 0; k < JOB_MASKS; k++) free(f.saved[k]);
    free(f.read);
    free(f.in);
    return status;
}
