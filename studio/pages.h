/* pages.h - the pages and scripts, which are part of the program: tools/embed makes them. */
#ifndef STUDIO_PAGES_H
#define STUDIO_PAGES_H

#include <stddef.h>

typedef struct page {
    const char *name, *type, *tag;   /* tag: of the content */
    const unsigned char *data;
    size_t len;
} page;

/* By its file's name, NULL if there is none. */
const page *page_find(const char *name);

/* The i-th, NULL past the last one. */
const page *page_known(size_t i);

#endif
