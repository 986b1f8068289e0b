/* decoder_reply.h - what a decoding process writes: this, then (if status is IMP_OK) the
 * pixels as floats, the alpha if it has one, and the settings. */
#ifndef STUDIO_DECODER_REPLY_H
#define STUDIO_DECODER_REPLY_H

#include <impasto/base.h>

enum { DECODER_SETTINGS = 1 << 20, DECODER_SECONDS = 60 };

typedef struct decoder_reply {
    uint32_t status;
    uint32_t has_alpha, depth;
    uint32_t settings;               /* bytes, without a zero at the end; 0: none   */
    uint64_t width, height;          /* of the picture in the file                  */
    uint64_t columns, rows;          /* of the pixels that follow                   */
    double density_x, density_y;
    char message[sizeof ((imp_error *) 0)->message];
} decoder_reply;

#endif
