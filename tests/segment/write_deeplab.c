/* write_deeplab.c - write_deeplab FILE: a safetensors file of made-up weights as torchvision
 * saves them, auxiliary head and counts of steps included, for tests of whole programs. */
#include "made_up_deeplab.h"

static void print_dims(FILE *f, const imp_named_tensor *t)
{
    for (int i = 0; i < t->n_dims; i++) fprintf(f, "%s%zu", i ? "," : "", t->dims[i]);
}

/* Counts of steps are whole numbers of 8 bytes, which come first. */
static void print_header(FILE *f, const imp_weights *w)
{
    size_t at = sizeof(int64_t);

    fprintf(f, "{\"backbone.0.1.num_batches_tracked\":{\"dtype\":\"I64\",\"shape\":[],"
            "\"data_offsets\":[0,%zu]}", at);
    for (size_t i = 0; i < w->n; i++) {
        const size_t end = at + imp_named_tensor_size(&w->item[i]) * sizeof(float);
        fprintf(f, ",\"%s\":{\"dtype\":\"F32\",\"shape\":[", w->item[i].name);
        print_dims(f, &w->item[i]);
        fprintf(f, "],\"data_offsets\":[%zu,%zu]}", at, end);
        at = end;
    }
    fputc('}', f);
}

int main(int argc, char **argv)
{
    imp_weights *w = made_up_deeplab(imp_deeplab_known(2), 21);
    FILE *f = argc == 2 ? fopen(argv[1], "wb") : NULL;
    const int64_t steps = 12345;
    const size_t some[] = { 21, 10, 1, 1 };
    uint64_t length = 0;
    bool failed;

    if (!f) return 1;
    made_up_add(w, "aux_classifier.4", "weight", some, 4);
    fwrite(&length, sizeof length, 1, f);
    print_header(f, w);
    length = (uint64_t) ftell(f) - sizeof length;
    fwrite(&steps, sizeof steps, 1, f);
    for (size_t i = 0; i < w->n; i++)
        fwrite(w->item[i].data, sizeof(float), imp_named_tensor_size(&w->item[i]), f);
    rewind(f);
    fwrite(&length, sizeof length, 1, f);
    failed = ferror(f);
    failed = fclose(f) || failed;
    imp_weights_free(w);
    return failed;
}
