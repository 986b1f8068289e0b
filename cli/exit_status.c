/* exit_status.c - see exit_status.h. */
#include "exit_status.h"

const status_info *status_known(size_t i)
{
    static const status_info known[] = {
        { STATUS_OK, "Done." },
        { STATUS_FAILED, "Any other failure." },
        { STATUS_USAGE, "Wrong usage: an unknown command or option, a bad value, options that "
                        "contradict each other." },
        { STATUS_INPUT,
          "An input file is missing, unreadable, damaged, or not what it should be." },
        { STATUS_MODEL,
          "The network's weights are not on this machine: impasto model fetch." },
        { STATUS_MEMORY, "Not enough memory, or a picture over a limit." },
        { STATUS_OUTPUT, "An output cannot be written." },
        { STATUS_NETWORK,
          "A download failed; serve: its address or port is not to be had." },
        { STATUS_SLOWER, "bench: slower than --tolerance allows." },
        { STATUS_INTERRUPTED,
          "Stopped by Ctrl-C (SIGINT); the best picture so far was saved." },
        { STATUS_TERMINATED, "Stopped by SIGTERM; the best picture so far was saved." },
    };

    return i < sizeof known / sizeof *known ? &known[i] : NULL;
}

/* A reason that means something else in each phase. */
static int by_phase(phase where)
{
    switch (where) {
    case PHASE_SETTINGS: return STATUS_USAGE;
    case PHASE_INPUT: return STATUS_INPUT;
    case PHASE_MODEL: return STATUS_INPUT;
    case PHASE_WORK: return STATUS_FAILED;
    case PHASE_OUTPUT: return STATUS_OUTPUT;
    }
    return STATUS_FAILED;
}

int status_of(imp_status status, phase where)
{
    switch (status) {
    case IMP_OK: return STATUS_OK;
    case IMP_ENOMEM: return STATUS_MEMORY;
    case IMP_ELIMIT: return where == PHASE_OUTPUT ? STATUS_OUTPUT : STATUS_MEMORY;
    case IMP_ENOMODEL: return STATUS_MODEL;
    case IMP_ENET: return STATUS_NETWORK;
    case IMP_EINVAL:
        return where == PHASE_OUTPUT || where == PHASE_MODEL ? STATUS_USAGE : by_phase(where);
    case IMP_EIO:
    case IMP_EFORMAT:
    case IMP_EUNSUPPORTED: return by_phase(where);
    }
    return STATUS_FAILED;
}
