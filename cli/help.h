/* help.h - help, manual page and shell completion, all made from the tables. */
#ifndef IMP_HELP_H
#define IMP_HELP_H

#include "command.h"

/* On standard output; they return STATUS_OK. */
int help_program(void);
int help_command(const command *c);
int help_version(void);

int man_print(void);
int completion_bash(void);
int completion_zsh(void);

/* The help of an option, with range and the default preset's value added; `text` holds
 * HELP_TEXT bytes. */
enum { HELP_TEXT = 1024 };
const char *help_sentence(char text[HELP_TEXT], const option_def *def);

#endif
