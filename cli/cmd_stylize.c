/* cmd_stylize.c - impasto stylize: reads what it needs, so that mistakes show soonest. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "checkpoint.h"
#include "command.h"
#include "job.h"
#include "job_files.h"
#include "job_masks.h"
#include "job_told.h"
#include "machine.h"
#include "picture.h"
#include "progress.h"
#include "report.h"
#include "settings.h"
#include "whole_file.h"

static int list_presets(const options *o)
{
    const imp_preset_info *p;
    json_t *all = json_array();

    for (size_t i = 0; (p = imp_preset_known(i)); i++) {
        json_array_append_new(all, json_pack("{s:s, s:s, s:s}", "name", p->name, "description",
                                             p->description, "origin", p->origin));
        if (!o->json)
            printf("%s%s\n  %s\n  Origin: %s\n", i ? "\n" : "", p->name, p->description,
                   p->origin);
    }
    if (o->json) {
        json_dumpf(all, stdout, JSON_INDENT(2));
        putchar('\n');
    }
    json_decref(all);
    return STATUS_OK;
}

static int print_params(const imp_params *params)
{
    imp_error err;
    char *json;

    if (imp_params_to_json(&json, params, &err)) return complain_error(&err, PHASE_WORK);
    print_line(json);
    imp_data_free(json);
    return STATUS_OK;
}

/* Everything that can be wrong with the command line alone. */
static int check_usage(const options *o, const imp_params *params,
                       const style_choices *styles)
{
    if (!o->n_operands || !styles->n)
        return complain(STATUS_USAGE,
                        "stylize: PHOTO and PAINTING are needed; see impasto help stylize");
    if (!o->output && !o->plan)
        return complain(STATUS_USAGE,
                        "stylize: -o FILE is missing: where does the picture go?");
    if (o->show && o->output && !strcmp(o->output, "-"))
        return complain(STATUS_USAGE, "--show needs a picture in a file, not -o -");
    if ((o->preview && !strcmp(o->preview, "-")) || (o->log && !strcmp(o->log, "-"))
        || (o->plot && !strcmp(o->plot, "-"))
        || (o->checkpoint && !strcmp(o->checkpoint, "-")))
        return complain(STATUS_USAGE, "only -o may be \"-\", standard output");
    if (params->init == IMP_INIT_IMAGE && !settings_init_file(o))
        return complain(STATUS_USAGE, "the settings start from a picture of their own; "
                        "name it with --init FILE");
    return job_files_check(o, styles);
}

/* Options that change nothing. */
static void note_idle(const options *o, const imp_params *params, const style_choices *styles)
{
    job_masks_note(o, styles);
    if (!o->quiet && option_given(o, "colour-space") && !params->keep_colours)
        warn("--colour-space: changes nothing without --keep-colours");
}

static int check_outputs(job *j)
{
    const options *o = j->o;
    int status = STATUS_OK;

    if (o->output) TRY(picture_can_save(&j->save, o->output, o));
    if (o->preview) TRY(picture_can_save(&j->save_preview, o->preview, o));
    if (o->log) TRY(whole_file_can_write(o->log));
    if (o->plot) TRY(whole_file_can_write(o->plot));
    TRY(checkpoint_can(o));
    if (o->save_masks && mkdir(o->save_masks, 0777) && errno != EEXIST)
        status = complain(STATUS_OUTPUT, "%s: cannot be made: %s", o->save_masks,
                          strerror(errno));

done:
    return status;
}

/* A painting for something that is not in the photograph is left out. */
static int load_style(job *j, const style_choice *style)
{
    const int i = j->inputs.styles;
    bool nowhere = false;
    int status = STATUS_OK;

    TRY(picture_load(&j->painting[i], style->file, j->o));
    TRY(job_masks_of_style(&nowhere, j, style));
    if (nowhere) {
        imp_image_free(j->painting[i]);
        imp_mask_free(j->style_mask[i]);
        j->painting[i] = NULL;
        j->style_mask[i] = NULL;
        goto done;
    }
    j->inputs.style[i] = (imp_style) {
        .painting = j->painting[i], .weight = style->weight, .scale = style->scale,
        .region = j->mask[i], .source = j->style_mask[i],
        .match_colours = style->match_colours, .name = style->file,
    };
    j->painted[i] = style;
    j->inputs.styles++;

done:
    return status;
}

static int load(job *j)
{
    const options *o = j->o;
    int status;

    TRY(picture_load(&j->photo, o->operand[0], o));
    if (settings_init_file(o)) TRY(picture_load(&j->init, settings_init_file(o), o));
    j->inputs = (imp_inputs) {
        .photo = j->photo, .init = j->init,
    };
    TRY(machine_context(&j->ctx, o));
    j->objects = (objects) { .o = o, .photo = j->photo, .ctx = j->ctx };
    for (int i = 0; i < j->styles.n; i++) TRY(load_style(j, &j->styles.item[i]));
    if (!j->inputs.styles)
        TRY(complain(STATUS_INPUT, "%s: none of the paintings has anything to be painted on",
                     o->operand[0]));
    TRY(job_masks_read(j));
    objects_free(&j->objects);   /* what it holds is not needed for painting */

done:
    return status;
}

/* Without a model the plan tells a little less exactly how long it takes, and nothing else. */
static int plan(job *j)
{
    const options *o = j->o;
    imp_error err;
    int status;

    if (imp_model_open(&j->model, j->params.model, &err) && !o->plan)
        return complain_error(&err, PHASE_MODEL);
    if (!imp_painter_plan(&j->plan, j->ctx, j->model, &j->inputs, &j->params, &err))
        return STATUS_OK;
    if (err.status == IMP_EUNSUPPORTED) status = complain_error(&err, PHASE_SETTINGS);
    else if (err.status != IMP_EINVAL) status = complain_error(&err, PHASE_INPUT);
    else
        status = complain(STATUS_INPUT, "%s, %s%s: %s", o->operand[0], j->styles.item[0].file,
                          j->styles.n > 1 ? " .." : "", err.message);
    return status;
}

static void print_plan_json(const job *j)
{
    json_t *json = job_plan_json(j);

    json_object_set_new(json, "available", json_integer((json_int_t) j->plan.available));
    json_dumpf(json, stdout, JSON_COMPACT | JSON_REAL_PRECISION(4));
    putchar('\n');
    json_decref(json);
}

static int print_plan(const job *j)
{
    imp_error err;

    if (j->o->json) print_plan_json(j);
    else job_print_plan(j);
    return imp_plan_check(&j->plan, &err) ? STATUS_MEMORY : STATUS_OK;
}

static int paint(job *j)
{
    progress p = progress_of(j->o);
    imp_error err;

    if (imp_plan_check(&j->plan, &err)) return complain_error(&err, PHASE_INPUT);
    j->begun = job_clock();
    progress_paint_begin(&p, &j->plan);
    report_event("start", job_plan_json(j));
    if (checkpoint_painter(&j->painter, j, &err)) return complain_error(&err, PHASE_INPUT);
    return job_paint(j);
}

int cmd_stylize(const options *o)
{
    job j = { .o = o };
    int status;

    if (o->list_presets) return list_presets(o);
    if (o->json) report_events_to(o->output && !strcmp(o->output, "-") ? stderr : stdout);
    TRY(settings_collect(&j.params, o));
    if (o->print_params) {
        status = print_params(&j.params);
        goto done;
    }
    TRY(styles_collect(&j.styles, o));
    TRY(check_usage(o, &j.params, &j.styles));
    note_idle(o, &j.params, &j.styles);
    TRY(check_outputs(&j));
    TRY(load(&j));
    TRY(plan(&j));
    status = o->plan ? print_plan(&j) : paint(&j);

done:
    imp_painter_free(j.painter);
    imp_model_free(j.model);
    objects_free(&j.objects);
    imp_context_free(j.ctx);
    imp_image_free(j.photo);
    for (int i = 0; i < IMP_MAX_STYLES; i++) {
        imp_image_free(j.painting[i]);
        imp_mask_free(j.mask[i]);
        imp_mask_free(j.style_mask[i]);
    }
    imp_mask_free(j.keep);
    imp_mask_free(j.content_mask);
    styles_free(&j.styles);
    imp_image_free(j.init);
    return status;
}
