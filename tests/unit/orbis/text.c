/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "orbis_test.h"

#include <ipcshark/appmsg.h>

static void check_format(enum orbis_result_layer layer, uint32_t result, const char *expected)
{
    char text[64];

    g_assert_cmpint(orbis_result_format(layer, result, text, sizeof text), ==, strlen(expected));
    g_assert_cmpstr(text, ==, expected);
}

static void test_results(void)
{
    check_format(ORBIS_LAYER_MANAGER, 0, "ok");
    check_format(ORBIS_LAYER_METHOD, 0x80C50007, "0x80C50007 NO_SUCH_APP");
    check_format(ORBIS_LAYER_METHOD, 0x12345678, "0x12345678");
    check_format(ORBIS_LAYER_ERRNO, 22, "22 EINVAL");
    check_format(ORBIS_LAYER_MANAGER, 0x80020016, "0x80020016 EINVAL");
    check_format(ORBIS_LAYER_ERRNO, 250, "250");
}

static void test_short_room(void)
{
    char text[4];

    g_assert_cmpint(orbis_result_format(ORBIS_LAYER_METHOD, 0x12345678, text, sizeof text), ==, 10);
    g_assert_cmpstr(text, ==, "0x1");
}

static void test_names(void)
{
    g_assert_cmpstr(appmsg_method_name(0), ==, "SendMsg");
    g_assert_cmpstr(appmsg_method_name(2), ==, "SendMsgToShellUI");
    g_assert_null(appmsg_method_name(3));
    g_assert_null(appmsg_method_name(UINT32_MAX));
    g_assert_null(appmsg_function_name(0));
    g_assert_cmpstr(appmsg_function_name(1), ==, "sceAppMessagingSendMsg");
    g_assert_cmpstr(appmsg_function_name(8), ==, "sceAppMessagingTryGetEventFlag");
    g_assert_null(appmsg_function_name(9));
    for (int family = 0; family < APPMSG_FAMILY_COUNT; family++)
        g_assert_nonnull(appmsg_family_name((enum appmsg_family)family));
    g_assert_null(appmsg_family_name(APPMSG_FAMILY_COUNT));
    g_assert_cmpstr(appmsg_event_name(63), ==, "MSG_ARRIVAL");
    g_assert_null(appmsg_event_name(45));
}

static void test_clock(void)
{
    g_assert_cmpuint(orbis_monotonic_to_unix(1500, 1000, 9000), ==, 9500);
    g_assert_cmpuint(orbis_monotonic_to_unix(500, 1000, 9000), ==, 8500);
    g_assert_cmpuint(orbis_monotonic_to_unix(1000, 1000, 0), ==, 0);
    g_assert_cmpuint(orbis_monotonic_to_unix(0, 1000, 999), ==, 0);
    g_assert_cmpuint(orbis_monotonic_to_unix(0, 1000, 1000), ==, 0);
    g_assert_cmpuint(orbis_monotonic_to_unix(UINT64_MAX, 0, 1), ==, UINT64_MAX);
    g_assert_cmpuint(orbis_monotonic_to_unix(UINT64_MAX, 1, 1), ==, UINT64_MAX);
    g_assert_cmpuint(orbis_monotonic_to_unix(UINT64_MAX, 2, 1), ==, UINT64_MAX - 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/orbis/text/results", test_results);
    g_test_add_func("/orbis/text/short", test_short_room);
    g_test_add_func("/orbis/text/names", test_names);
    g_test_add_func("/orbis/text/clock", test_clock);
    return g_test_run();
}
