/* comma_locale.h - a locale that writes 1,5: a host program may have set one. */
#ifndef IMP_COMMA_LOCALE_H
#define IMP_COMMA_LOCALE_H

#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Compiles such a locale in a folder of its own, which goes away again, and sets it; false if
 * this machine cannot. setlocale(LC_NUMERIC, "C") ends it. */
static inline bool comma_locale_set(void)
{
    char folder[] = "/tmp/impasto-locale.XXXXXX", command[512];
    bool set;

    if (!mkdtemp(folder)) return false;
    snprintf(command, sizeof command,
             "cd %s && printf 'LC_NUMERIC\\ndecimal_point \",\"\\nthousands_sep \".\"\\n"
             "grouping 3;3\\nEND LC_NUMERIC\\n' >source"
             " && localedef -c -f ANSI_X3.4-1968 -i source ./comma >/dev/null 2>&1; true",
             folder);
    set = !system(command) && !setenv("LOCPATH", folder, 1) && setlocale(LC_NUMERIC, "comma");
    snprintf(command, sizeof command, "rm -r %s", folder);
    return !system(command) && set;
}

#endif
