/* exif.c - see exif.h. The layout is that of TIFF 6.0: directories of 12-byte entries. */
#include "image/exif.h"

#include <stdint.h>
#include <string.h>

enum {
    TAG_DESCRIPTION = 270, TAG_ORIENTATION = 274, TAG_X_RESOLUTION = 282,
    TAG_Y_RESOLUTION = 283, TAG_RESOLUTION_UNIT = 296, TAG_SOFTWARE = 305
};
enum { TYPE_ASCII = 2, TYPE_SHORT = 3, TYPE_RATIONAL = 5 };
enum { ENTRY = 12 };

/* The block after its header, and its byte order. Offsets count from `data`. */
typedef struct block {
    const uint8_t *data;
    size_t len;
    bool big;
} block;

static unsigned get16(const block *b, size_t at)
{
    const uint8_t *p = b->data + at;
    return b->big ? (unsigned) (p[0] << 8 | p[1]) : (unsigned) (p[1] << 8 | p[0]);
}

static uint32_t get32(const block *b, size_t at)
{
    const uint32_t first = get16(b, at), second = get16(b, at + 2);
    return b->big ? first << 16 | second : second << 16 | first;
}

static bool inside(const block *b, size_t at, size_t len)
{
    return at <= b->len && len <= b->len - at;
}

/* The numbers below read the entry at `at`, which is inside the block; 0 if it holds none. */
static unsigned entry_short(const block *b, size_t at)
{
    return get16(b, at + 2) == TYPE_SHORT ? get16(b, at + 8) : 0;
}

static double entry_rational(const block *b, size_t at)
{
    const size_t value = get32(b, at + 8);
    uint32_t divisor;

    if (get16(b, at + 2) != TYPE_RATIONAL || !inside(b, value, 8)) return 0;
    divisor = get32(b, value + 4);
    return divisor ? (double) get32(b, value) / divisor : 0;
}

/* A string of at most four bytes stands in the entry itself. */
static const char *entry_text(size_t *len, const block *b, size_t at)
{
    const size_t count = get32(b, at + 4);
    const size_t value = count <= 4 ? at + 8 : get32(b, at + 8);
    const char *text;

    if (get16(b, at + 2) != TYPE_ASCII || !inside(b, value, count)) return NULL;
    text = (const char *) b->data + value;
    *len = strnlen(text, count);
    return text;
}

static void read_entry(imp_exif *exif, unsigned *unit, const block *b, size_t at)
{
    switch (get16(b, at)) {
    case TAG_DESCRIPTION:
        exif->description = entry_text(&exif->description_len, b, at);
        break;
    case TAG_SOFTWARE:
        exif->software = entry_text(&exif->software_len, b, at);
        break;
    case TAG_ORIENTATION:
        if (entry_short(b, at) - 1u < 8) exif->orientation = (int) entry_short(b, at);
        break;
    case TAG_X_RESOLUTION:
        exif->density_x = entry_rational(b, at);
        break;
    case TAG_Y_RESOLUTION:
        exif->density_y = entry_rational(b, at);
        break;
    case TAG_RESOLUTION_UNIT:
        *unit = entry_short(b, at);
        break;
    }
}

static bool open_block(block *b, const uint8_t *data, size_t len)
{
    if (len >= 6 && !memcmp(data, "Exif\0", 6)) data += 6, len -= 6;
    *b = (block) { data, len, len > 0 && data[0] == 'M' };
    return len >= 8 && (!memcmp(data, "II", 2) || !memcmp(data, "MM", 2)) && get16(b, 2) == 42;
}

void imp_exif_read(imp_exif *exif, const void *data, size_t len)
{
    unsigned unit = 2;
    size_t at, entries;
    block b;

    *exif = (imp_exif) { .orientation = 1 };
    if (!open_block(&b, data, len) || !inside(&b, at = get32(&b, 4), 2)) return;
    entries = get16(&b, at);
    at += 2;
    for (size_t i = 0; i < entries && inside(&b, at, ENTRY); i++, at += ENTRY)
        read_entry(exif, &unit, &b, at);
    exif->density_x = imp_exif_density(exif->density_x, unit);
    exif->density_y = imp_exif_density(exif->density_y, unit);
}

double imp_exif_density(double resolution, unsigned unit)
{
    return unit == 2 ? resolution : unit == 3 ? resolution * 2.54 : 0;
}

bool imp_exif_is_ours(const char *software, size_t len)
{
    static const char name[] = "impasto";
    return software && len >= sizeof name - 1 && !memcmp(software, name, sizeof name - 1);
}
