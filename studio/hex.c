/* hex.c - see hex.h. */
#include "studio/hex.h"

#include <stdio.h>

void hex_of(char *text, const unsigned char *data, size_t n)
{
    for (size_t i = 0; i < n; i++) snprintf(text + 2 * i, 3, "%02x", data[i]);
}
