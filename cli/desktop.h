/* desktop.h - pictures and pages shown by programs of the desktop. */
#ifndef IMP_DESKTOP_H
#define IMP_DESKTOP_H

#include <stdbool.h>

/* Whether $DISPLAY or $WAYLAND_DISPLAY is set. */
bool desktop_is_there(void);

/* Whether a variable of the environment is set and not empty. */
bool is_set(const char *variable);

/* Opens a file or an address with the program that the variable names, which the shell splits
 * into words, or else with xdg-open. False if it is not there or fails within a second. */
bool desktop_open(const char *variable, const char *what);

#endif
