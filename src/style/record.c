/* record.c - what is added to the record of a painted picture, for people. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include <impasto/style.h>

#include "base/error.h"
#include "base/memory.h"

/* JPEG holds 65533 bytes of such things; names beyond this are not worth a picture. */
enum { INPUTS_MOST = 32768 };

/* JSON has no infinity, as losses are when a painting fails. */
static json_t *loss_json(double loss)
{
    return isfinite(loss) ? json_real(loss) : json_null();
}

static json_t *painted_json(const imp_progress *at)
{
    const imp_losses *loss = &at->loss;

    return json_pack("{s:i, s:i, s:{s:o, s:o, s:o, s:o}}", "steps", at->step, "planned",
                     at->steps, "losses", "total", loss_json(loss->total), "content",
                     loss_json(loss->content), "style", loss_json(loss->style), "tv",
                     loss_json(loss->tv));
}

/* The text of an object, which goes; NULL: no memory, or no object. Freed by free(). */
static char *text_of(json_t *object)
{
    char *text = json_is_object(object)
               ? json_dumps(object, JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6)) : NULL;

    json_decref(object);
    return text;
}

static imp_status add(imp_image *image, const char *painted, const char *inputs,
                      imp_error *err)
{
    const char *record = imp_image_settings(image);
    const char *end = record ? strrchr(record, '}') : NULL;
    const bool fits = inputs && strlen(inputs) <= INPUTS_MOST;
    imp_status status;
    char *all;

    if (!end) return imp_fail(err, IMP_EINVAL, "the picture has no record to add to");
    all = imp_strfmt("%.*s, \"painted\": %s%s%s}", (int) (end - record), record, painted,
                     fits ? ", \"inputs\": " : "", fits ? inputs : "");
    status = all ? imp_image_set_settings(image, all, err)
                 : imp_fail(err, IMP_ENOMEM, "no memory for the record");
    imp_free(all);
    return status;
}

imp_status imp_image_tell_painted(imp_image *image, const imp_progress *at, const char *inputs,
                                  imp_error *err)
{
    char *painted = text_of(painted_json(at));
    char *given = inputs ? text_of(json_loads(inputs, 0, NULL)) : NULL;
    imp_status status = IMP_OK;

    if (!painted) TRY(imp_fail(err, IMP_ENOMEM, "no memory for the record"));
    if (inputs && !given) TRY(imp_fail(err, IMP_EINVAL, "the inputs are no JSON object"));
    TRY(add(image, painted, given, err));
done:
    free(painted);
    free(given);
    return status;
}
