/* line_search.h - how far to go along a direction, told by losses and slopes alone: each look
 * at a trial says to try another length, to take the trial, or to return to an earlier one. */
#ifndef IMP_LINE_SEARCH_H
#define IMP_LINE_SEARCH_H

#include <impasto/style.h>

#include "style/archive.h"

/* The loss and its derivative along the direction after a step of length t. */
typedef struct imp_trial { double t, loss, slope; } imp_trial;

typedef struct imp_search {
    imp_line_search kind;
    imp_trial start;         /* t = 0                                                      */
    imp_trial end[2];        /* of the bracket; before there is one, end[0] is the last trial
                                but the current one                                        */
    double t;                /* to be tried                                                */
    int low;                 /* the end with the lower loss                                */
    int looks;               /* trials seen                                                */
    bool bracketed;
    bool near_end;           /* the trial before this one lay near an end of the bracket   */
} imp_search;

typedef enum imp_verdict {
    IMP_SEARCH_TRY,          /* search->t                                                  */
    IMP_SEARCH_TAKE,         /* the current trial                                          */
    IMP_SEARCH_BACK          /* the search is over; the best is end[low], t = 0 if nothing
                                better than the start was found                            */
} imp_verdict;

/* Begins with the length t to be tried first. */
void imp_search_begin(imp_search *s, double loss, double slope, double t);

/* What to do after the loss and slope at s->t. *keep: this trial is the best so far that the
 * search may go back to, so its gradient is to be kept; only with Wolfe's conditions. */
imp_verdict imp_search_look(imp_search *s, double loss, double slope, bool *keep);

void imp_search_visit(imp_search *s, imp_archive *archive);

#endif
