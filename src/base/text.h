/* text.h - words and numbers as people type them, alike in every locale. */
#ifndef IMP_TEXT_H
#define IMP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum { IMP_NUMBER_TEXT = 32, IMP_QUOTED_TEXT = 80 };

/* Reads all of `text` as a decimal number: "0.5", "-1e6"; no blanks, no hexadecimal, no "nan".
 * One too large for a double becomes infinite. False if it is not a number. */
bool imp_number_read(double *out, const char *text);

/* The shortest decimal number that reads back as exactly `value`; no exponent if whole. */
void imp_number_write(char text[IMP_NUMBER_TEXT], double value);

bool imp_text_is_utf8(const char *text);

/* Makes text fit for one line of a message: control characters and stray bytes become '?'. */
void imp_text_clean(char *text);

/* `text` cleaned, within double quotes, a long one cut short with "...". Returns out. */
const char *imp_text_quote(char out[IMP_QUOTED_TEXT], const char *text);

/* The candidate most like `word`, for "did you mean": begin with imp_nearest_to(), offer each
 * candidate, then read `best`: NULL if none is near. The strings stay the caller's. */
typedef struct imp_nearest {
    const char *word, *best;
    size_t distance;   /* a candidate must be nearer than this */
} imp_nearest;

imp_nearest imp_nearest_to(const char *word);
void imp_nearest_offer(imp_nearest *nearest, const char *candidate);

#endif
