/* read_weights.c - reads each file named; prints its tensors or why not, one line a file. */
#include <stdio.h>

#include "model/weights.h"

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        imp_weights *w;
        imp_error err;
        const imp_status status = imp_weights_read(&w, argv[i], NULL, &err);
        if (status == IMP_OK) printf("ok %zu", w->n);
        for (size_t k = 0; status == IMP_OK && k < w->n; k++)
            printf(" %s", w->item[k].name);
        if (status == IMP_OK) printf("\n");
        else printf("%s: %s\n", imp_status_name(status), err.message);
        imp_weights_free(w);
    }
    return 0;
}
