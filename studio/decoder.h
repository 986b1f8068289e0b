/* decoder.h - pictures from outside, decoded in a process of their own.
 *
 * The process comes from a nursery (nursery.h), with the file as standard input and a piece of
 * memory as standard output, and nothing else: see confine.h. If it crashes, hangs or grows
 * without bound, a picture is refused and the studio goes on. What it hands back is checked:
 * it is as little to be trusted as the file. */
#ifndef STUDIO_DECODER_H
#define STUDIO_DECODER_H

#include <impasto/image.h>

#define DECODER_MAX_BYTES (UINT64_C(128) << 20)
#define DECODER_MAX_PIXELS UINT64_C(50000000)

typedef struct decoder decoder;

/* The program is started again with this word; it then returns nursery_run(decoder_run), whose
 * number is a size as decoder_load() takes it. */
#define DECODER_WORD "decode-pictures"
int decoder_run(uint64_t side);

decoder *decoder_new(void);            /* NULL: no memory */
void decoder_free(decoder *d);

/* As imp_image_load(), to the same pixels and metadata; if `side` is not 0, at most so many
 * pixels a side. *width and *height become the size that it has in the file. Few are decoded
 * at once, others wait. Messages begin with "the picture"; the caller frees *out.
 * Errors: as imp_image_load(); also IMP_EFORMAT if the decoder crashed, IMP_ELIMIT if it took
 * too long, IMP_ENOMEM if it was killed, IMP_EIO if it could not be started.
 * Threads: safe. */
IMP_MUST_CHECK imp_status
decoder_load(decoder *d, imp_image **out, size_t *width, size_t *height, const char *file,
             size_t side, imp_error *err);

#endif
