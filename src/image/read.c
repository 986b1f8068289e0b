/* read.c - which format a file is in, and the way from a file to a picture. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "image/read.h"

/* How the files of one kind begin: `len` bytes of `magic` at `at`. */
typedef struct signature {
    size_t at, len;
    const char *magic;
    imp_reader *read;        /* NULL: known by name only */
    const char *name;
} signature;

static const signature known[] = {
    { 0, 3, "\xff\xd8\xff", imp_read_jpeg, "JPEG" },
    { 0, 8, "\x89PNG\r\n\x1a\n", imp_read_png, "PNG" },
    { 8, 4, "WEBP", imp_read_webp, "WebP" },
    { 0, 4, "II*\0", imp_read_tiff, "TIFF" },
    { 0, 4, "MM\0*", imp_read_tiff, "TIFF" },
    { 0, 4, "II+\0", imp_read_tiff, "TIFF" },
    { 0, 4, "MM\0+", imp_read_tiff, "TIFF" },
    { 0, 4, "GIF8", NULL, "a GIF picture" },
    { 0, 2, "BM", NULL, "a BMP picture" },
    { 4, 8, "ftypavif", NULL, "an AVIF picture" },
    { 4, 8, "ftypavis", NULL, "an AVIF animation" },
    { 4, 7, "ftyphei", NULL, "a HEIC picture" },
    { 4, 7, "ftyphev", NULL, "a HEIC picture" },
    { 4, 8, "ftypmif1", NULL, "a HEIF picture" },
    { 4, 8, "ftypmsf1", NULL, "a HEIF picture" },
    { 4, 8, "ftypcrx ", NULL, "a Canon raw picture" },
    { 4, 4, "ftyp", NULL, "a video" },
    { 0, 2, "\xff\x0a", NULL, "a JPEG XL picture" },
    { 0, 8, "\0\0\0\x0cJXL ", NULL, "a JPEG XL picture" },
    { 0, 8, "\0\0\0\x0cjP  ", NULL, "a JPEG 2000 picture" },
    { 0, 4, "\xff\x4f\xff\x51", NULL, "a JPEG 2000 picture" },
    { 0, 4, "8BPS", NULL, "a Photoshop document" },
    { 0, 8, "gimp xcf", NULL, "a GIMP document" },
    { 0, 4, "\x76\x2f\x31\x01", NULL, "an OpenEXR picture" },
    { 0, 10, "#?RADIANCE", NULL, "a Radiance picture" },
    { 0, 4, "DDS ", NULL, "a DDS texture" },
    { 0, 4, "qoif", NULL, "a QOI picture" },
    { 0, 4, "\0\0\1\0", NULL, "a Windows icon" },
    { 0, 5, "%PDF-", NULL, "a PDF document" },
    { 0, 2, "%!", NULL, "a PostScript document" },
    { 0, 4, "PK\3\4", NULL, "a ZIP archive" },
    { 0, 2, "\x1f\x8b", NULL, "a gzip archive" },
    { 0, 4, "<svg", NULL, "an SVG drawing" },
    { 0, 5, "<?xml", NULL, "an XML document (SVG?)" },
    { 0, 14, "<!DOCTYPE html", NULL, "a web page, not a picture" },
    { 0, 5, "<html", NULL, "a web page, not a picture" },
};

static const signature *recognise(const imp_source *source)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const signature *s = known + i;
        if (source->len >= s->at + s->len && !memcmp(source->data + s->at, s->magic, s->len))
            return s;
    }
    return NULL;
}

/* PNM has no fixed bytes but a pattern: P1 ... P7 and white space. */
static bool is_pnm(const imp_source *source)
{
    return source->len > 2 && source->data[0] == 'P' && source->data[1] >= '1'
           && source->data[1] <= '7' && isspace(source->data[2]);
}

static imp_status refuse(const imp_source *source, const signature *s, imp_error *err)
{
    const char *name = s ? s->name : is_pnm(source) ? "a PNM picture" : NULL;

    if (name)
        return imp_fail(err, IMP_EFORMAT, "%s: is %s; impasto reads JPEG, PNG, WebP and TIFF: "
                        "convert it to one of them", source->name, name);
    return imp_fail(err, IMP_EFORMAT,
                    "%s: is not a picture that impasto knows: it reads JPEG, PNG, WebP, TIFF",
                    source->name);
}

static imp_status decode(imp_image **out, const imp_source *source, imp_error *err)
{
    const signature *s = recognise(source);
    imp_raster raster = { .orientation = 1, .alpha = -1 };
    imp_status status;

    if (!s || !s->read) return refuse(source, s, err);
    TRY(s->read(&raster, source, err));
    TRY(imp_raster_to_image(out, &raster, source, err));

done:
    imp_raster_clear(&raster);
    return status;
}

imp_status imp_image_decode(imp_image **out, const void *data, size_t len, const char *name,
                            const imp_image_limits *limits, imp_error *err)
{
    imp_image_limits defaults;
    imp_source source = { data, len, name, limits };

    *out = NULL;
    if (!limits) {
        imp_image_limits_init(&defaults);
        source.limits = &defaults;
    }
    if (!len) return imp_fail(err, IMP_EFORMAT, "%s: is empty", name);
    if (len > source.limits->max_bytes)
        return imp_fail(err, IMP_ELIMIT, "%s: %zu bytes are more than %llu; raise max-bytes",
                        name, len, (unsigned long long) source.limits->max_bytes);
    return decode(out, &source, err);
}

imp_status imp_image_load(imp_image **out, const char *path, const imp_image_limits *limits,
                          imp_error *err)
{
    const char *name = strcmp(path, "-") ? path : "standard input";
    imp_image_limits defaults;
    imp_status status;
    char *data;
    size_t len;

    *out = NULL;
    imp_image_limits_init(&defaults);
    if (!limits) limits = &defaults;
    status = imp_file_read(
        &data, &len, path,
        limits->max_bytes < SIZE_MAX ? (size_t) limits->max_bytes : SIZE_MAX, err);
    if (status != IMP_OK) return status;
    status = imp_image_decode(out, data, len, name, limits, err);
    imp_free(data);
    return status;
}
