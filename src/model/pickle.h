/* pickle.h - a reader of Python's pickles that executes nothing.
 *
 * A pickle is a program for a small stack machine. This one knows the instructions that files
 * of weights are made of (protocols 2 to 5), builds plain values, and asks its host about each
 * name, call and persistent id; the host answers with a value or refuses. Memory, memo and the
 * nesting of marks are bounded, and no function here calls itself. */
#ifndef IMP_PICKLE_H
#define IMP_PICKLE_H

#include "model/reader.h"

typedef enum imp_value_kind {
    IMP_VALUE_NONE, IMP_VALUE_BOOL, IMP_VALUE_INT, IMP_VALUE_LONG, IMP_VALUE_REAL,
    IMP_VALUE_TEXT, IMP_VALUE_TUPLE, IMP_VALUE_LIST, IMP_VALUE_DICT, IMP_VALUE_HOST
} imp_value_kind;

typedef struct imp_value imp_value;

/* Values in a row; grows within the pickle's memory. */
typedef struct imp_values { imp_value **at; size_t n, room; } imp_values;

struct imp_value {
    imp_value_kind kind;
    union {
        int64_t integer;     /* BOOL, INT                                        */
        double real;
        imp_text text;       /* TEXT; LONG: the little-endian bytes of a wide integer */
        imp_values list;     /* TUPLE, LIST; DICT: key, value, key, value, ...   */
        struct { int tag; const void *p; } host;   /* whatever the host made     */
    } u;
};

typedef struct imp_pickle imp_pickle;

/* Who says what names mean. Each returns IMP_EFORMAT with a message to refuse. */
typedef struct imp_pickle_host {
    void *user;
    imp_status (*global)(void *user, imp_pickle *p, imp_value **out, imp_text module,
                         imp_text name);
    imp_status (*call)(void *user, imp_pickle *p, imp_value **out, const imp_value *callee,
                       const imp_value *arguments);
    imp_status (*persistent)(void *user, imp_pickle *p, imp_value **out, const imp_value *id);
} imp_pickle_host;

/* A run of pickles that lie one behind the other in `data`, which must outlive it. Values live
 * until imp_pickle_free(). */
imp_status imp_pickle_new(imp_pickle **out, imp_reader *r, const imp_pickle_host *host,
                          const uint8_t *data, size_t len);
void imp_pickle_free(imp_pickle *p);

/* Runs the next pickle and hands out its value. IMP_EFORMAT, IMP_ELIMIT, IMP_ENOMEM. */
imp_status imp_pickle_next(imp_pickle *p, const imp_value **value);

/* Bytes read so far: where what follows the pickles begins. */
size_t imp_pickle_offset(const imp_pickle *p);

/* --- For hosts --------------------------------------------------------------------------- */

/* Zeroed memory that lives as long as the pickle. Errors: IMP_ELIMIT, IMP_ENOMEM. */
imp_status imp_pickle_alloc(imp_pickle *p, void **out, size_t bytes);

imp_status imp_pickle_value(imp_pickle *p, imp_value **out, imp_value_kind kind);
imp_status imp_pickle_push(imp_pickle *p, imp_values *list, imp_value *value);

/* An integer in 0..SIZE_MAX; false for anything else. */
bool imp_value_size(const imp_value *v, size_t *n);

#endif
