/* fetch_url.c - into the store from an address, by libcurl. A download that breaks off is
 * taken up where it ended, in the same call while that brings something, else in the next
 * one. */
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "config.h"
#include "model/store.h"

enum { VERSION_BYTES = 256, MAX_ATTEMPTS = 100, FROM_BYTES = 1024 };

/* One download; the lower half belongs to one attempt. */
typedef struct download {
    const imp_fetch *f;
    const char *url;
    char *part;                    /* PATH.part: what has arrived                            */
    char *from;                    /* PATH.part.from: hash of the address, version           */

    CURL *curl;
    FILE *file;
    uint64_t before;               /* bytes that the part had when the attempt began         */
    uint64_t done, total;          /* bytes now, and at the end (0: not known)               */
    uint64_t range_start;          /* what the server says it sends, UINT64_MAX: not said    */
    char version[VERSION_BYTES];   /* of the part: its ETag or date, as If-Range takes it    */
    char etag[VERSION_BYTES], date[VERSION_BYTES];   /* as the answer has them               */
    bool begun;                    /* the answer's body has begun                            */
    bool changed;                  /* the file there is another one now                      */
    imp_status status;             /* why a callback ended the attempt ...                   */
    imp_error err;                 /* ... in words                                           */
} download;

static long response(const download *d)
{
    long code = 0;
    curl_easy_getinfo(d->curl, CURLINFO_RESPONSE_CODE, &code);
    return code;
}

/* --- PATH.part.from ---------------------------------------------------------------------- */

/* The version of the part, if it came from this address; false if it cannot be gone on
 * with. */
static bool read_from(download *d)
{
    char hex[IMP_SHA256_HEX], *text;
    size_t len;
    bool same;

    if (imp_file_read(&text, &len, d->from, FROM_BYTES, NULL) != IMP_OK) return false;
    imp_sha256(hex, d->url, strlen(d->url));
    same = len >= IMP_SHA256_HEX && !memcmp(text, hex, IMP_SHA256_HEX - 1)
           && text[IMP_SHA256_HEX - 1] == '\n';
    if (same) snprintf(d->version, sizeof d->version, "%s", text + IMP_SHA256_HEX);
    imp_free(text);
    return same;
}

/* If it cannot be written the next call starts anew, that is all. The address may carry a
 * password: its hash is enough to know it again. */
static void write_from(download *d)
{
    char text[IMP_SHA256_HEX + VERSION_BYTES];

    imp_sha256(text, d->url, strlen(d->url));
    snprintf(text + IMP_SHA256_HEX - 1, sizeof text - IMP_SHA256_HEX + 1, "\n%s", d->version);
    if (imp_file_write(d->from, text, strlen(text), NULL) != IMP_OK) unlink(d->from);
}

/* --- What libcurl hands over ------------------------------------------------------------- */

/* The value of the header `name`, if the line has it, without blanks around. */
static bool header_value(char value[VERSION_BYTES], const char *line, size_t len,
                         const char *name)
{
    const size_t n = strlen(name);

    if (len <= n || line[n] != ':' || strncasecmp(line, name, n)) return false;
    for (line += n + 1, len -= n + 1; len && strchr(" \t", *line); line++) len--;
    while (len && strchr(" \t\r\n", line[len - 1])) len--;
    if (len >= VERSION_BYTES) len = 0;
    memcpy(value, line, len);
    value[len] = '\0';
    return true;
}

static size_t on_header(char *line, size_t one, size_t len, void *user)
{
    download *d = user;
    char range[VERSION_BYTES];
    unsigned long long start;

    (void) one;
    if (len > 5 && !memcmp(line, "HTTP/", 5)) {   /* a redirection's headers came before */
        *d->etag = *d->date = '\0';
        d->range_start = UINT64_MAX;
    } else if (header_value(range, line, len, "Content-Range")) {
        if (sscanf(range, "bytes %llu-", &start) == 1) d->range_start = start;
    } else if (!header_value(d->etag, line, len, "ETag")) {
        header_value(d->date, line, len, "Last-Modified");
    }
    return len;
}

/* If-Range takes no weak tags. */
static const char *answered_version(const download *d)
{
    return *d->etag && strncmp(d->etag, "W/", 2) ? d->etag : d->date;
}

/* Called with the first bytes of the body: are they what was asked for? */
static bool begin(download *d)
{
    const char *version = answered_version(d);
    curl_off_t length = -1;

    d->begun = true;
    if (response(d) == 206) {
        d->changed = d->range_start != d->before
                     || (*version && *d->version && strcmp(version, d->version));
        if (d->changed) return false;
    } else if (response(d) == 200) {   /* all of it, whatever was asked for */
        if (ftruncate(fileno(d->file), 0)) {
            d->status = imp_store_unwritable(d->part, &d->err);
            return false;
        }
        d->done = 0;
        memcpy(d->version, version, strlen(version) + 1);
        write_from(d);
    } else {
        return false;
    }
    curl_easy_getinfo(d->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    d->total = length >= 0 ? d->done + (uint64_t) length : d->f->info->bytes;
    return true;
}

static size_t on_body(char *data, size_t one, size_t len, void *user)
{
    download *d = user;

    (void) one;
    if (!d->begun && !begin(d)) return 0;
    if (fwrite(data, 1, len, d->file) != len) {
        d->status = imp_store_unwritable(d->part, &d->err);
        return 0;
    }
    d->done += len;
    if (d->f->info->bytes && d->done > d->f->info->bytes) {
        d->status = imp_fail(&d->err, IMP_EFORMAT, "%s: not the file for %s: it has more than "
                             "%llu bytes; get another copy", d->url, d->f->info->name,
                             (unsigned long long) d->f->info->bytes);
        return 0;
    }
    return len;
}

static int on_progress(void *user, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                       curl_off_t up)
{
    download *d = user;

    (void) down_total, (void) down, (void) up_total, (void) up;
    if (d->status == IMP_OK) d->status = imp_fetch_report(d->f, d->done, d->total, &d->err);
    return d->status != IMP_OK;
}

/* --- One attempt ------------------------------------------------------------------------- */

static void set_transfer(download *d, char error[CURL_ERROR_SIZE])
{
    const bool https = !strncasecmp(d->url, "https:", 6);

    curl_easy_setopt(d->curl, CURLOPT_URL, d->url);
    curl_easy_setopt(d->curl, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(d->curl, CURLOPT_USERAGENT, "impasto/" IMP_VERSION);
    curl_easy_setopt(d->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(d->curl, CURLOPT_REDIR_PROTOCOLS_STR, https ? "https" : "http,https");
    curl_easy_setopt(d->curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(d->curl, CURLOPT_MAXREDIRS, 10L);
    curl_easy_setopt(d->curl, CURLOPT_NOSIGNAL, 1L);   /* there may be other threads */
    curl_easy_setopt(d->curl, CURLOPT_CONNECTTIMEOUT, d->f->patience);
    curl_easy_setopt(d->curl, CURLOPT_LOW_SPEED_TIME, d->f->patience);
    curl_easy_setopt(d->curl, CURLOPT_LOW_SPEED_LIMIT, 100L);
    curl_easy_setopt(d->curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(d->curl, CURLOPT_HEADERDATA, d);
    curl_easy_setopt(d->curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(d->curl, CURLOPT_WRITEDATA, d);
    curl_easy_setopt(d->curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(d->curl, CURLOPT_XFERINFODATA, d);
    curl_easy_setopt(d->curl, CURLOPT_NOPROGRESS, 0L);
}

/* Asks for what is missing; *headers must live as long as the transfer. */
static bool set_range(download *d, struct curl_slist **headers)
{
    char text[VERSION_BYTES + 32];

    if (!d->before) return true;
    snprintf(text, sizeof text, "%llu-", (unsigned long long) d->before);
    if (curl_easy_setopt(d->curl, CURLOPT_RANGE, text) != CURLE_OK) return false;
    if (!*d->version) return true;
    snprintf(text, sizeof text, "If-Range: %s", d->version);
    *headers = curl_slist_append(NULL, text);
    return *headers && curl_easy_setopt(d->curl, CURLOPT_HTTPHEADER, *headers) == CURLE_OK;
}

static imp_status fail_url(download *d, const char *reason, imp_error *err)
{
    const imp_model_info *info = d->f->info;

    return imp_fail(err, IMP_ENET, "%s: %s; try `impasto model fetch %s` again, or get the "
                    "file on another machine, then here `impasto model fetch %s --from %s`",
                    d->url, reason, info->name, info->name, info->file_name);
}

/* What came of it. IMP_OK without *complete: another attempt can go on from what this one
 * brought. 416 means that nothing was missing. */
static imp_status judge(bool *complete, download *d, CURLcode code, const char *said,
                        imp_error *err)
{
    const long answer = response(d);
    char reason[64];

    *complete = false;
    if (d->changed)
        return truncate(d->part, 0) ? fail_url(d, strerror(errno), err) : IMP_OK;
    if (d->status != IMP_OK)
        return imp_fail(err, d->status, "%s", d->err.message);
    if ((code == CURLE_OK && d->begun) || (answer == 416 && d->before)) {
        *complete = true;
        return IMP_OK;
    }
    if (d->begun && d->done > d->before) return IMP_OK;
    if (code != CURLE_TOO_MANY_REDIRECTS && answer && answer != 200 && answer != 206) {
        snprintf(reason, sizeof reason, "the server answered %ld", answer);
        said = reason;
    }
    return fail_url(d, *said ? said : curl_easy_strerror(code), err);
}

/* Opens the part, and forgets it if it is not known to be of this address. */
static imp_status open_part(download *d, imp_error *err)
{
    struct stat st;

    if (!read_from(d)) {
        *d->version = '\0';
        unlink(d->part);
    }
    if (!(d->file = fopen(d->part, "abe")) || fstat(fileno(d->file), &st))
        return imp_store_unwritable(d->part, err);
    d->before = d->done = (uint64_t) st.st_size;
    return IMP_OK;
}

static imp_status close_part(download *d, imp_error *err)
{
    imp_status status = IMP_OK;

    if (fflush(d->file) || fsync(fileno(d->file))) status = imp_store_unwritable(d->part, err);
    fclose(d->file);
    d->file = NULL;
    return status;
}

static imp_status attempt(bool *complete, download *d, imp_error *err)
{
    char said[CURL_ERROR_SIZE] = "";
    struct curl_slist *headers = NULL;
    imp_status status;
    CURLcode code;

    d->begun = d->changed = false;
    TRY(open_part(d, err));
    if (!(d->curl = curl_easy_init()) || !set_range(d, &headers)) {
        status = imp_fail(err, IMP_ENOMEM, "%s: no memory for a download", d->url);
        goto done;
    }
    set_transfer(d, said);
    code = curl_easy_perform(d->curl);
    if (code == CURLE_OK && !d->begun && !begin(d))   /* there was no body */
        code = CURLE_HTTP_RETURNED_ERROR;
    TRY(close_part(d, err));
    TRY(judge(complete, d, code, said, err));
done:
    if (d->file) fclose(d->file);
    d->file = NULL;
    curl_easy_cleanup(d->curl);
    d->curl = NULL;
    curl_slist_free_all(headers);
    return status;
}

/* --- The whole download ------------------------------------------------------------------ */

static imp_status complete_part(download *d, imp_error *err)
{
    imp_status status = IMP_OK;
    bool complete = false;

    for (int i = 0; i < MAX_ATTEMPTS && !complete; i++)
        TRY(attempt(&complete, d, err));
    if (!complete) status = fail_url(d, "it breaks off again and again", err);
done:
    return status;
}

/* The whole file, or what was left of it and the rest, checked and put into its place. */
static imp_status get(bool *resumed, download *d, imp_error *err)
{
    imp_status status;
    struct stat st;

    *resumed = !stat(d->part, &st) && st.st_size > 0;
    status = complete_part(d, err);
    if (status == IMP_OK)
        status = imp_store_admit(d->f->path, d->part, d->url, d->f->info, err);
    if (status == IMP_EFORMAT || (!stat(d->part, &st) && !st.st_size)) unlink(d->part);
    if (access(d->part, F_OK)) unlink(d->from);
    return status;
}

imp_status imp_fetch_url(const imp_fetch *f, const char *url, imp_error *err)
{
    download d = {.f = f, .url = url};
    imp_status status;
    bool resumed;

    TRY(imp_store_beside(&d.part, f->path, ".part", err));
    TRY(imp_store_beside(&d.from, d.part, ".from", err));
    status = get(&resumed, &d, err);
    /* The part may have been of another version, and the server no help to notice it. */
    if (status == IMP_EFORMAT && resumed) status = get(&resumed, &d, err);
done:
    imp_free(d.part);
    imp_free(d.from);
    return status;
}
