/* machine.c - see machine.h. */
#include "machine.h"

#include "report.h"

int machine_context(imp_context **ctx, const options *o)
{
    imp_context_params machine;
    imp_error err;

    imp_context_params_init(&machine);
    machine.threads = (int) o->threads;
    machine.backend = o->backend;
    machine.max_memory = o->memory;
    if (imp_context_new(ctx, &machine, &err)) return complain_error(&err, PHASE_SETTINGS);
    return STATUS_OK;
}
