/* pages.c - see pages.h. */
#include "studio/pages.h"

#include <string.h>

const page *page_find(const char *name)
{
    const page *p;

    for (size_t i = 0; (p = page_known(i)); i++)
        if (!strcmp(p->name, name)) return p;
    return NULL;
}
