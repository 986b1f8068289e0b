/* check_openapi.c - studio/openapi.json has the paths and methods of the server's table, and
 * no others; what it refers to is there. */
#include "check.h"

#include <ctype.h>
#include <jansson.h>

#include "studio/api.h"
#include "studio/pages.h"

static json_t *document(void)
{
    const page *p = page_find("openapi.json");

    return p ? json_loadb((const char *) p->data, p->len, JSON_REJECT_DUPLICATES, NULL) : NULL;
}

static const json_t *operation(const json_t *doc, const api_route *route)
{
    char path[128], method[16];
    size_t i = 0;

    snprintf(path, sizeof path, "/%s", route->path);
    for (; route->method[i]; i++) method[i] = (char) tolower((unsigned char) route->method[i]);
    method[i] = '\0';
    return json_object_get(json_object_get(json_object_get(doc, "paths"), path), method);
}

static void test_each_route_is_described(void)
{
    json_t *doc = document();
    const api_route *route;

    CHECK(doc != NULL);
    for (size_t i = 0; (route = api_route_known(i)); i++) {
        const json_t *o = operation(doc, route);
        if (!o)
            check_fail(__FILE__, __LINE__, "%s %s is not described", route->method,
                       route->path);
        CHECK(!o || json_is_string(json_object_get(o, "summary")));
        CHECK(!o || (route->body.most > 0) == !!json_object_get(o, "requestBody"));
    }
    json_decref(doc);
}

static void test_nothing_else_is_described(void)
{
    json_t *doc = document(), *methods, *o;
    const char *path, *method;
    size_t described = 0, routes = 0;

    while (api_route_known(routes)) routes++;
    json_object_foreach(json_object_get(doc, "paths"), path, methods)
        json_object_foreach(methods, method, o) described++;
    CHECK(described == routes);
    json_decref(doc);
}

static void check_references(const json_t *doc, const json_t *part)
{
    const json_t *value;
    const char *name;
    size_t i;

    json_object_foreach((json_t *) (uintptr_t) part, name, value) {
        const json_t *found = doc;
        char path[128], *rest = path, *word;
        if (strcmp(name, "$ref")) {
            check_references(doc, value);
            continue;
        }
        snprintf(path, sizeof path, "%s", json_string_value(value));
        CHECK(!strcmp(strsep(&rest, "/"), "#"));
        while ((word = strsep(&rest, "/"))) found = json_object_get(found, word);
        if (!found)
            check_fail(__FILE__, __LINE__, "%s is not there", json_string_value(value));
    }
    json_array_foreach(part, i, value) check_references(doc, value);
}

static void test_references(void)
{
    json_t *doc = document();

    check_references(doc, doc);
    json_decref(doc);
}

int main(void)
{
    CHECK_RUN(test_each_route_is_described);
    CHECK_RUN(test_nothing_else_is_described);
    CHECK_RUN(test_references);
    return check_done();
}
