/* exif_write.c - see exif_write.h. An EXIF block is a small TIFF file without a picture: a
 * header, a directory of twelve-byte entries in rising order of tags, then the values longer
 * than four bytes. */
#include "image/exif_write.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { HEADER_BYTES = 8, ENTRY_BYTES = 12, MAX_ENTRIES = 6 };
enum { INLINE_BYTES = 4, RATIONAL_BYTES = 8 };
enum { TYPE_ASCII = 2, TYPE_SHORT = 3, TYPE_RATIONAL = 5 };
enum {
    TAG_DESCRIPTION = 0x010e, TAG_ORIENTATION = 0x0112, TAG_X_RESOLUTION = 0x011a,
    TAG_Y_RESOLUTION = 0x011b, TAG_RESOLUTION_UNIT = 0x0128, TAG_SOFTWARE = 0x0131
};
enum { UPRIGHT = 1, UNIT_INCH = 2 };

typedef struct block {
    uint8_t *tiff;           /* its first byte                 */
    uint8_t *entry;          /* where the next entry goes      */
    size_t heap;             /* where the next long value goes */
} block;

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t) v;
    p[1] = (uint8_t) (v >> 8);
}

static void put32(uint8_t *p, size_t v)
{
    put16(p, (unsigned) (v & 0xffff));
    put16(p + 2, (unsigned) (v >> 16 & 0xffff));
}

static void add(block *b, unsigned tag, unsigned type, size_t count, const void *value,
                size_t bytes)
{
    put16(b->entry, tag);
    put16(b->entry + 2, type);
    put32(b->entry + 4, count);
    if (bytes <= INLINE_BYTES) {
        memcpy(b->entry + 8, value, bytes);
    } else {
        put32(b->entry + 8, b->heap);
        memcpy(b->tiff + b->heap, value, bytes);
        b->heap += bytes + bytes % 2;
    }
    b->entry += ENTRY_BYTES;
}

static void add_text(block *b, unsigned tag, const char *text)
{
    add(b, tag, TYPE_ASCII, strlen(text) + 1, text, strlen(text) + 1);
}

static void add_short(block *b, unsigned tag, unsigned v)
{
    uint8_t bytes[2];

    put16(bytes, v);
    add(b, tag, TYPE_SHORT, 1, bytes, sizeof bytes);
}

static void add_density(block *b, unsigned tag, double ppi)
{
    const size_t denominator = ppi == floor(ppi) ? 1 : 10000;
    uint8_t bytes[RATIONAL_BYTES];

    put32(bytes, (size_t) (ppi * (double) denominator + 0.5));
    put32(bytes + 4, denominator);
    add(b, tag, TYPE_RATIONAL, 1, bytes, sizeof bytes);
}

static unsigned count_entries(const imp_write_job *job)
{
    return 2u + (job->image->settings ? 1u : 0u) + (job->density_x > 0 ? 3u : 0u);
}

static void fill(block *b, const imp_write_job *job)
{
    const unsigned n = count_entries(job);

    memcpy(b->tiff, "II*\0", 4);
    put32(b->tiff + 4, HEADER_BYTES);
    put16(b->tiff + HEADER_BYTES, n);
    b->entry = b->tiff + HEADER_BYTES + 2;
    b->heap = HEADER_BYTES + 2 + n * ENTRY_BYTES + 4;   /* the four: no further directory */
    if (job->image->settings) add_text(b, TAG_DESCRIPTION, job->image->settings);
    add_short(b, TAG_ORIENTATION, UPRIGHT);
    if (job->density_x > 0) {
        add_density(b, TAG_X_RESOLUTION, job->density_x);
        add_density(b, TAG_Y_RESOLUTION, job->density_y);
        add_short(b, TAG_RESOLUTION_UNIT, UNIT_INCH);
    }
    add_text(b, TAG_SOFTWARE, IMP_SOFTWARE);
}

imp_status imp_exif_make(uint8_t **data, size_t *len, const imp_write_job *job, imp_error *err)
{
    const char *settings = job->image->settings;
    const size_t most = IMP_EXIF_PREFIX + HEADER_BYTES + 2 + MAX_ENTRIES * ENTRY_BYTES + 4
                        + 2 * RATIONAL_BYTES + sizeof IMP_SOFTWARE + 1
                        + (settings ? strlen(settings) + 2 : 0);
    block b;

    *len = 0;
    if (!(*data = imp_alloc(most, 1)))
        return imp_fail(err, IMP_ENOMEM, "%s: no memory for %zu bytes of metadata", job->name,
                        most);
    memcpy(*data, "Exif\0\0", IMP_EXIF_PREFIX);
    b.tiff = *data + IMP_EXIF_PREFIX;
    fill(&b, job);
    *len = IMP_EXIF_PREFIX + b.heap;
    return IMP_OK;
}
