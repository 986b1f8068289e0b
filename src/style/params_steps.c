/* params_steps.c - lists of step counts, one for each size. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "style/params.h"

imp_status imp_steps_add(imp_step_list *list, const imp_param *p, double count,
                         imp_error *err)
{
    const imp_status status = imp_param_check_number(p, count, err);

    if (status != IMP_OK) return status;
    if (list->n == IMP_MAX_STAGES)
        return imp_fail(err, IMP_EINVAL, "%s: more than %d counts", p->info.name,
                        IMP_MAX_STAGES);
    list->count[list->n++] = (int) count;
    return IMP_OK;
}

/* One count, of the first `len` characters of the list's rest. */
static imp_status read_count(imp_step_list *list, const imp_param *p, const char *text,
                             size_t len, imp_error *err)
{
    char item[IMP_NUMBER_TEXT + 8] = "", quoted[IMP_QUOTED_TEXT];
    double count;

    if (!len)
        return imp_fail(err, IMP_EINVAL, "%s: a count is missing (accepted: %s, one or "
                        "several as in 300,100)", p->info.name, p->info.range);
    if (len < sizeof item) memcpy(item, text, len);
    if (imp_number_read(&count, item)) return imp_steps_add(list, p, count, err);
    return imp_fail(err, IMP_EINVAL, "%s: %s is not a number (accepted: %s)", p->info.name,
                    imp_text_quote(quoted, len < sizeof item ? item : text), p->info.range);
}

imp_status imp_steps_read(imp_step_list *list, const imp_param *p, const char *text,
                          imp_error *err)
{
    imp_step_list read = { .n = 0 };
    imp_status status = IMP_OK;

    while (status == IMP_OK) {
        const size_t len = strcspn(text, ",");
        status = read_count(&read, p, text, len, err);
        if (!text[len]) break;
        text += len + 1;
    }
    if (status == IMP_OK) *list = read;
    return status;
}

void imp_steps_write(char text[IMP_PARAM_TEXT_MAX], const imp_step_list *list)
{
    size_t used = 0;

    for (int i = 0; i < list->n; i++)
        used += (size_t) snprintf(text + used, IMP_PARAM_TEXT_MAX - used, "%s%d",
                                  i ? "," : "", list->count[i]);
}

imp_status imp_steps_check(const imp_step_list *list, const imp_param *p, imp_error *err)
{
    imp_status status = IMP_OK;

    if (list->n < 1 || list->n > IMP_MAX_STAGES)
        return imp_fail(err, IMP_EINVAL, "%s: %d counts (accepted: 1..%d)", p->info.name,
                        list->n, IMP_MAX_STAGES);
    for (int i = 0; status == IMP_OK && i < list->n; i++)
        status = imp_param_check_number(p, list->count[i], err);
    return status;
}
