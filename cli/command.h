/* command.h - the commands of the program, as data. */
#ifndef IMP_COMMAND_H
#define IMP_COMMAND_H

#include "options.h"

typedef struct command {
    const char *name;
    unsigned bit;                  /* FOR_... */
    int (*run)(const options *o);  /* returns the exit status */
    const char *summary;           /* one line, no full stop */
    const char *usage[5];          /* after "impasto NAME "; NULL ends */
    const char *text[7];           /* paragraphs */
    const char *example[12];       /* command and explanation by turns */
    int max_operands;
} command;

/* The i-th command, NULL past the last one; and by name. */
const command *command_known(size_t i);
const command *command_find(const char *name);

/* Prints which commands there are; returns STATUS_USAGE. */
int command_missing(void);

/* Prints "no such command" with the nearest one; returns STATUS_USAGE. */
int command_unknown(const char *name);

int cmd_stylize(const options *o);
int cmd_blend(const options *o);
int cmd_segment(const options *o);
int cmd_model(const options *o);
int cmd_info(const options *o);
int cmd_serve(const options *o);
int cmd_bench(const options *o);
int cmd_help(const options *o);

bool serve_is_built_in(void);

/* Whether serve has started this program for purposes of its own: then *status is the end. */
bool serve_helper(int *status, int argc, char **argv);

#endif
