/* check_mask_alloc.c - each allocation failing in turn is refused, nothing left behind. */
#include "../engine/heap.h"

#include "check.h"

#include <impasto/mask.h>

static imp_error err;

enum { W = 24, H = 18 };

static imp_image *image;
static imp_mask *mask;

static void set_up(void)
{
    if (imp_image_new(&image, W, H, true, &err) != IMP_OK
        || imp_mask_new(&mask, W, H, &err) != IMP_OK)
        exit(1);
    for (size_t i = 0; i < W * H; i++) {
        const bool inside = i % W > 8 && i % W < 17 && i / W > 5 && i / W < 13;
        imp_mask_values(mask)[i] = inside ? 1.0f : 0.0f;
        imp_image_rgb(image)[3 * i] = inside ? 0.9f : 0.1f + 0.001f * (float) (i % 7);
    }
}

static void tear_down(void)
{
    imp_image_free(image);
    imp_mask_free(mask);
}

/* Calls that make something return it here, to be freed. */
static imp_mask *made;
static imp_image *picture;

static imp_status call(int which)
{
    static const float red[3] = { 0.9f, 0, 0 };
    const imp_box box = { 5, 3, 15, 13 };

    switch (which) {
    case 0: return imp_mask_new(&made, W, H, &err);
    case 1: return imp_mask_from_image(&made, image, &err);
    case 2: return imp_mask_from_colour(&made, image, red, &err);
    case 3: return imp_mask_resize(&made, mask, 7, 31, &err);
    case 4: return imp_mask_image(&picture, mask, &err);
    case 5: return imp_mask_refine(mask, image, 0.1, 0.01, &err);
    case 6: return imp_mask_clean(mask, 0.01, &err);
    case 7: return imp_mask_subject(&made, image, NULL, &err);
    default: return imp_mask_subject(&made, image, &box, &err);
    }
}

/* Whether the call succeeds; the k-th allocation fails, none for 0. */
static bool check_call(int which, size_t k)
{
    float before[W * H];
    imp_status status;

    made = NULL;
    picture = NULL;
    memcpy(before, imp_mask_values(mask), sizeof before);
    heap_fail_at = k;
    heap_watch(true);
    status = call(which);
    heap_watch(false);
    heap_fail_at = 0;
    if (status != IMP_OK) {
        CHECK(status == IMP_ENOMEM && strstr(err.message, "no memory"));
        CHECK(!made && !picture && heap.live == 0);
        /* for imp_mask_refine(), which promises it */
        CHECK(!memcmp(before, imp_mask_values(mask), sizeof before));
    }
    imp_mask_free(made);
    imp_image_free(picture);
    return status == IMP_OK;
}

static void test_each_allocation(void)
{
    if (!HEAP_COUNTED) CHECK_SKIP("this build's allocator cannot be replaced");
    set_up();
    for (int which = 0; which < 9; which++) {
        size_t k = 1;
        CHECK(check_call(which, 0));   /* and starts OpenMP's threads */
        while (k < 100 && !check_call(which, k)) k++;
        CHECK(k > 1 && k < 100);
    }
    tear_down();
}

int main(void)
{
    CHECK_RUN(test_each_allocation);
    return check_done();
}
