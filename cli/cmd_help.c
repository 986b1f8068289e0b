/* cmd_help.c - impasto help: of the program, of a command; manual page and completion for the build. */
#include <string.h>

#include "help.h"
#include "report.h"

int cmd_help(const options *o)
{
    const command *c;

    if (o->man) return man_print();
    if (o->completion) return strcmp(o->completion, "zsh") ? completion_bash() : completion_zsh();
    if (!o->n_operands) return help_program();
    c = command_find(o->operand[0]);
    return c ? help_command(c) : command_unknown(o->operand[0]);
}
