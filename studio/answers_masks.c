/* answers_masks.c - what is in a photograph, and masks made from it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "studio/answers.h"
#include "studio/fail.h"

/* The names of all classes are shorter than this together. */
enum { NAMES = PICTURE_NAME };

/* One look, in the thread for that. */
typedef struct job_aside {
    finder *finder;
    const picture *photo;
    finder_ask ask;
    imp_class_area areas[IMP_CLASSES];
    uint64_t pixels;
    imp_mask *mask;
    imp_status status;
    imp_error err;
} job_aside;

static http_response *busy(void)
{
    return http_error(503, "busy", "other pictures are being looked at: try again shortly");
}

static http_response *failed(const imp_error *err)
{
    return err->status == IMP_ENOMODEL ? http_error(409, "no_model", "%s", err->message)
                                       : answer_failed(err);
}

/* --- What is there ----------------------------------------------------------------------- */

static void list_objects(void *user)
{
    job_aside *j = user;

    j->status = finder_find(j->finder, j->areas, &j->pixels, j->photo, &j->err);
}

static json_t *classes_json(const job_aside *j)
{
    json_t *all = json_array();

    for (size_t i = 0; i < IMP_CLASSES; i++) {
        const imp_class_area *a = &j->areas[i];
        if (!a->pixels) continue;
        json_array_append_new(all, json_pack(
            "{s:s, s:f, s:I, s:I, s:I, s:I}", "name", imp_class_known(i)->name, "share",
            (double) a->pixels / (double) j->pixels, "x", (json_int_t) a->x, "y",
            (json_int_t) a->y, "width", (json_int_t) a->width, "height",
            (json_int_t) a->height));
    }
    return all;
}

http_response *answer_picture_objects(api *a, http_request *r)
{
    http_response *refusal;
    job_aside j = { .finder = a->finder };
    picture photo;

    if (!answer_find_picture(a, r, &photo, &refusal)) return refusal;
    j.photo = &photo;
    if (!aside_do(a->aside, list_objects, &j)) return busy();
    if (j.status != IMP_OK) return failed(&j.err);
    return http_json(200, json_pack("{s:s, s:o}", "model", finder_model(a->finder),
                                    "classes", classes_json(&j)));
}

/* --- What is asked for ------------------------------------------------------------------- */

static imp_status read_classes(finder_ask *ask, const json_t *list, imp_error *err)
{
    const size_t n = json_array_size(list);

    ask->kind = FINDER_CLASSES;
    if (!n) return studio_fail(err, IMP_EINVAL, "classes: a list of names, as \"person\"");
    for (size_t i = 0; i < n; i++) {
        const char *name = json_string_value(json_array_get(list, i));
        const int number = name ? imp_class_find(name) : -1;
        if (number < 0)
            return studio_fail(err, IMP_EINVAL, "classes: \"%.40s\" is no class; those of a "
                               "picture are told by its objects", name ? name : "");
        ask->wanted[number] = true;
    }
    return IMP_OK;
}

/* A whole number in 0..most. */
static bool read_side(size_t *out, const json_t *object, const char *name, size_t most)
{
    const json_t *value = json_object_get(object, name);
    const json_int_t n = json_integer_value(value);

    *out = n > 0 ? (size_t) n : 0;
    return json_is_integer(value) && n >= 0 && (uint64_t) n <= most;
}

static imp_status read_place(finder_ask *ask, const json_t *at, const picture *photo,
                             imp_error *err)
{
    ask->kind = FINDER_AT;
    if (json_object_size(at) == 2 && read_side(&ask->x, at, "x", photo->width - 1)
        && read_side(&ask->y, at, "y", photo->height - 1)) return IMP_OK;
    return studio_fail(err, IMP_EINVAL, "at: x in 0..%zu and y in 0..%zu, whole numbers",
                       photo->width - 1, photo->height - 1);
}

static imp_status read_subject(finder_ask *ask, const json_t *subject, const picture *photo,
                               imp_error *err)
{
    imp_box *b = &ask->box;

    ask->kind = json_is_true(subject) ? FINDER_SUBJECT : FINDER_BOX;
    if (json_is_true(subject)) return IMP_OK;
    if (json_object_size(subject) == 4 && read_side(&b->x, subject, "x", photo->width - 1)
        && read_side(&b->y, subject, "y", photo->height - 1)
        && read_side(&b->width, subject, "width", photo->width - b->x) && b->width
        && read_side(&b->height, subject, "height", photo->height - b->y) && b->height)
        return IMP_OK;
    return studio_fail(err, IMP_EINVAL, "subject: true, or x, y, width and height of a box in "
                       "the picture of %zux%zu, whole numbers", photo->width, photo->height);
}

static imp_status read_ask(finder_ask *ask, const json_t *json, const picture *photo,
                           imp_error *err)
{
    const json_t *classes = json_object_get(json, "classes");
    const json_t *at = json_object_get(json, "at");
    const json_t *subject = json_object_get(json, "subject");

    if (json_object_size(json) != 1 || !(classes || at || subject))
        return studio_fail(err, IMP_EINVAL, "one of these: classes, at, subject");
    return classes ? read_classes(ask, classes, err)
         : at ? read_place(ask, at, photo, err) : read_subject(ask, subject, photo, err);
}

/* NULL if it could be read. */
static http_response *read_body(finder_ask *ask, const http_request *r,
                                const picture *photo)
{
    http_response *refusal = NULL;
    json_t *body = answer_read_object(r, "what is wanted", &refusal);
    imp_error err;

    if (body && read_ask(ask, body, photo, &err)) refusal = answer_failed(&err);
    json_decref(body);
    return refusal;
}

/* --- The mask ---------------------------------------------------------------------------- */

/* "person, dog in photo.jpg", or without the photograph if that is too long. */
static void name_mask(char name[PICTURE_NAME], const finder_ask *ask, const picture *photo)
{
    char what[NAMES] = "main subject", whole[NAMES + PICTURE_NAME + 4];
    size_t n = 0;

    for (size_t i = 0; i < IMP_CLASSES && n < NAMES; i++)
        if (ask->wanted[i])
            n += (size_t) snprintf(what + n, NAMES - n, "%s%s", n ? ", " : "",
                                   imp_class_known(i)->name);
    n = (size_t) snprintf(whole, sizeof whole, "%s in %s", what, photo->name);
    if (*photo->name && n < PICTURE_NAME) memcpy(name, whole, n + 1);
    else memcpy(name, what, strlen(what) + 1);
}

static void make_mask(void *user)
{
    job_aside *j = user;

    j->status = finder_mask(j->finder, &j->mask, &j->ask, j->photo, &j->err);
}

static http_response *keep_mask(api *a, const imp_mask *mask, const char *name)
{
    picture p = { .role = ROLE_MASK };
    http_response *response;
    char *file = NULL;
    imp_error err;

    snprintf(p.name, sizeof p.name, "%s", name);
    if (pictures_write_mask(a->pictures, &file, &p, mask, &err)) return answer_failed(&err);
    response = answer_take_in(a, &p, file);
    remove(file);                    /* if it has not been taken */
    free(file);
    return response;
}

http_response *answer_picture_masks(api *a, http_request *r)
{
    http_response *response;
    job_aside j = { .finder = a->finder };
    char name[PICTURE_NAME];
    picture photo;

    if (!answer_find_picture(a, r, &photo, &response)) return response;
    if ((response = read_body(&j.ask, r, &photo))) return response;
    j.photo = &photo;
    if (!aside_do(a->aside, make_mask, &j)) return busy();
    if (j.status != IMP_OK) return failed(&j.err);
    name_mask(name, &j.ask, &photo);
    response = keep_mask(a, j.mask, name);
    imp_mask_free(j.mask);
    return response;
}
