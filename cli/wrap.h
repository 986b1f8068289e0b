/* wrap.h - text in lines that fit the terminal. */
#ifndef IMP_WRAP_H
#define IMP_WRAP_H

/* Prints `text` on standard output from column `indent`, where the cursor stands, broken at
 * blanks; further lines begin there too. */
void wrap_text(const char *text, int indent);

#endif
