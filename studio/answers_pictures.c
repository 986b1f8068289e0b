/* answers_pictures.c - pictures: they come in, are listed and shown. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "studio/answers.h"
#include "studio/names.h"

json_t *answer_picture_json(const picture *p)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:f}", "id", p->id, "name", p->name,
                     "role", picture_role_name(p->role), "type", p->type, "width",
                     (json_int_t) p->width, "height", (json_int_t) p->height, "bytes",
                     (json_int_t) p->bytes, "created", p->created);
}

static int digit(char c)
{
    return isdigit((unsigned char) c) ? c - '0' : (c | 32) - 'a' + 10;
}

/* A percent-encoded name without control characters; "" if it is too long or not UTF-8. */
static void read_name(char name[PICTURE_NAME], const char *text)
{
    size_t n = 0;
    json_t *valid;

    *name = '\0';
    if (!text || strlen(text) > 3 * PICTURE_NAME) return;
    for (; *text && n + 1 < PICTURE_NAME; text++) {
        char c = *text;
        if (c == '%' && isxdigit((unsigned char) text[1])
            && isxdigit((unsigned char) text[2])) {
            c = (char) (16 * digit(text[1]) + digit(text[2]));
            text += 2;
        }
        if ((unsigned char) c >= ' ' && c != 0x7f) name[n++] = c;
    }
    name[*text ? 0 : n] = '\0';
    if (!(valid = json_string(name))) *name = '\0';
    json_decref(valid);
}

/* That the query names; pictures if it names none. False if there is no such role. */
static bool read_role(picture_role *role, const http_request *r)
{
    const char *name = http_query(r, "role");

    return picture_role_find(role, name ? name : picture_role_name(ROLE_PICTURE));
}

static http_response *no_role(void)
{
    return http_error(400, "role", "role is picture or mask");
}

/* NULL if there can be room for the picture, or it is there already. */
static http_response *check_room(api *a, const picture *p)
{
    picture known;
    bool found;
    imp_error err;

    if (store_picture_find(a->store, &known, &found, p->id, &err)) return answer_failed(&err);
    if (found) return NULL;
    switch (disk_check(a->disk, p->bytes, &err)) {
    case IMP_OK: return NULL;
    case IMP_ELIMIT: return http_error(507, "disk", "%s", err.message);
    default: return answer_failed(&err);
    }
}

http_response *answer_take_in(api *a, picture *p, const char *file)
{
    store_spared spare = { 0 };
    http_response *refusal = check_room(a, p);
    bool is_new;
    imp_error err;

    if (refusal) return refusal;
    memcpy(spare.picture, p->id, sizeof spare.picture);
    if (pictures_accept(a->pictures, p, &is_new, file, &err)
        || disk_make_room(a->disk, &spare, &err)) return answer_failed(&err);
    return http_json(is_new ? 201 : 200, answer_picture_json(p));
}

http_response *answer_picture_add(api *a, http_request *r)
{
    picture p = { .bytes = r->file_bytes };

    if (!read_role(&p.role, r)) return no_role();
    if (!r->file_bytes) return http_error(400, "empty", "the picture's bytes are missing");
    snprintf(p.id, sizeof p.id, "%s", r->sha256);
    read_name(p.name, http_header(r, "X-Name"));
    return answer_take_in(a, &p, r->file);
}

http_response *answer_pictures(api *a, http_request *r)
{
    const char *before = http_query(r, "before");
    picture_role role;
    json_t *list;
    imp_error err;
    picture *all, last;
    bool found = true;
    size_t n;
    int limit;

    if (!answer_number(&limit, r, "limit", 1, STORE_LISTED, STORE_LISTED)
        || (before && !answer_is_picture_id(before)))
        return answer_bad_list("before is a picture's id");
    if (!read_role(&role, r)) return no_role();
    if (before && store_picture_find(a->store, &last, &found, before, &err))
        return answer_failed(&err);
    if (!found) return http_error(422, "no_picture", "before: there is no picture %s", before);
    if (store_pictures(a->store, &all, &n, role, before, limit, &err))
        return answer_failed(&err);
    list = json_array();
    for (size_t i = 0; i < n; i++) json_array_append_new(list, answer_picture_json(&all[i]));
    free(all);
    return http_json(200, list);
}

/* The picture that the path names; else false, and *refusal says why. */
bool answer_find_picture(api *a, const http_request *r, picture *p, http_response **refusal)
{
    const char *id = r->segment[ANSWERS_WORD];
    bool found = false;
    imp_error err;

    if (answer_is_picture_id(id) && store_picture_find(a->store, p, &found, id, &err))
        *refusal = answer_failed(&err);
    else if (!found) *refusal = http_error(404, "no_picture", "there is no such picture");
    return found;
}

http_response *answer_picture(api *a, http_request *r)
{
    http_response *refusal;
    picture p;

    return answer_find_picture(a, r, &p, &refusal) ? http_json(200, answer_picture_json(&p))
                                                   : refusal;
}

http_response *answer_picture_file(api *a, http_request *r)
{
    http_response *response;
    picture p;
    char *path, name[FILE_NAME];

    if (!answer_find_picture(a, r, &p, &response)) return response;
    if (!(path = store_path(a->store, "pictures", p.id, ""))) return NULL;
    response = http_file(p.type, path);
    free(path);
    picture_file_name(name, &p);
    return http_named(http_forever(http_tag(response, "%s", p.id)), false, name);
}

/* Of a side of which none is kept. */
static http_response *made_thumbnail(api *a, const picture *p, int side)
{
    imp_error err;
    void *data;
    size_t len;

    if (pictures_thumbnail(a->pictures, &data, &len, p->id, side, &err))
        return answer_failed(&err);
    return http_data("image/jpeg", data, len, imp_data_free);
}

http_response *answer_picture_thumbnail(api *a, http_request *r)
{
    http_response *response;
    imp_error err;
    char *path;
    picture p;
    int side;

    if (!answer_number(&side, r, "side", THUMBNAIL_LEAST, THUMBNAIL_MOST, THUMBNAIL_SMALL))
        return http_error(400, "side", "side is a whole number, %d to %d", THUMBNAIL_LEAST,
                          THUMBNAIL_MOST);
    if (!answer_find_picture(a, r, &p, &response)) return response;
    if (pictures_renew_thumbnails(a->pictures, &p, &err)) return answer_failed(&err);
    path = pictures_thumbnail_file(a->pictures, &p, side);
    response = path ? http_file("image/jpeg", path) : made_thumbnail(a, &p, side);
    free(path);
    return http_forever(http_tag(response, "%s-%d", p.id, side));
}
