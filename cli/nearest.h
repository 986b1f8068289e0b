/* nearest.h - "did you mean ...?": the known word that a mistyped one is closest to. */
#ifndef IMP_NEAREST_H
#define IMP_NEAREST_H

#include <stddef.h>

/* One candidate after another; `best` is NULL until one is near enough to be meant. */
typedef struct nearest { const char *word, *best; size_t distance; } nearest;

nearest nearest_to(const char *word);
void nearest_try(nearest *n, const char *candidate);

#endif
