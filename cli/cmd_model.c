/* cmd_model.c - impasto model: list, fetch, verify, path. */
#include <string.h>

#include "command.h"
#include "interrupt.h"
#include "nearest.h"
#include "progress.h"
#include "report.h"

static const char *state_name(imp_model_state state)
{
    switch (state) {
    case IMP_MODEL_ABSENT: return "absent";
    case IMP_MODEL_PRESENT: return "present";
    case IMP_MODEL_VERIFIED: return "verified";
    case IMP_MODEL_DAMAGED: return "damaged";
    }
    return "unknown";
}

static int unknown_model(const char *name)
{
    nearest near = nearest_to(name);

    for (size_t i = 0; imp_model_known(i); i++)
        nearest_try(&near, imp_model_known(i)->name);
    if (near.best)
        return complain(STATUS_USAGE, "unknown model \"%s\"; did you mean %s?", name,
                        near.best);
    return complain(STATUS_USAGE, "unknown model \"%s\"; see impasto model list", name);
}

static json_t *model_json(const imp_model_info *m, imp_model_state state)
{
    const char *use = m->use == IMP_MODEL_SEGMENTS ? "segment" : "stylize";
    json_t *bytes = m->bytes ? json_integer((json_int_t) m->bytes) : json_null();

    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:s}", "name", m->name,
                     "state", state_name(state), "description", m->description, "file",
                     m->file_name, "source", m->source, "license", m->license, "bytes", bytes,
                     "size", m->size, "use", use, "sha256", m->sha256);
}

static void print_model(const imp_model_info *m, imp_model_state state)
{
    printf("%s: %s\n  %s\n  %s, %s, %s\n", m->name, state_name(state), m->description,
           m->source, m->size, m->license);
}

static void print_array(json_t *array)
{
    json_dumpf(array, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(array);
}

static int list(const options *o)
{
    const imp_model_info *m;
    json_t *all = json_array();
    imp_model_state state;
    imp_error err;
    int status = STATUS_OK;

    for (size_t i = 0; (m = imp_model_known(i)); i++) {
        if (imp_model_verify(&state, m, false, &err)) TRY(complain_error(&err, PHASE_MODEL));
        if (o->json) json_array_append_new(all, model_json(m, state));
        else print_model(m, state);
    }
    if (o->json) print_array(json_incref(all));

done:
    json_decref(all);
    return status;
}

/* What a state is worth as an exit status; nobody misses a model that was not asked for. */
static int status_of_state(imp_model_state state, bool asked)
{
    if (state == IMP_MODEL_DAMAGED) return STATUS_INPUT;
    return state == IMP_MODEL_ABSENT && asked ? STATUS_MODEL : STATUS_OK;
}

static int verify_one(json_t *all, const imp_model_info *m, bool asked, const options *o)
{
    imp_model_state state;
    imp_error err;

    if (imp_model_verify(&state, m, true, &err)) return complain_error(&err, PHASE_MODEL);
    if (o->json) json_array_append_new(all, model_json(m, state));
    else if (!o->quiet) printf("%s: %s\n", m->name, state_name(state));
    if (status_of_state(state, asked) != STATUS_OK)
        return complain(status_of_state(state, asked),
                        "%s: %s; get it with: impasto model fetch %s", m->name,
                        state_name(state), m->name);
    return STATUS_OK;
}

static int verify(const options *o, const imp_model_info *named)
{
    const imp_model_info *m;
    json_t *all = json_array();
    int status = STATUS_OK;

    for (size_t i = 0; (m = imp_model_known(i)); i++) {
        const int one = named && named != m ? STATUS_OK : verify_one(all, m, named, o);
        if (status == STATUS_OK) status = one;
    }
    if (o->json) print_array(json_incref(all));
    json_decref(all);
    return status;
}

static int path(const imp_model_info *named)
{
    imp_error err;
    char *text, *slash;

    if (imp_model_path(&text, named ? named : imp_model_known(0), &err))
        return complain_error(&err, PHASE_MODEL);
    if (!named && (slash = strrchr(text, '/'))) *slash = '\0';
    puts(text);
    imp_data_free(text);
    return STATUS_OK;
}

/* What a download reports to. */
typedef struct fetching { progress progress; const char *name; } fetching;

static bool on_fetch(void *user, uint64_t done, uint64_t total)
{
    fetching *f = user;

    progress_fetch(&f->progress, f->name, done, total);
    return interrupt_status() == STATUS_OK;
}

static int fetch(const options *o, const imp_model_info *named)
{
    fetching f = { progress_of(o), named->name };
    imp_error err;
    imp_status got;

    if (o->json) report_events_to(stdout);
    interrupt_catch(NULL);
    got = imp_model_fetch(named, o->from, on_fetch, &f, &err);
    progress_end(&f.progress);
    if (got && interrupt_status())
        return complain(interrupt_status(), "stopped; the next fetch of %s goes on from here",
                        named->name);
    if (got) return complain_error(&err, PHASE_MODEL);
    progress_say(&f.progress, "%s: fetched and verified", named->name);
    report_event("fetched", json_pack("{s:s}", "model", named->name));
    return STATUS_OK;
}

static int check_usage(const options *o, const char *what)
{
    const bool fetches = !strcmp(what, "fetch"), lists = !strcmp(what, "list");

    if (fetches && o->n_operands < 2)
        return complain(STATUS_USAGE, "model fetch: a name is missing, such as vgg19; see "
                        "impasto model list");
    if (lists && o->n_operands > 1)
        return complain(STATUS_USAGE, "model list: \"%s\" is one argument too many",
                        o->operand[1]);
    if (o->from && !fetches) return complain(STATUS_USAGE, "--from belongs to model fetch");
    if (o->json && !strcmp(what, "path"))
        return complain(STATUS_USAGE, "model path: --json is not for it");
    if (o->quiet && (lists || !strcmp(what, "path")))
        return complain(STATUS_USAGE, "model %s: --quiet would leave nothing of it", what);
    return STATUS_OK;
}

int cmd_model(const options *o)
{
    const char *what = o->operand[0];
    const imp_model_info *named = NULL;
    int status;

    if (!o->n_operands)
        return complain(STATUS_USAGE,
                        "model: list, fetch, verify or path? See impasto help model");
    if (strcmp(what, "list") && strcmp(what, "fetch") && strcmp(what, "verify")
        && strcmp(what, "path"))
        return complain(STATUS_USAGE, "model: \"%s\" is none of list, fetch, verify and path",
                        what);
    TRY(check_usage(o, what));
    if (o->n_operands > 1 && !(named = imp_model_find(o->operand[1])))
        TRY(unknown_model(o->operand[1]));
    switch (*what) {
    case 'l': return list(o);
    case 'f': return fetch(o, named);
    case 'v': return verify(o, named);
    default: return path(named);
    }

done:
    return status;
}
