/* interrupt.c - see interrupt.h. */
#include "interrupt.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "exit_status.h"

static volatile sig_atomic_t caught;
static const char *said;

static int status_of_signal(int number)
{
    return number == SIGTERM ? STATUS_TERMINATED : STATUS_INTERRUPTED;
}

static void on_signal(int number)
{
    if (caught) _exit(status_of_signal(number));
    caught = number;
    if (said && write(STDERR_FILENO, said, strlen(said)) < 0) return;
}

void interrupt_catch(const char *message)
{
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

    said = message;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int interrupt_status(void)
{
    return caught ? status_of_signal(caught) : STATUS_OK;
}
