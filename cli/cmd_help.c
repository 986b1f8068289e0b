/* cmd_help.c - impasto help, and what the build asks for: manual and completion. */
#include <string.h>

#include "help.h"
#include "report.h"

int cmd_help(const options *o)
{
    const command *c;

    if (o->man) return man_print();
    if (o->completion)
        return strcmp(o->completion, "zsh") ? completion_bash() : completion_zsh();
    if (!o->n_operands) return help_program();
    c = command_find(o->operand[0]);
    return c ? help_command(c) : command_unknown(o->operand[0]);
}
