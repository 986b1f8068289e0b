/* paint.c - PHOTO PAINTING OUT.png: the whole library in one function.
 *
 *     cc paint.c -o paint $(pkg-config --cflags --libs impasto) */
#include <stdio.h>

#include <impasto/impasto.h>

#define TRY(call) do { if ((call) != IMP_OK) goto done; } while (0)

int main(int argc, char **argv)
{
    imp_error err = { IMP_OK, "" };
    imp_context *ctx = NULL;
    imp_model *vgg = NULL;
    imp_image *photo = NULL, *painting = NULL, *out = NULL;
    imp_painter *painter = NULL;
    imp_progress progress = { 0 };
    imp_inputs inputs;
    imp_params params;

    if (argc != 4) return fprintf(stderr, "usage: paint PHOTO PAINTING OUT.png\n"), 2;
    TRY(imp_context_new(&ctx, NULL, &err));
    TRY(imp_model_open(&vgg, "vgg19", &err));
    TRY(imp_image_load(&photo, argv[1], NULL, &err));
    TRY(imp_image_load(&painting, argv[2], NULL, &err));
    TRY(imp_params_init(&params, "default", &err));
    TRY(imp_params_set(&params, "size", "128", &err));
    TRY(imp_params_set(&params, "steps", "20", &err));
    inputs = imp_inputs_of(photo, painting);
    TRY(imp_painter_new(&painter, ctx, vgg, &inputs, &params, &err));
    while (!progress.done) {
        TRY(imp_painter_step(painter, 10, &progress, &err));
        printf("%d of %d: loss %g\n", progress.step, progress.steps, progress.loss.total);
    }
    TRY(imp_painter_image(&out, painter, &err));
    TRY(imp_image_save(out, argv[3], NULL, &err));
done:
    if (err.status != IMP_OK) fprintf(stderr, "paint: %s\n", err.message);
    imp_painter_free(painter);
    imp_image_free(out);
    imp_image_free(painting);
    imp_image_free(photo);
    imp_model_free(vgg);
    imp_context_free(ctx);
    return err.status == IMP_OK ? 0 : 1;
}
