/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "address.h"

#include <glib.h>
#include <string.h>

/** What is written as an address is printed as the same one. */
static void test_good(void)
{
    static const struct {
        const char *text;
        const char *printed;
        gboolean is_local;
    } good[] = {
        {"tcp:127.0.0.1:18252", "tcp:127.0.0.1:18252", TRUE},
        {"tcp:localhost:0", "tcp:127.0.0.1:0", TRUE},
        {"tcp:[::1]:65535", "tcp:[::1]:65535", TRUE},
        {"tcp:::1:80", "tcp:[::1]:80", TRUE},
        {"tcp:127.8.8.8:1", "tcp:127.8.8.8:1", TRUE},
        {"tcp:0.0.0.0:1", "tcp:0.0.0.0:1", FALSE},
        {"tcp:[::]:1", "tcp:[::]:1", FALSE},
        {"tcp:192.0.2.1:1", "tcp:192.0.2.1:1", FALSE},
        {"unix:/tmp/a b", "unix:/tmp/a b", TRUE},
        {"unix:relative", "unix:relative", TRUE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GSocketAddress) address = ipcshark_address_parse(good[i].text, &error);
        g_autofree char *printed = NULL;

        g_assert_no_error(error);
        printed = ipcshark_address_format(address);
        g_assert_cmpstr(printed, ==, good[i].printed);
        g_assert_cmpint(ipcshark_address_is_local(address), ==, good[i].is_local);
    }
}

static void check_refused(const char *text, const char *why)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(ipcshark_address_parse(text, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
    g_assert_nonnull(strstr(error->message, text));
    g_assert_nonnull(strstr(error->message, why));
}

static void test_bad(void)
{
    static const char *const bad[][2] = {
        {"", "neither"},
        {"127.0.0.1:1", "neither"},
        {"udp:127.0.0.1:1", "neither"},
        {"tcp:", "port is missing"},
        {"tcp:localhost", "port is missing"},
        {"tcp:127.0.0.1:", "0 to 65535"},
        {"tcp:127.0.0.1:65536", "0 to 65535"},
        {"tcp:127.0.0.1:-1", "0 to 65535"},
        {"tcp:127.0.0.1:80x", "0 to 65535"},
        {"tcp:example.org:80", "localhost"},
        {"tcp::80", "localhost"},
        {"unix:", "path is missing"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
        check_refused(bad[i][0], bad[i][1]);
}

/** Both numbers: what the path has, and what a socket's may have. */
static void test_long_path(void)
{
    g_autofree char *path = g_strnfill(108, 'x');
    g_autofree char *text = g_strconcat("unix:", path, NULL);
    g_autoptr(GSocketAddress) address = NULL;

    check_refused(text, "108 bytes");
    check_refused(text, "107");
    text[strlen(text) - 1] = '\0';
    address = ipcshark_address_parse(text, NULL);
    g_assert_nonnull(address);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/address/good", test_good);
    g_test_add_func("/address/bad", test_bad);
    g_test_add_func("/address/long-path", test_long_path);
    return g_test_run();
}
