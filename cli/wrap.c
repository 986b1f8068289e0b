/* wrap.c - see wrap.h. */
#include "wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The terminal's width, 60..100; 80 if standard output is none. */
static int wrap_width(void)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    int width = 80;

    if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col) width = size.ws_col;
    else if (columns && atoi(columns) > 0) width = atoi(columns);
    return width < 60 ? 60 : width > 100 ? 100 : width;
}

void wrap_text(const char *text, int indent)
{
    const int width = wrap_width();

    for (int at = indent; *text; text += strspn(text, " ")) {
        const int n = (int) strcspn(text, " ");
        if (at > indent && at + 1 + n > width) {
            printf("\n%*s", indent, "");
            at = indent;
        }
        at += printf("%s%.*s", at > indent ? " " : "", n, text);
        text += n;
    }
    putchar('\n');
}
