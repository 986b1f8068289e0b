/* text.c - see text.h. */
#include "base/text.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- Numbers ----------------------------------------------------------------------------- */

/* A host program may have set a locale with a decimal comma. */
static locale_t plain_locale(void)
{
    return newlocale(LC_ALL_MASK, "C", (locale_t) 0);
}

bool imp_number_read(double *out, const char *text)
{
    const locale_t plain = plain_locale();
    const bool decimal = !text[strspn(text, "0123456789+-.eE")];
    char *end = NULL;
    double value;

    if (!plain) return false;
    value = strtod_l(text, &end, plain);
    freelocale(plain);
    if (!decimal || end == text || *end) return false;
    *out = value;
    return true;
}

static void write_shortest(char text[IMP_NUMBER_TEXT], double value)
{
    if (value == floor(value) && fabs(value) <= 0x1p53) {
        snprintf(text, IMP_NUMBER_TEXT, "%.0f", value);
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {   /* 17 always read back the same */
        snprintf(text, IMP_NUMBER_TEXT, "%.*g", digits, value);
        if (strtod(text, NULL) == value) return;
    }
}

void imp_number_write(char text[IMP_NUMBER_TEXT], double value)
{
    const locale_t plain = plain_locale(), before = uselocale(plain);

    write_shortest(text, value);
    uselocale(before);
    if (plain) freelocale(plain);
}

/* --- Words ------------------------------------------------------------------------------- */

/* Bytes of the UTF-8 character at s; 0 if malformed, overlong, a surrogate or too large. */
static size_t character(const char *s)
{
    static const unsigned long least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const unsigned char first = (unsigned char) *s;
    const size_t n = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3
                   : first < 0xf8 ? 4 : 0;
    unsigned long code = first & (0x7fu >> n);

    if (n < 2) return n;
    for (size_t i = 1; i < n; i++) {
        if (((unsigned char) s[i] & 0xc0) != 0x80) return 0;
        code = code << 6 | ((unsigned char) s[i] & 0x3f);
    }
    if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return 0;
    return n;
}

bool imp_text_is_utf8(const char *text)
{
    size_t n = 1;

    while (*text && (n = character(text)))
        text += n;
    return n > 0;
}

void imp_text_clean(char *text)
{
    while (*text) {
        const size_t n = character(text);
        if (n == 0 || (unsigned char) *text < 0x20 || *text == 0x7f) *text = '?';
        text += n ? n : 1;
    }
}

const char *imp_text_quote(char out[IMP_QUOTED_TEXT], const char *text)
{
    const size_t room = IMP_QUOTED_TEXT - sizeof "\"...\"", len = strlen(text);
    size_t n = len < room ? len : room;

    if (n < len)   /* keep characters whole */
        while (n > 0 && ((unsigned char) text[n] & 0xc0) == 0x80) n--;
    snprintf(out, IMP_QUOTED_TEXT, "\"%.*s%s\"", (int) n, text, n < len ? "..." : "");
    imp_text_clean(out);
    return out;
}

enum { LONGEST_WORD = 63 };

static size_t least(size_t a, size_t b, size_t c)
{
    const size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Insertions, deletions and replacements that make a into b (Levenshtein, 1966). */
static size_t edits(const char *a, const char *b)
{
    const size_t n = strlen(b);
    size_t row[LONGEST_WORD + 1];

    for (size_t j = 0; j <= n; j++) row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            const size_t above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[n];
}

imp_nearest imp_nearest_to(const char *word)
{
    return (imp_nearest) { word, NULL, strlen(word) / 4 + 2 };
}

void imp_nearest_offer(imp_nearest *nearest, const char *candidate)
{
    size_t distance;

    if (strlen(nearest->word) > LONGEST_WORD || strlen(candidate) > LONGEST_WORD) return;
    if ((distance = edits(nearest->word, candidate)) >= nearest->distance) return;
    nearest->distance = distance;
    nearest->best = candidate;
}
