/* info_record.h - what a painted picture says of its making, for people. */
#ifndef IMP_INFO_RECORD_H
#define IMP_INFO_RECORD_H

/* Prints a few lines from the record (JSON) that a picture carries, as imp_image_settings()
 * gives it; `name` is the picture's. Any program may have spoilt it. */
void info_record_print(const char *record, const char *name);

#endif
