/* confine.h - this process gives away what decoding a picture does not need, for good. */
#ifndef STUDIO_CONFINE_H
#define STUDIO_CONFINE_H

#include <stdbool.h>
#include <stdint.h>

/* Keeps standard input, output and error; afterwards the process has so many seconds of the
 * processor, writes files of at most so many bytes, opens none, starts nothing, and is the
 * first to go where memory is short. False if the system does not grant that. */
bool confine(unsigned seconds, uint64_t file_bytes);

#endif
