/* number.c - see number.h. */
#include "number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool number_count(long *out, const char *text, double min, double max)
{
    char *end;

    errno = 0;
    *out = strtol(text, &end, 10);
    return end != text && !*end && !errno && (double) *out >= min && (double) *out <= max;
}

bool number_positive(double *out, const char *text)
{
    char *end;

    *out = strtod(text, &end);
    return end != text && !*end && isfinite(*out) && *out > 0;
}

bool number_scaled(uint64_t *out, const char *text, double min, double max)
{
    static const char letters[] = "KMGT";
    const char *letter;
    char *end;
    double value = strtod(text, &end);

    if (end == text || !isfinite(value)) return false;
    if (*end && (letter = strchr(letters, *end & ~0x20))) {
        value *= pow(1000, (double) (letter - letters + 1));
        end++;
    }
    if (*end || value < min || value > max) return false;
    *out = (uint64_t) value;
    return true;
}

/* With one decimal below 10, and none above. */
static const char *format_bytes(char text[NUMBER_TEXT], uint64_t bytes,
                                double (*round_to)(double))
{
    static const char *const name[] = { "bytes", "KB", "MB", "GB", "TB" };
    double value = (double) bytes;
    int i = 0;

    while (value >= 1000 && i < 4) value /= 1000, i++;
    if (i && value < 10)
        snprintf(text, NUMBER_TEXT, "%.1f %s", round_to(value * 10) / 10, name[i]);
    else snprintf(text, NUMBER_TEXT, "%.0f %s", round_to(value), name[i]);
    return text;
}

const char *number_bytes(char text[NUMBER_TEXT], uint64_t bytes)
{
    return format_bytes(text, bytes, round);
}

const char *number_memory(char text[NUMBER_TEXT], uint64_t bytes)
{
    return format_bytes(text, bytes, ceil);
}

const char *number_time(char text[NUMBER_TEXT], double seconds)
{
    const long s = seconds > 0 && seconds < 1e9 ? lround(seconds) : 0;

    if (s < 60) snprintf(text, NUMBER_TEXT, "%ld s", s);
    else if (s < 3600) snprintf(text, NUMBER_TEXT, "%ld:%02ld", s / 60, s % 60);
    else snprintf(text, NUMBER_TEXT, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    return text;
}

const char *number_duration(char text[NUMBER_TEXT], double seconds)
{
    if (seconds < 100) snprintf(text, NUMBER_TEXT, "%.0f s", fmax(1, seconds));
    else if (seconds < 6000) snprintf(text, NUMBER_TEXT, "%.0f min", seconds / 60);
    else snprintf(text, NUMBER_TEXT, "%.1f h", seconds / 3600);
    return text;
}
