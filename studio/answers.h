/* answers.h - the answers to requests, by subject; api.c has the table of them. */
#ifndef STUDIO_ANSWERS_H
#define STUDIO_ANSWERS_H

#include "studio/api.h"

enum { ANSWERS_WORD = 3 };   /* the segment in which {id} or {n} stands */

/* A failed call of ours or of the library, with the status that fits it. */
http_response *answer_failed(const imp_error *err);

/* The body as a JSON object, which the caller drops; NULL if it is none, and *refusal says so,
 * calling it `what`. */
json_t *answer_read_object(const http_request *r, const char *what, http_response **refusal);

/* A word of the path or of JSON that is the id of a picture, 64 hexadecimal digits. */
bool answer_is_picture_id(const char *text);

/* A whole number of the query in least..most, or `otherwise` if it is not there. False if it
 * is anything else. */
bool answer_number(int *out, const http_request *r, const char *name, int least, int most,
                   int otherwise);

/* The index of the word in the query among `words`, which end with NULL; `otherwise` if it is
 * not there. False if it is none of them. */
bool answer_word(int *out, const http_request *r, const char *name, const char *const *words,
                 int otherwise);

/* Why a list cannot be had as the query says: its limit, and what else `which` tells of. */
http_response *answer_bad_list(const char *which);

/* Who may ask: answers_login.c. If not, *refusal says so; the other of the two tells it before
 * a body is sent, and counts nothing. */
bool answer_admits(api *a, const http_request *r, http_response **refusal);
bool answer_may_send(api *a, const http_request *r);
http_response *answer_login(api *a, http_request *r);
http_response *answer_logout(api *a, http_request *r);

/* About the server: answers_about.c. */
http_response *answer_about(api *a, http_request *r);
http_response *answer_disk(api *a, http_request *r);
http_response *answer_presets(api *a, http_request *r);
http_response *answer_params(api *a, http_request *r);
http_response *answer_params_known(api *a, http_request *r);
http_response *answer_openapi(api *a, http_request *r);

/* Takes in the picture in a file, as pictures_accept() does, if there is room. */
http_response *answer_take_in(api *a, picture *p, const char *file);

/* Pictures: answers_pictures.c. */
json_t *answer_picture_json(const picture *p);
bool answer_find_picture(api *a, const http_request *r, picture *p, http_response **refusal);
http_response *answer_picture_add(api *a, http_request *r);
http_response *answer_pictures(api *a, http_request *r);
http_response *answer_picture(api *a, http_request *r);
http_response *answer_picture_file(api *a, http_request *r);
http_response *answer_picture_thumbnail(api *a, http_request *r);

/* What is said of pictures and jobs once they are there: answers_changes.c. */
http_response *answer_picture_change(api *a, http_request *r);
http_response *answer_picture_remove(api *a, http_request *r);
http_response *answer_job_change(api *a, http_request *r);

/* What is in them, and masks made from that: answers_masks.c. */
http_response *answer_picture_objects(api *a, http_request *r);
http_response *answer_picture_masks(api *a, http_request *r);

/* What a job would take: answers_plan.c. */
http_response *answer_plan(api *a, http_request *r);

/* Reads the job that is asked for, NULL if that went well; job_free() it in any case. */
http_response *answer_read_job(api *a, const http_request *r, job *j);

/* NULL if all of its pictures are there, and its masks will do. */
http_response *answer_refuse_inputs(api *a, const job *j);

/* The job that the path names; else false, and *refusal says why. job_free() it. */
bool answer_find_job(api *a, const http_request *r, job *j, http_response **refusal);

/* What is made of that job, or why there is none. */
http_response *answer_of_job(api *a, const http_request *r,
                             http_response *(*made)(api *a, job *j));

/* Why the worker does not do what was asked; NULL if it does. */
http_response *answer_refused(answer given, const imp_error *err);

/* Jobs: answers_jobs.c; the new one by job_request.c. */
http_response *answer_job_add(api *a, http_request *r);
http_response *answer_jobs(api *a, http_request *r);
http_response *answer_job(api *a, http_request *r);
http_response *answer_job_stop(api *a, http_request *r);
http_response *answer_job_pause(api *a, http_request *r);
http_response *answer_job_continue(api *a, http_request *r);
http_response *answer_job_cancel(api *a, http_request *r);
http_response *answer_job_remove(api *a, http_request *r);

/* What is to be seen of them: answers_results.c, answers_events.c. */
http_response *answer_job_preview(api *a, http_request *r);
http_response *answer_job_result(api *a, http_request *r);
http_response *answer_job_losses(api *a, http_request *r);   /* answers_losses.c */
http_response *answer_job_events(api *a, http_request *r);
http_response *answer_events(api *a, http_request *r);

/* To take along: answers_exports.c. */
http_response *answer_job_command(api *a, http_request *r);
http_response *answer_job_export(api *a, http_request *r);

#endif
