/* number.h - numbers in option values. */
#ifndef IMP_NUMBER_H
#define IMP_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* A whole number in min..max; false if `text` is none. */
bool number_count(long *out, const char *text, double min, double max);

/* A finite number above 0; false if `text` is none. */
bool number_positive(double *out, const char *text);

/* A number in min..max with K, M, G or T (powers of 1000, as the library's messages count)
 * behind it: "1.5G". */
bool number_scaled(uint64_t *out, const char *text, double min, double max);

/* "0.9 GB" from bytes, rounded; `text` holds NUMBER_TEXT bytes. */
enum { NUMBER_TEXT = 48 };
const char *number_bytes(char text[NUMBER_TEXT], uint64_t bytes);

/* The same rounded up, for memory that is needed: what is said to be enough must be enough. */
const char *number_memory(char text[NUMBER_TEXT], uint64_t bytes);

/* "45 s", "2:05", "1:02:05" from seconds. */
const char *number_time(char text[NUMBER_TEXT], double seconds);

/* "45 s", "3 min", "2.5 h" for a time that is only foreseen; never less than a second. */
const char *number_duration(char text[NUMBER_TEXT], double seconds);

#endif
