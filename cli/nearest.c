/* nearest.c - see nearest.h: edit distance, a transposition counted as one (Damerau, 1964). */
#include "nearest.h"

#include <string.h>

enum { LONGEST = 40 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
    size_t d[LONGEST + 1][LONGEST + 1];

    for (size_t i = 0; i <= n; i++) d[i][0] = i;
    for (size_t j = 0; j <= m; j++) d[0][j] = j;
    for (size_t i = 1; i <= n; i++)
        for (size_t j = 1; j <= m; j++) {
            const size_t change = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            d[i][j] = least(change, least(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[n][m];
}

nearest nearest_to(const char *word)
{
    const size_t n = strlen(word);

    return (nearest) { .word = word, .distance = n <= LONGEST ? n / 3 + 2 : 0 };
}

void nearest_try(nearest *near, const char *candidate)
{
    const size_t n = strlen(near->word), m = strlen(candidate);
    size_t d;

    if (n > LONGEST || m > LONGEST) return;
    d = distance(near->word, n, candidate, m);
    if (d < near->distance && d < m) {
        near->best = candidate;
        near->distance = d;
    }
}
