/* check_text.c - numbers and words as text. */
#include "check.h"

#include <float.h>

#include "comma_locale.h"

#include "base/random.h"
#include "base/text.h"

static void test_number_read(void)
{
    static const struct { const char *text; double value; } good[] = {
        { "0", 0 }, { "300", 300 }, { "-1.5", -1.5 }, { "+2", 2 }, { ".5", 0.5 }, { "5.", 5 },
        { "1e6", 1e6 }, { "1E-8", 1e-8 }, { "0.003", 0.003 }, { "1e999", HUGE_VAL },
        { "1e-999", 0 }, { "4.9406564584124654e-324", 4.9406564584124654e-324 },
    };
    static const char *const bad[] = {
        "", " ", "abc", "1x", "1 ", " 1", "\t1", "1,5", "0x10", "0x1p3", "nan", "NAN", "inf",
        "-inf",
        "infinity", "1e", "e5", "--1", "+-1", "1e+", ".", "1.2.3", "1\n",
    };
    double value = -7;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(!imp_number_read(&value, bad[i]));
        CHECK(value == -7);   /* untouched */
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        CHECK(imp_number_read(&value, good[i].text));
        CHECK(value == good[i].value);
    }
}

static void check_round_trip(double value)
{
    char text[IMP_NUMBER_TEXT];
    double back = -1;

    imp_number_write(text, value);
    CHECK(imp_number_read(&back, text));
    if (back != value) check_fail(__FILE__, __LINE__, "%a came back as %a from %s", value,
                                  back, text);
}

static void test_number_write(void)
{
    static const struct { double value; const char *text; } cases[] = {
        { 0, "0" }, { 1, "1" }, { -2, "-2" }, { 0.003, "0.003" }, { 0.1, "0.1" },
        { 1e6, "1000000" },
        { 1e12, "1000000000000" }, { 1e-8, "1e-08" },
        { 0.003814697265625, "0.003814697265625" },
        { 9007199254740991, "9007199254740991" }, { 0.1 + 0.2, "0.30000000000000004" },
    };
    char text[IMP_NUMBER_TEXT];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        imp_number_write(text, cases[i].value);
        CHECK_TEXT(text, cases[i].text);
    }
}

static void test_number_round_trip(void)
{
    imp_random r = { 1 };

    check_round_trip(DBL_MAX);
    check_round_trip(-DBL_MAX);
    check_round_trip(DBL_MIN);
    check_round_trip(DBL_TRUE_MIN);
    check_round_trip(0x1p53 + 2);
    for (int i = 0; i < 20000; i++) {
        const uint64_t bits = imp_random_u64(&r);
        double value;
        memcpy(&value, &bits, sizeof value);   /* every exponent */
        if (isfinite(value)) check_round_trip(value);
    }
}

static void test_number_locale(void)
{
    char text[IMP_NUMBER_TEXT];
    double value = 0;

    if (!comma_locale_set()) CHECK_SKIP("no localedef to make a locale with a decimal comma");
    CHECK(imp_number_read(&value, "0.75"));
    CHECK(value == 0.75);
    CHECK(!imp_number_read(&value, "0,75"));
    imp_number_write(text, 0.003);
    CHECK_TEXT(text, "0.003");
    snprintf(text, sizeof text, "%g", 0.5);
    CHECK_TEXT(text, "0,5");   /* the program's own locale is as it was */
    setlocale(LC_NUMERIC, "C");
}

static void test_utf8(void)
{
    static const char *const good[] = {
        "", "plain", "\xc3\xa9t\xc3\xa9", "\xe2\x82\xac", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xf0\x9f\x8e\xa8",
        "\xf4\x8f\xbf\xbf",
    };
    static const char *const bad[] = {
        "\x80", "a\xff", "\xc3", "\xc3(", "\xc0\x80", "\xc1\xbf", "\xe0\x80\xaf", "\xe2\x82",
        "\xed\xa0\x80",
        "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xe9t\xe9",
    };

    for (size_t i = 0; i < sizeof good / sizeof *good; i++) CHECK(imp_text_is_utf8(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) CHECK(!imp_text_is_utf8(bad[i]));
}

static void test_quote(void)
{
    char out[IMP_QUOTED_TEXT], text[200] = "x";

    CHECK_TEXT(imp_text_quote(out, ""), "\"\"");
    CHECK_TEXT(imp_text_quote(out, "a\nb\x1b[1m\x7f"), "\"a?b?[1m?\"");
    CHECK_TEXT(imp_text_quote(out, "caf\xe9 \xc3\xa9"), "\"caf? \xc3\xa9\"");
    for (int i = 0; i < 99; i++) strcat(text, "\xc3\xa9");
    for (int i = 0; i < 2; i++) {   /* a cut may fall at either byte of a character */
        imp_text_quote(out, text + i);
        CHECK(strlen(out) < sizeof out && strlen(out) > sizeof out - 5);
        CHECK(!strchr(out, '?'));
        CHECK_TEXT(out + strlen(out) - 4, "...\"");
    }
}

static const char *nearest(const char *word)
{
    imp_nearest n = imp_nearest_to(word);

    imp_nearest_offer(&n, "style-weight");
    imp_nearest_offer(&n, "content-weight");
    imp_nearest_offer(&n, "seed");
    imp_nearest_offer(&n,
                      "a-very-long-candidate-with-more-than-the-sixty-three-letters-allowed");
    return n.best ? n.best : "nothing";
}

static void test_nearest(void)
{
    char word[101] = "";

    CHECK_TEXT(nearest("stlye-weight"), "style-weight");
    CHECK_TEXT(nearest("style_weight"), "style-weight");
    CHECK_TEXT(nearest("contents-weigth"), "content-weight");
    CHECK_TEXT(nearest("sed"), "seed");
    CHECK_TEXT(nearest(""), "nothing");
    CHECK_TEXT(nearest("momentum"), "nothing");
    memset(word, 's', 63);
    CHECK_TEXT(nearest(word), "nothing");
    memset(word, 's', 100);
    CHECK_TEXT(nearest(word), "nothing");
}

int main(void)
{
    CHECK_RUN(test_number_read);
    CHECK_RUN(test_number_write);
    CHECK_RUN(test_number_round_trip);
    CHECK_RUN(test_number_locale);
    CHECK_RUN(test_utf8);
    CHECK_RUN(test_quote);
    CHECK_RUN(test_nearest);
    return check_done();
}
