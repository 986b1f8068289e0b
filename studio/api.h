/* api.h - what the studio answers: the pages, and /api/v1 as openapi.json describes it. */
#ifndef STUDIO_API_H
#define STUDIO_API_H

#include <semaphore.h>

#include "studio/aside.h"
#include "studio/disk.h"
#include "studio/finder.h"
#include "studio/http.h"
#include "studio/login.h"
#include "studio/masks.h"
#include "studio/plans.h"
#include "studio/worker.h"

/* What the answers are made of; all borrowed. */
typedef struct api {
    store *store;
    pictures *pictures;
    events *events;
    disk *disk;
    worker *worker;
    masks *masks;
    finder *finder;          /* used by what `aside` does, and nothing else */
    aside *aside;
    plans *plans;            /* the same, by what `planning` does */
    aside *planning;
    login *login;
    sem_t *few;              /* of brief answers at once */
    const imp_context *ctx;
    const char *model;       /* for jobs that do not name one; NULL: as their settings say */
} api;

/* One kind of request: {...} in the path stands for any word. */
typedef struct api_route {
    const char *method, *path;
    http_body body;
    http_response *(*answer)(api *a, http_request *r);
} api_route;

/* The i-th route below /api/v1, NULL past the last one. */
const api_route *api_route_known(size_t i);

/* For http_site, with an api as its user. */
http_body api_body(void *user, const http_request *r);
http_response *api_answer(void *user, http_request *r);

#endif
