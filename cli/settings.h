/* settings.h - the parameters of a painting, from preset, file and options. */
#ifndef IMP_SETTINGS_H
#define IMP_SETTINGS_H

#include "options.h"

/* Preset, changed by --params, changed by single options. Returns an exit status. */
int settings_collect(imp_params *params, const options *o);

/* The picture that --init names, NULL if it names a word or is not given. */
const char *settings_init_file(const options *o);

#endif
