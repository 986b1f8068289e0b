/* painter.h - what the library's own benchmark asks of a painter. */
#ifndef IMP_PAINTER_H
#define IMP_PAINTER_H

#include <impasto/style.h>

#include "base/watch.h"

/* From now on `watch` is told of the parts of each step; NULL ends that. It must outlive the
 * painter or its own end. */
void imp_painter_watch(imp_painter *painter, const imp_watch *watch);

#endif
