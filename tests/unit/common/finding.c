/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ipcshark/finding.h>

#include <glib.h>
#include <string.h>

static void test_names_are_unique_and_well_formed(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (int code = IPCSHARK_FINDING_NONE + 1; code < IPCSHARK_FINDING_COUNT; code++) {
        const char *name = ipcshark_finding_name((enum ipcshark_finding_code)code);

        g_assert_nonnull(strchr(name, '.'));
        g_assert_cmpuint(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_."), ==, strlen(name));
        g_assert_true(g_hash_table_add(seen, (gpointer)name));
    }
}

static void test_sentences_are_whole(void)
{
    for (int code = IPCSHARK_FINDING_NONE + 1; code < IPCSHARK_FINDING_COUNT; code++) {
        struct ipcshark_finding finding = {.code = (uint16_t)code, .actual = 17, .limit = 4};
        char text[512];
        int length = ipcshark_finding_format(&finding, text, sizeof text);

        g_assert_cmpint(length, <, sizeof text);
        g_assert_true(g_ascii_isupper(text[0]) || g_ascii_isdigit(text[0]));
        g_assert_true(g_str_has_suffix(text, "."));
        g_assert_null(strchr(text, '{'));
    }
}

static void test_list_counts_what_it_drops(void)
{
    struct ipcshark_findings findings = {0};

    for (int i = 0; i < IPCSHARK_MAX_FINDINGS + 3; i++)
        ipcshark_find(&findings, IPCSHARK_FINDING_NONE, (size_t)i, 4, 0, 0);
    g_assert_cmpuint(findings.count, ==, IPCSHARK_MAX_FINDINGS);
    g_assert_cmpuint(findings.dropped, ==, 3);
    g_assert_cmpuint(findings.item[IPCSHARK_MAX_FINDINGS - 1].offset, ==,
                     IPCSHARK_MAX_FINDINGS - 1);
    ipcshark_find(NULL, IPCSHARK_FINDING_NONE, 0, 0, 0, 0);
}

static void test_short_room_is_cut(void)
{
    struct ipcshark_finding finding = {.code = IPCSHARK_FINDING_NONE};
    char text[8];
    int length = ipcshark_finding_format(&finding, text, sizeof text);

    g_assert_cmpint(length, ==, strlen("Nothing was found."));
    g_assert_cmpstr(text, ==, "Nothing");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/finding/names", test_names_are_unique_and_well_formed);
    g_test_add_func("/finding/sentences", test_sentences_are_whole);
    g_test_add_func("/finding/list", test_list_counts_what_it_drops);
    g_test_add_func("/finding/short", test_short_room_is_cut);
    return g_test_run();
}
