/* check_clean.c - parts, specks and holes, on masks that one can read. */
#include "check.h"

#include <impasto/mask.h>

#include "base/random.h"
#include "mask/parts.h"

static imp_error err;

/* One character a pixel: '0' to '9' are tenths, '#' is 1, '.' is 0. */
static imp_mask *drawn(const char *const *rows, size_t w, size_t h)
{
    imp_mask *mask = NULL;

    if (imp_mask_new(&mask, w, h, &err) != IMP_OK) exit(1);
    for (size_t i = 0; i < w * h; i++) {
        const char c = rows[i / w][i % w];
        imp_mask_values(mask)[i]
            = c == '#' ? 1.0f : c == '.' ? 0.0f : (float) (c - '0') / 10.0f;
    }
    return mask;
}

static void check_cleaned(const char *const *before, const char *const *after, size_t w,
                          size_t h, double share)
{
    imp_mask *got = drawn(before, w, h), *want = drawn(after, w, h);

    CHECK_OK(imp_mask_clean(got, share, &err));
    for (size_t i = 0; i < w * h; i++)
        if (imp_mask_values(got)[i] != imp_mask_values(want)[i])
            check_fail(__FILE__, __LINE__, "(%zu, %zu) is %g, not %g", i % w, i / w,
                       (double) imp_mask_values(got)[i], (double) imp_mask_values(want)[i]);
    imp_mask_free(got);
    imp_mask_free(want);
}

/* Of 120 pixels parts of fewer than 2.4 go: the speck with its edge, the hole with its own.
 * The edges of the parts that stay are as they were. */
static void test_specks_and_holes(void)
{
    static const char *const before[10] = {
        "............", ".121........", ".282...3333.", ".121...3##3.", ".......3##3.",
        "5555555555..", "############", "####878#####", "####848#####", "####878#####"
    };
    static const char *const after[10] = {
        "............", "............", ".......3333.", ".......3##3.", ".......3##3.",
        "5555555555..", "############", "############", "############", "############"
    };

    check_cleaned(before, after, 12, 10, 0.02);
}

/* The edge of a speck ends where values rise again: what is beyond belongs to no part. */
static void test_edge_ends_where_it_rises(void)
{
    static const char *const before[3] = { "..........", ".#42132...", ".........." };
    static const char *const after[3] = { "..........", ".....32...", ".........." };

    check_cleaned(before, after, 10, 3, 0.05);
}

/* The edge goes on between values that are equal, of a speck and of a hole. Between two parts,
 * each step in turn, it goes to the nearer. */
static void test_edge_goes_on_where_it_is_level(void)
{
    static const char *const before[3] = { "...........", ".#33322....", "..........." };
    static const char *const after[3] = { "...........", "...........", "..........." };
    static const char *const hole[3] = { "###########", "#.77788####", "###########" };
    static const char *const full[3] = { "###########", "###########", "###########" };
    static const char *const two[1] = { "#3333##" }, *const nearer[1] = { "...33##" };

    check_cleaned(before, after, 11, 3, 0.05);
    check_cleaned(hole, full, 11, 3, 0.05);
    check_cleaned(two, nearer, 7, 1, 0.2);
}

/* The part that is asked for keeps its edge, the others and what belongs to none go. */
static void test_leave_part(void)
{
    static const char *const before[5] = {
        "..........3", "####.3###..", "5321.2####4", "...........", ".8........9"
    };
    static const char *const after[5] = {
        "...........", ".....3###..", ".....2####4", "...........", "..........."
    };
    imp_mask *got = drawn(before, 11, 5), *want = drawn(after, 11, 5);

    CHECK_STATUS(imp_mask_leave_part(got, 0, 0, &err), IMP_EINVAL);
    CHECK_STATUS(imp_mask_leave_part(got, 11, 0, &err), IMP_EINVAL);
    CHECK_STATUS(imp_mask_leave_part(got, 10, 5, &err), IMP_EINVAL);
    CHECK_OK(imp_mask_leave_part(got, 7, 1, &err));
    for (size_t i = 0; i < 55; i++) CHECK(imp_mask_values(got)[i] == imp_mask_values(want)[i]);
    imp_mask_free(got);
    imp_mask_free(want);
}

/* Diagonal neighbours hold together inside, but not outside. */
static void test_diagonals(void)
{
    static const char *const before[4] = { "#...", ".#..", "..#.", "...#" };
    static const char *const turned[4] = { ".###", "#.##", "##.#", "###." };
    static const char *const full[4] = { "####", "####", "####", "####" };

    check_cleaned(before, before, 4, 4, 0.25);
    check_cleaned(turned, full, 4, 4, 0.07);
}

/* Specks go first, so a hole that holds one is judged as a whole. */
static void test_speck_in_a_hole(void)
{
    static const char *const before[5] = { "######", "#....#", "#.##.#", "#....#", "######" };
    static const char *const after[5] = { "######", "#....#", "#....#", "#....#", "######" };

    check_cleaned(before, after, 6, 5, 0.35);   /* 10.5: of the hole 10, with the speck 12 */
}

static void test_extremes(void)
{
    static const char *const noisy[3] = { "#.#3.", ".#7#.", "#.1.#" };
    static const char *const empty[3] = { ".....", ".....", "....." };
    static const char *const full[3] = { "#####", "#####", "#####" };

    check_cleaned(noisy, noisy, 5, 3, 0);
    check_cleaned(full, full, 5, 3, 1);
    check_cleaned(empty, empty, 5, 3, 1);
    check_cleaned(noisy, empty, 5, 3, 1);
}

static void test_refusals(void)
{
    static const char *const row[1] = { "#.5" };
    imp_mask *mask = drawn(row, 3, 1);

    CHECK_STATUS(imp_mask_clean(mask, -0.1, &err), IMP_EINVAL);
    CHECK_STATUS(imp_mask_clean(mask, 1.1, &err), IMP_EINVAL);
    CHECK_STATUS(imp_mask_clean(mask, (double) NAN, &err), IMP_EINVAL);
    imp_mask_free(mask);
}

/* --- Parts ------------------------------------------------------------------------------- */

enum { W = 37, H = 29 };

/* Floods from pixel i by passing over the whole picture until nothing changes. */
static size_t flood(bool *reached, const float *value, size_t i)
{
    const bool inside = value[i] >= 0.5f;
    bool changed = true;
    size_t n = 1;

    memset(reached, 0, W * H);
    reached[i] = true;
    while (changed) {
        changed = false;
        for (size_t a = 0; a < W * H; a++)
            for (size_t b = 0; b < W * H && reached[a]; b++) {
                const long dx = labs((long) (a % W) - (long) (b % W));
                const long dy = labs((long) (a / W) - (long) (b / W));
                const bool touch = inside ? dx <= 1 && dy <= 1 : dx + dy <= 1;
                if (reached[b] || !touch || (value[b] >= 0.5f) != inside) continue;
                reached[b] = changed = true;
                n++;
            }
    }
    return n;
}

static void test_parts_by_flooding(void)
{
    imp_random random = { 3 };
    bool reached[W * H];
    float value[W * H];
    imp_parts parts;

    for (size_t i = 0; i < W * H; i++) value[i] = imp_random_uniform(&random) < 0.4 ? 1 : 0;
    CHECK_OK(imp_parts_find(&parts, value, W, H, &err));
    for (size_t i = 0; i < W * H; i += 53) {
        CHECK(parts.area[parts.part[i]] == flood(reached, value, i));
        for (size_t j = 0; j < W * H; j++)
            CHECK((parts.part[j] == parts.part[i]) == reached[j]);
    }
    imp_parts_clear(&parts);
}

int main(void)
{
    CHECK_RUN(test_specks_and_holes);
    CHECK_RUN(test_edge_ends_where_it_rises);
    CHECK_RUN(test_edge_goes_on_where_it_is_level);
    CHECK_RUN(test_leave_part);
    CHECK_RUN(test_diagonals);
    CHECK_RUN(test_speck_in_a_hole);
    CHECK_RUN(test_extremes);
    CHECK_RUN(test_refusals);
    CHECK_RUN(test_parts_by_flooding);
    return check_done();
}
