/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "control.h"

#include <string.h>

struct seen {
    guint count;
    guint8 number;
    guint8 command;
    gsize length;
    char payload[16];
};

static void take(guint8 number, guint8 command, const char *payload, gsize length, gpointer data)
{
    struct seen *seen = data;

    seen->count++;
    seen->number = number;
    seen->command = command;
    seen->length = length;
    g_strlcpy(seen->payload, payload, sizeof seen->payload);
}

static gssize split(const char *bytes, gsize length, struct seen *seen)
{
    memset(seen, 0, sizeof *seen);
    return control_split((const guint8 *)bytes, length, take, seen);
}

#define SPLIT(bytes, seen) split(bytes, sizeof(bytes) - 1, seen)

static void test_whole(void)
{
    struct seen seen;

    g_assert_cmpint(SPLIT("T\0\0\x07\x01\x01hello", &seen), ==, 11);
    g_assert_cmpuint(seen.count, ==, 1);
    g_assert_cmpuint(seen.number, ==, 1);
    g_assert_cmpuint(seen.command, ==, CONTROL_SET);
    g_assert_cmpuint(seen.length, ==, 5);
    g_assert_cmpstr(seen.payload, ==, "hello");
}

static void test_without_payload(void)
{
    struct seen seen;

    g_assert_cmpint(SPLIT("T\0\0\x02\x09\0", &seen), ==, 6);
    g_assert_cmpuint(seen.number, ==, 9);
    g_assert_cmpuint(seen.command, ==, CONTROL_INITIALIZED);
    g_assert_cmpuint(seen.length, ==, 0);
}

static void test_several(void)
{
    struct seen seen;

    g_assert_cmpint(SPLIT("T\0\0\x03\0\x01\x01T\0\0\x03\0\x01\0T\0\0", &seen), ==, 14);
    g_assert_cmpuint(seen.count, ==, 2);
    g_assert_cmpuint(seen.payload[0], ==, 0);
}

static void test_parts(void)
{
    static const char message[] = "T\0\0\x07\x01\x01hello";
    struct seen seen;

    for (gsize length = 0; length < sizeof message - 1; length++) {
        g_assert_cmpint(split(message, length, &seen), ==, 0);
        g_assert_cmpuint(seen.count, ==, 0);
    }
}

static void test_nonsense(void)
{
    struct seen seen;

    g_assert_cmpint(SPLIT("X\0\0\x02\0\0", &seen), ==, -1);
    g_assert_cmpint(SPLIT("T\0\0\x01\0\0", &seen), ==, -1);
    g_assert_cmpint(SPLIT("T\xFF\xFF\xFF\0\0", &seen), ==, -1);
    g_assert_cmpuint(seen.count, ==, 0);
}

/** 65535 bytes are the most that Wireshark sends. */
static void test_longest(void)
{
    gsize size = CONTROL_HEADER_SIZE + CONTROL_MAX_PAYLOAD;
    g_autofree char *message = g_malloc0(size);
    struct seen seen;

    memcpy(message, "T\x01\0\x01\x02\x01", CONTROL_HEADER_SIZE);
    g_assert_cmpint(split(message, size - 1, &seen), ==, 0);
    g_assert_cmpint(split(message, size, &seen), ==, (gssize)size);
    g_assert_cmpuint(seen.length, ==, CONTROL_MAX_PAYLOAD);
    message[3] = 2;
    g_assert_cmpint(split(message, size, &seen), ==, -1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/extcap/control/whole", test_whole);
    g_test_add_func("/extcap/control/without-payload", test_without_payload);
    g_test_add_func("/extcap/control/several", test_several);
    g_test_add_func("/extcap/control/parts", test_parts);
    g_test_add_func("/extcap/control/nonsense", test_nonsense);
    g_test_add_func("/extcap/control/longest", test_longest);
    return g_test_run();
}
