/* exif.h - the few fields of an EXIF block that a picture needs. */
#ifndef IMP_EXIF_H
#define IMP_EXIF_H

#include <stdbool.h>
#include <stddef.h>

typedef struct imp_exif {
    int orientation;               /* 1..8; 1 if absent or nonsense          */
    double density_x, density_y;   /* pixels per inch, 0 if unknown          */
    const char *software;          /* inside the block, no zero at their end */
    size_t software_len;
    const char *description;
    size_t description_len;
} imp_exif;

/* Reads the first directory of a block in either byte order, "Exif\0\0" before it or not. A
 * damaged block gives as much as could be read. The strings live as long as the block. */
void imp_exif_read(imp_exif *exif, const void *block, size_t len);

/* Pixels per inch from a resolution in EXIF's and TIFF's unit (2 inch, 3 centimetre); 0 if the
 * unit is another one. */
double imp_exif_density(double resolution, unsigned unit);

/* Whether `software` names this program, so that the description beside it is settings. */
bool imp_exif_is_ours(const char *software, size_t len);

#endif
