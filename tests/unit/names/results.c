/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ipcshark/appmsg.h>
#include <ipcshark/ctr_result.h>
#include <ipcshark/horizon_result.h>

#include <stdlib.h>
#include <string.h>

#include "tables.h"

typedef int (*format_result)(guint32 result, char *text, size_t size);

static void assert_format(format_result format, guint32 result, const char *expected)
{
    char text[128];

    g_assert_cmpint(format(result, text, sizeof text), ==, (int)strlen(expected));
    g_assert_cmpstr(text, ==, expected);
}

static int horizon_format(guint32 result, char *text, size_t size)
{
    return horizon_result_format(result, text, size);
}

static int ctr_format(guint32 result, char *text, size_t size)
{
    return ctr_result_format(result, text, size);
}

static void test_horizon_format(void)
{
    assert_format(horizon_format, 0, "ok");
    assert_format(horizon_format, HORIZON_RESULT(2, 1), "fs PathNotFound (2002-0001)");
    assert_format(horizon_format, 0xF601, "svc SessionClosed (2001-0123)");
    /* libnx calls 0xCE01 otherwise; the console's own name wins. */
    assert_format(horizon_format, 0x10801, "svc LimitReached (2001-0132)");
    assert_format(horizon_format, 0xCE01, "svc OutOfResource (2001-0103)");
    /* Only the range is known, and the innermost of three. */
    assert_format(horizon_format, HORIZON_RESULT(2, 4135), "fs RomNcaCorrupted (2002-4135)");
    assert_format(horizon_format, HORIZON_RESULT(21, 8191), "sm (2021-8191)");
    assert_format(horizon_format, HORIZON_RESULT(511, 8191), "2511-8191");
}

static void test_horizon_format_cut(void)
{
    char text[4];

    g_assert_cmpint(horizon_result_format(0xF601, text, sizeof text), ==, 29);
    g_assert_cmpstr(text, ==, "svc");
    g_assert_cmpint(horizon_result_format(0xF601, NULL, 0), ==, 29);
}

static void test_horizon_names(void)
{
    g_assert_cmpstr(horizon_module_name(1), ==, "svc");
    g_assert_cmpstr(horizon_module_name(128), ==, "am");
    g_assert_null(horizon_module_name(0));
    g_assert_null(horizon_module_name(511));
    g_assert_null(horizon_result_name(0));
    /* The reserved bits above the description do not make another result. */
    g_assert_cmpstr(horizon_result_name(0x202 | 1u << 22), ==, "PathNotFound");
    g_assert_null(horizon_result_name(HORIZON_RESULT(1, 8191)));
}

static void check_horizon_result(const char *group, char **field, guint fields, gpointer count)
{
    guint module = (guint)atoi(field[0]), first = (guint)atoi(field[1]);

    (void)group;
    (void)fields;
    ++*(guint *)count;
    if (g_str_equal(field[1], field[2]))
        g_assert_cmpstr(horizon_result_name(HORIZON_RESULT(module, first)), ==, field[3]);
    else
        g_assert_nonnull(horizon_result_name(HORIZON_RESULT(module, first)));
}

static void test_all_horizon_results(void)
{
    guint count = 0;

    for_each_row(NAMES_TABLE("horizon/results.tsv"), check_horizon_result, &count);
    g_assert_cmpuint(count, >, 1200);
}

static void test_ctr_format(void)
{
    assert_format(ctr_format, 0, "ok");
    assert_format(ctr_format, 0xD8E007F7,
                  "0xD8E007F7 InvalidHandle (Permanent, InvalidArgument, Kernel)");
    assert_format(ctr_format, 0xC8804470, "0xC8804470 FileNotFound (Status, NotFound, FS)");
    /* No name for the whole: the description's; and numbers where there is not even that. */
    assert_format(ctr_format, 0xC8A01836, "0xC8A01836 CommandTooLarge (Status, InvalidState, OS)");
    assert_format(ctr_format, 2u << 27 | 20u << 21 | 200u << 10 | 5, "0x12832005 5 (2, 20, 200)");
}

static void test_ctr_names(void)
{
    g_assert_cmpstr(ctr_level_name(31), ==, "Fatal");
    g_assert_null(ctr_level_name(2));
    g_assert_cmpstr(ctr_summary_name(8), ==, "WrongArgument");
    g_assert_null(ctr_summary_name(62));
    g_assert_cmpstr(ctr_module_name(17), ==, "FS");
    g_assert_cmpstr(ctr_description_name(17, 1018), ==, "NotFound");
    g_assert_cmpstr(ctr_description_name(99, 1018), ==, "NotFound");
    /* Below 1000 the same number is another thing in each module. */
    g_assert_cmpstr(ctr_description_name(6, 26), ==, "SessionClosedByRemote");
    g_assert_null(ctr_description_name(17, 26));
    g_assert_cmpstr(ctr_result_name(0xD8E06406), ==, "AccessDenied");
    g_assert_null(ctr_result_name(0xD8E06407));
}

static void test_orbis(void)
{
    g_assert_cmpstr(orbis_result_name(ORBIS_LAYER_ERRNO, 22), ==, "EINVAL");
    g_assert_cmpstr(orbis_result_name(ORBIS_LAYER_MANAGER, 0x80020003), ==,
                    "SCE_KERNEL_ERROR_ESRCH");
    g_assert_cmpstr(orbis_result_name(ORBIS_LAYER_METHOD, 0x80C50007), ==,
                    "SCE_APP_MESSAGING_ERROR_NO_SUCH_APP");
    g_assert_cmpstr(orbis_result_name(ORBIS_LAYER_METHOD, 0x80020016), ==,
                    "SCE_KERNEL_ERROR_EINVAL");
    g_assert_null(orbis_result_name(ORBIS_LAYER_ERRNO, 0x80020016));
    g_assert_null(orbis_result_name(ORBIS_LAYER_MANAGER, 22));
    g_assert_null(orbis_result_name(ORBIS_LAYER_ERRNO, 0));
    g_assert_null(orbis_result_name((enum orbis_result_layer)0, 22));
    g_assert_null(orbis_result_name((enum orbis_result_layer)9, 22));
}

static void test_message_types(void)
{
    g_assert_cmpstr(appmsg_type_name(APPMSG_FAMILY_SONY, 0x01000001), ==, "GAME_CUSTOM_DATA");
    g_assert_cmpstr(appmsg_type_name(APPMSG_FAMILY_HEN_V, 0x01000001), ==,
                    "UNREGISTER_PREFIX_HANDLER");
    g_assert_cmpstr(appmsg_type_name(APPMSG_FAMILY_LIBHIJACKER, 0x01000001), ==,
                    "REGISTER_LAUNCH_LISTENER");
    g_assert_cmpstr(appmsg_type_name(APPMSG_FAMILY_ETAHEN, 0x09000000), ==, "BREW_TEST_CONNECTION");
    g_assert_null(appmsg_type_name(APPMSG_FAMILY_SONY, 0x01000006));
    g_assert_null(appmsg_type_name(APPMSG_FAMILY_COUNT, 0x01000001));
    g_assert_cmpstr(appmsg_event_name(63), ==, "MSG_ARRIVAL");
    g_assert_cmpstr(appmsg_event_name(59), ==, "SUSPEND_REQUEST");
    g_assert_null(appmsg_event_name(45));
    g_assert_null(appmsg_event_name(64));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/names/results/horizon-format", test_horizon_format);
    g_test_add_func("/names/results/horizon-format-cut", test_horizon_format_cut);
    g_test_add_func("/names/results/horizon-names", test_horizon_names);
    g_test_add_func("/names/results/all-horizon", test_all_horizon_results);
    g_test_add_func("/names/results/ctr-format", test_ctr_format);
    g_test_add_func("/names/results/ctr-names", test_ctr_names);
    g_test_add_func("/names/results/orbis", test_orbis);
    g_test_add_func("/names/results/message-types", test_message_types);
    return g_test_run();
}
