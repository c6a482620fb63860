/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ipcshark/ctr_result.h>

#include <glib.h>

static void test_split(void)
{
    struct ctr_result invalid_handle = ctr_result_split(0xD8E007F7);
    struct ctr_result too_large = ctr_result_split(0xC8A01836);

    g_assert_cmpuint(invalid_handle.description, ==, 1015);
    g_assert_cmpuint(invalid_handle.module, ==, 1);
    g_assert_cmpuint(invalid_handle.summary, ==, 7);
    g_assert_cmpuint(invalid_handle.level, ==, 27);
    g_assert_cmpuint(too_large.description, ==, 54);
    g_assert_cmpuint(too_large.module, ==, 6);
    g_assert_cmpuint(too_large.summary, ==, 5);
    g_assert_cmpuint(too_large.level, ==, 25);
}

static void test_join_is_the_inverse(void)
{
    static const uint32_t results[] = {0,          0xD8E007F7, 0xC8A01836, 0xC920181A,
                                       0xD8600413, 0xF8C007F4, 0xD8E06406, 0xD9001830};

    for (size_t i = 0; i < G_N_ELEMENTS(results); i++) {
        struct ctr_result result = ctr_result_split(results[i]);

        g_assert_cmphex(ctr_result_join(&result), ==, results[i]);
    }
}

static void test_join_keeps_to_the_fields(void)
{
    struct ctr_result wide = {0xFFFF, 0xFF, 0xFF, 0xFF};

    g_assert_cmphex(ctr_result_join(&wide), ==, 0xFFE3FFFF);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ctr/result/split", test_split);
    g_test_add_func("/ctr/result/join", test_join_is_the_inverse);
    g_test_add_func("/ctr/result/join-wide", test_join_keeps_to_the_fields);
    return g_test_run();
}
