/* fuzz_weights.c - libFuzzer's door to the readers of weights, and to the names of VGG19. */
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const imp_weights_want want = { .max_bytes = 4 << 20 };
    imp_convention convention;
    imp_weights *w;
    imp_error err;

    if (imp_weights_parse(&w, data, len, "fuzz", &want, &err) != IMP_OK) return 0;
    if (imp_vgg19_canonical(w, &convention, "fuzz", &err) != IMP_OK) err.status = IMP_EFORMAT;
    imp_weights_free(w);
    return 0;
}
