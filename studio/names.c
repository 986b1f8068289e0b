/* names.c - see names.h. */
#include "studio/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "studio/fail.h"

enum { STEM = 100, PART = 48 };   /* bytes of a name before its ending, of one among others */

/* --- One name ---------------------------------------------------------------------------- */

/* Of the character that begins with this byte. */
static size_t width_of(unsigned char c)
{
    return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* Control characters, those without a width or that turn the order of others, and what means
 * something to file systems, shells or impasto. */
static bool is_bad(const unsigned char *c)
{
    if (*c < 0x80) return *c < ' ' || *c == 0x7f || strchr("/\\:*?\"<>|@#,;$`!&", *c);
    if (*c == 0xc2) return c[1] < 0xa0;
    if (*c != 0xe2 || (c[1] | 1) != 0x81) return false;
    return c[1] == 0x80 ? (c[2] >= 0x8b && c[2] <= 0x8f) || (c[2] >= 0xa8 && c[2] <= 0xae)
                        : c[2] >= 0xa0 && c[2] <= 0xaf;
}

/* At most `most` bytes of UTF-8 with nothing bad in them, nor a sign at the beginning that
 * would hide a file or make an option of it; `otherwise` if nothing is left. */
static void clean(char *out, size_t most, const char *text, size_t len, const char *otherwise)
{
    const unsigned char *c = (const unsigned char *) text, *end = c + len;
    size_t n = 0, width;

    for (; c < end && c + (width = width_of(*c)) <= end && n + width <= most; c += width) {
        const size_t taken = is_bad(c) ? 1 : width;
        memcpy(out + n, is_bad(c) ? (const unsigned char *) "_" : c, taken);
        if (n || !strchr("._-~ ", out[0])) n += taken;
    }
    while (n && strchr("._- ", out[n - 1])) n--;
    out[n] = '\0';
    if (!n) snprintf(out, most + 1, "%s", otherwise);
}

/* The name without the ending of a picture. */
static size_t stem_length(const char *name)
{
    static const char *const endings[] = { ".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff" };
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (!strcasecmp(dot, endings[i])) return (size_t) (dot - name);
    return strlen(name);
}

static void stem_of(char *out, size_t most, const picture *p)
{
    clean(out, most, p->name, stem_length(p->name), picture_role_name(p->role));
}

static const char *ending_of(const picture *p)
{
    return !strcmp(p->type, "image/jpeg") ? ".jpg" : !strcmp(p->type, "image/png") ? ".png"
         : !strcmp(p->type, "image/webp") ? ".webp" : ".tif";
}

void picture_file_name(char out[FILE_NAME], const picture *p)
{
    stem_of(out, STEM, p);
    strcat(out, ending_of(p));
}

/* --- Those of a job ---------------------------------------------------------------------- */

const char *job_names_find(const job_names *names, const char *id)
{
    for (int i = 0; i < names->n; i++)
        if (!strcmp(names->file[i].picture.id, id)) return names->file[i].name;
    return NULL;
}

static bool is_taken(const job_names *names, const char *name)
{
    const size_t n = strlen(names->result);

    if (!strcasecmp(name, "params.json") || !strcasecmp(name, "command.txt")
        || (!strncasecmp(name, names->result, n) && name[n] == '.')) return true;
    for (int i = 0; i < names->n; i++)
        if (!strcasecmp(name, names->file[i].name)) return true;
    return false;
}

static void add(job_names *names, const picture *p)
{
    char stem[STEM + 1], name[FILE_NAME];

    stem_of(stem, STEM, p);
    snprintf(name, sizeof name, "%s%s", stem, ending_of(p));
    for (int k = 2; is_taken(names, name); k++)
        snprintf(name, sizeof name, "%s-%d%s", stem, k, ending_of(p));
    names->file[names->n].picture = *p;
    memcpy(names->file[names->n++].name, name, sizeof name);
}

/* What its owner calls it, else the photograph's and the paintings' names. */
static imp_status name_result(job_names *out, store *s, const job *j, imp_error *err)
{
    char part[PART + 1];
    size_t n = 0;
    bool found;
    picture p;
    imp_status status = IMP_OK;

    if (*j->name) clean(out->result, STEM, j->name, strlen(j->name), "picture");
    for (int i = -1; !*j->name && i < j->styles && n + PART + 1 < STEM; i++) {
        TRY(store_picture_find(s, &p, &found, i < 0 ? j->photo : j->style[i].picture, err));
        if (!found) continue;
        stem_of(part, PART, &p);
        n += (size_t) sprintf(out->result + n, "%s%s", n ? "-" : "", part);
    }

done:
    return status;
}

imp_status job_names_of(job_names *out, store *s, const job *j, imp_error *err)
{
    bool found;
    job_picture of;
    picture p;
    imp_status status;

    *out = (job_names) { .n = 0 };
    TRY(name_result(out, s, j, err));
    for (int k = 0; job_picture_known(&of, j, k) && out->n < JOB_PICTURES; k++) {
        if (!*of.id || job_names_find(out, of.id)) continue;
        TRY(store_picture_find(s, &p, &found, of.id, err));
        if (!found) status = studio_fail(err, IMP_EIO, "a picture of the job is gone");
        TRY(status);
        add(out, &p);
    }

done:
    return status;
}
