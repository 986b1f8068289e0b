/* save.c - from a picture to a file: the format, what it can hold, and whether the file can be
 * written. See impasto/image.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "image/srgb_profile.h"
#include "image/write.h"

#define ENDINGS ".jpg, .jpeg, .png, .webp, .tif or .tiff"

typedef struct format {
    imp_format id;
    const char *name;
    const char *ending[2];
    int depth, max_depth;        /* bits a channel: by default, at most */
    size_t max_side;
    imp_writer *write;           /* NULL if left out of this build */
} format;

#if !IMP_HAVE_WEBP
#define imp_write_webp NULL
#endif
#if !IMP_HAVE_TIFF
#define imp_write_tiff NULL
#endif

static const format formats[] = {
    { IMP_FORMAT_JPEG, "JPEG", { ".jpg", ".jpeg" }, 8, 8, 65500, imp_write_jpeg },
    { IMP_FORMAT_PNG, "PNG", { ".png", ".png" }, 8, 16, INT32_MAX, imp_write_png },
    { IMP_FORMAT_WEBP, "WebP", { ".webp", ".webp" }, 8, 8, 16383, imp_write_webp },
    { IMP_FORMAT_TIFF, "TIFF", { ".tif", ".tiff" }, 16, 16, INT32_MAX, imp_write_tiff }
};

enum { N_FORMATS = sizeof formats / sizeof *formats };

static bool is_stream(const char *path)
{
    return !strcmp(path, "-");
}

static const char *name_of(const char *path)
{
    return is_stream(path) ? "standard output" : path;
}

void imp_save_params_init(imp_save_params *params)
{
    *params = (imp_save_params) { .format = IMP_FORMAT_AUTO, .depth = 0, .quality = 95 };
}

/* --- Which format, and whether the parameters fit it ------------------------------------- */

static const format *format_by_id(imp_format id)
{
    for (size_t i = 0; i < N_FORMATS; i++)
        if (formats[i].id == id) return &formats[i];
    return NULL;
}

static const format *format_by_ending(const char *path)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');

    for (size_t i = 0; dot && i < N_FORMATS; i++)
        if (!strcasecmp(dot, formats[i].ending[0]) || !strcasecmp(dot, formats[i].ending[1]))
            return &formats[i];
    return NULL;
}

static imp_status find_format(const format **out, const char *path, imp_format id,
                              imp_error *err)
{
    if (id != IMP_FORMAT_AUTO) {
        if ((*out = format_by_id(id))) return IMP_OK;
        return imp_fail(err, IMP_EINVAL, "%s: format %d is unknown", name_of(path), (int) id);
    }
    *out = is_stream(path) ? format_by_id(IMP_FORMAT_PNG) : format_by_ending(path);
    if (*out) return IMP_OK;
    return imp_fail(err, IMP_EINVAL,
                    "%s: the name's ending does not say the format: expected " ENDINGS, path);
}

/* The format, and the depth that it comes to. */
static imp_status resolve(const format **out, int *depth, const char *path,
                          const imp_save_params *params, imp_error *err)
{
    const char *name = name_of(path);
    imp_status status = find_format(out, path, params->format, err);
    const format *f = *out;

    if (status != IMP_OK) return status;
    if (!f->write)
        return imp_fail(err, IMP_EUNSUPPORTED,
                        "%s: %s was left out of this build: save as PNG", name, f->name);
    *depth = params->depth ? params->depth : f->depth;
    if (*depth != 8 && *depth != 16)
        return imp_fail(err, IMP_EINVAL, "%s: depth %d: expected 8 or 16 bits a channel", name,
                        *depth);
    if (*depth > f->max_depth)
        return imp_fail(err, IMP_EINVAL,
                        "%s: %s holds 8 bits a channel: save 16 as PNG or TIFF", name,
                        f->name);
    if (params->quality < 1 || params->quality > 100)
        return imp_fail(err, IMP_EINVAL, "%s: quality %d: expected 1..100", name,
                        params->quality);
    return IMP_OK;
}

/* --- Encoding ---------------------------------------------------------------------------- */

/* Densities that every format can hold; anything else counts as unknown. */
static bool is_density(double ppi)
{
    return ppi >= 0.01 && ppi <= 100000.0;
}

static imp_status encode(void **data, size_t *len, const imp_image *image, const char *path,
                         const imp_save_params *params, imp_error *err)
{
    imp_write_job job = { .image = image, .name = name_of(path), .quality = params->quality };
    const format *f;
    imp_status status = resolve(&f, &job.depth, path, params, err);

    if (status != IMP_OK) return status;
    if (image->width > f->max_side || image->height > f->max_side)
        return imp_fail(err, IMP_ELIMIT,
                        "%s: %s holds sides up to %zu, and this picture has %zu x %zu: "
                        "save as %s", job.name, f->name, f->max_side, image->width,
                        image->height, f->id == IMP_FORMAT_PNG ? "TIFF" : "PNG");
    if (is_density(image->density_x) && is_density(image->density_y)) {
        job.density_x = image->density_x;
        job.density_y = image->density_y;
    }
    if ((status = imp_srgb_profile(&job.icc, &job.icc_len, err)) == IMP_OK)
        status = f->write(data, len, &job, err);
    imp_free(job.icc);
    return status;
}

imp_status imp_image_encode(void **data, size_t *len, const imp_image *image,
                            const imp_save_params *params, imp_error *err)
{
    *data = NULL;
    *len = 0;
    if (params->format == IMP_FORMAT_AUTO)
        return imp_fail(err, IMP_EINVAL, "picture: encoding into memory needs a format");
    return encode(data, len, image, "picture", params, err);
}

/* --- Destinations ------------------------------------------------------------------------ */

/* The folder that `path` lies in; the caller frees it. NULL if there is no memory. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash) return imp_strdup(".");
    return slash == path ? imp_strdup("/") : imp_strfmt("%.*s", (int) (slash - path), path);
}

static imp_status check_folder(const char *path, const char *folder, imp_error *err)
{
    struct stat st;

    if (stat(folder, &st))
        return imp_fail(err, IMP_EIO, "%s: cannot be written: the folder %s: %s", path, folder,
                        strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return imp_fail(err, IMP_EIO, "%s: cannot be written: %s is not a folder", path,
                        folder);
    return IMP_OK;
}

/* Makes and removes a file beside `path`, as imp_file_write() will: the only sure answer. */
static imp_status try_file(const char *path, imp_error *err)
{
    char *trial = imp_strfmt("%s.XXXXXX", path);
    imp_status status = IMP_OK;
    int fd;

    if (!trial) return imp_fail(err, IMP_ENOMEM, "%s: no memory for its name", path);
    if ((fd = mkostemp(trial, O_CLOEXEC)) < 0) {
        status = imp_fail(err, IMP_EIO, "%s: cannot be written: %s", path, strerror(errno));
    } else {
        unlink(trial);
        close(fd);
    }
    imp_free(trial);
    return status;
}

/* Whether a file can be there: it is not a folder, not read-only, and its folder takes new
 * files. */
static imp_status check_target(const char *path, imp_error *err)
{
    struct stat st;
    const bool exists = !is_stream(path) && !stat(path, &st);
    char *target, *folder;
    imp_status status;

    if (is_stream(path)) return IMP_OK;
    if (exists && S_ISDIR(st.st_mode))
        return imp_fail(err, IMP_EIO, "%s: is a folder, not a file", path);
    if (exists && access(path, W_OK))
        return imp_fail(err, IMP_EIO, "%s: is there and cannot be replaced: %s", path,
                        strerror(errno));
    if (exists && !S_ISREG(st.st_mode)) return IMP_OK;
    target = realpath(path, NULL);
    folder = folder_of(target ? target : path);
    status = folder ? check_folder(path, folder, err)
                    : imp_fail(err, IMP_ENOMEM, "%s: no memory for its name", path);
    if (status == IMP_OK) status = try_file(target ? target : path, err);
    imp_free(folder);
    free(target);
    return status;
}

imp_status imp_image_save(const imp_image *image, const char *path,
                          const imp_save_params *params, imp_error *err)
{
    imp_save_params defaults;
    void *data = NULL;
    size_t len = 0;
    imp_status status;

    imp_save_params_init(&defaults);
    TRY(imp_image_can_save(path, params, err));
    TRY(encode(&data, &len, image, path, params ? params : &defaults, err));
    TRY(imp_file_write(path, data, len, err));

done:
    imp_data_free(data);
    return status;
}

imp_status imp_image_can_save(const char *path, const imp_save_params *params, imp_error *err)
{
    imp_save_params defaults;
    const format *f;
    imp_status status;
    int depth;

    imp_save_params_init(&defaults);
    status = resolve(&f, &depth, path, params ? params : &defaults, err);
    return status == IMP_OK ? check_target(path, err) : status;
}
