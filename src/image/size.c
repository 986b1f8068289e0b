/* size.c - sizes as people write them, and what they make of a picture. */
#include "image/image.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

enum { MAX_SIDE = 1000000 };

/* Reads a side, 1..MAX_SIDE in decimal digits alone, and moves *text past it. */
static bool read_side(uint32_t *side, const char **text)
{
    const char *p = *text;
    uint32_t v = 0;

    for (; *p >= '0' && *p <= '9' && v <= MAX_SIDE; p++) v = 10 * v + (uint32_t) (*p - '0');
    *text = p;
    *side = v;
    return v >= 1 && v <= MAX_SIDE;
}

/* Moves *text past `word` if it begins with it. */
static bool skip(const char **text, const char *word)
{
    const size_t n = strlen(word);
    const bool there = !strncmp(*text, word, n);

    if (there) *text += n;
    return there;
}

static bool parse(imp_size *size, const char *text)
{
    *size = (imp_size) { .mode = IMP_SIZE_LONG };
    if (!strcmp(text, "keep")) {
        size->mode = IMP_SIZE_KEEP;
        return true;
    }
    if (skip(&text, "short:")) size->mode = IMP_SIZE_SHORT;
    else if (!skip(&text, "long:") && strchr(text, 'x')) size->mode = IMP_SIZE_EXACT;
    if (!read_side(&size->width, &text)) return false;
    if (size->mode == IMP_SIZE_EXACT
        && (!skip(&text, "x") || !read_side(&size->height, &text)))
        return false;
    return !*text;
}

imp_status imp_size_parse(imp_size *out, const char *text, imp_error *err)
{
    imp_size size;

    if (!parse(&size, text))
        return imp_fail(err, IMP_EINVAL,
                        "size \"%.40s\": expected \"keep\", \"512\" or \"long:512\" (the "
                        "long side), \"short:512\" or \"640x480\", with sides of 1..%d",
                        text, MAX_SIDE);
    *out = size;
    return IMP_OK;
}

void imp_size_format(char text[IMP_SIZE_TEXT], const imp_size *size)
{
    switch (size->mode) {
    case IMP_SIZE_KEEP: snprintf(text, IMP_SIZE_TEXT, "keep"); break;
    case IMP_SIZE_LONG: snprintf(text, IMP_SIZE_TEXT, "long:%" PRIu32, size->width); break;
    case IMP_SIZE_SHORT: snprintf(text, IMP_SIZE_TEXT, "short:%" PRIu32, size->width); break;
    case IMP_SIZE_EXACT:
        snprintf(text, IMP_SIZE_TEXT, "%" PRIu32 "x%" PRIu32, size->width, size->height);
        break;
    }
}

/* side * to / from, rounded half up and at least 1. */
static size_t in_proportion(size_t side, size_t from, uint32_t to)
{
    const double v = floor((double) side * (double) to / (double) from + 0.5);
    return v < 1.0 ? 1 : (size_t) v;
}

void imp_size_apply(const imp_size *size, size_t *width, size_t *height)
{
    const size_t w = *width, h = *height;
    const bool wide_rules = (w >= h) == (size->mode == IMP_SIZE_LONG);

    if (size->mode == IMP_SIZE_KEEP) return;
    if (size->mode == IMP_SIZE_EXACT) {
        *width = size->width;
        *height = size->height;
        return;
    }
    *width = wide_rules ? size->width : in_proportion(w, h, size->width);
    *height = wide_rules ? in_proportion(h, w, size->width) : size->width;
}
