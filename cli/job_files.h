/* job_files.h - the files that one painting reads and writes. */
#ifndef IMP_JOB_FILES_H
#define IMP_JOB_FILES_H

#include "styles.h"

/* Of a job: of what is kept, of the content, of each style, of each painting. */
enum { JOB_MASKS = 2 + 2 * IMP_MAX_STYLES, JOB_MASK_NAME = 32 };

/* What mask k is called: "keep", "content", "mask-1", "style-mask-1", "mask-2" ... */
const char *job_mask_name(char name[JOB_MASK_NAME], int k);

/* No output may be an input or another output, but for the preview, which may be the picture.
 * Returns an exit status. */
int job_files_check(const options *o, const style_choices *styles);

#endif
