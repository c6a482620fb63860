/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ipcshark/names.h>

#include <stdlib.h>
#include <string.h>

#include "tables.h"

static void test_ctr_commands(void)
{
    g_assert_cmpstr(ctr_command_name("fs:USER", 0x0802), ==, "OpenFile");
    g_assert_cmpstr(ctr_command_name("srv:", 0x0005), ==, "GetServiceHandle");
    g_assert_cmpstr(ctr_command_name("File", 0x0802), ==, "Read");
    g_assert_cmpstr(ctr_command_name("Directory", 0x0801), ==, "Read");
    g_assert_null(ctr_command_name("fs:USER", 0xFFFF));
    g_assert_null(ctr_command_name("fs:user", 0x0802));
    g_assert_null(ctr_command_name("", 0x0802));
    g_assert_null(ctr_command_name(NULL, 0x0802));
}

static void test_ctr_sessions(void)
{
    g_assert_cmpstr(ctr_command_out_session("fs:USER", 0x0802), ==, "File");
    g_assert_cmpstr(ctr_command_out_session("fs:USER", 0x0803), ==, "File");
    g_assert_cmpstr(ctr_command_out_session("fs:USER", 0x080B), ==, "Directory");
    g_assert_cmpstr(ctr_command_out_session("File", 0x080C), ==, "File");
    g_assert_cmpstr(ctr_command_out_session("am:net", 0x0402), ==, "File");
    g_assert_null(ctr_command_out_session("fs:USER", 0x0804));
    g_assert_null(ctr_command_out_session("srv:", 0x0802));
    g_assert_null(ctr_command_out_session(NULL, 0x0802));
}

/** A session's kind must have commands, or naming it helps nobody. */
static void check_ctr_session(const char *group, char **field, guint fields, gpointer count)
{
    guint16 id = (guint16)strtoul(field[1], NULL, 16);

    (void)group;
    g_assert_cmpuint(fields, ==, 3);
    g_assert_cmpstr(ctr_command_out_session(field[0], id), ==, field[2]);
    g_assert_cmpstr(ctr_command_name(field[2], 0x0801), !=, NULL);
    ++*(guint *)count;
}

static void test_all_ctr_sessions(void)
{
    guint count = 0;

    for_each_row(NAMES_TABLE("ctr/sessions.tsv"), check_ctr_session, &count);
    g_assert_cmpuint(count, >=, 10);
}

static void check_ctr_command(const char *group, char **field, guint fields, gpointer count)
{
    guint16 id = (guint16)strtoul(field[0], NULL, 16);

    (void)fields;
    g_assert_cmpstr(ctr_command_name(group, id), ==, field[1]);
    ++*(guint *)count;
}

static void test_all_ctr_commands(void)
{
    guint count = 0;

    for_each_row(NAMES_TABLE("ctr/commands.tsv"), check_ctr_command, &count);
    g_test_message("%u CTR commands", count);
    g_assert_cmpuint(count, >, 2200);
}

static void check_orbis_method(const char *group, char **field, guint fields, gpointer count)
{
    (void)fields;
    g_assert_cmpstr(orbis_method_name(group, (guint32)strtoul(field[0], NULL, 16)), ==, field[1]);
    ++*(guint *)count;
}

static void test_orbis_methods(void)
{
    guint count = 0;

    g_assert_cmpstr(orbis_method_name("SceAppMessaging", 0), ==, "SendMsg");
    g_assert_cmpstr(orbis_method_name("SceAppMessaging", 2), ==, "SendMsgToShellUI");
    g_assert_null(orbis_method_name("SceAppMessaging", 3));
    g_assert_null(orbis_method_name("SceNothing", 0));
    g_assert_null(orbis_method_name(NULL, 0));
    for_each_row(NAMES_TABLE("orbis/methods.tsv"), check_orbis_method, &count);
    g_assert_cmpuint(count, >, 40);
}

typedef const char *(*service_at)(size_t n);

static void assert_sorted(service_at at, size_t expected)
{
    const char *previous = "";
    const char *service;
    size_t n;

    for (n = 0; (service = at(n)); n++) {
        g_assert_cmpstr(previous, <, service);
        previous = service;
    }
    g_assert_cmpuint(n, >=, expected);
    g_assert_null(at(n));
    g_assert_null(at(SIZE_MAX));
}

static void test_listing(void)
{
    assert_sorted(ctr_service_at, 80);
    assert_sorted(orbis_service_at, 10);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/names/ctr/commands", test_ctr_commands);
    g_test_add_func("/names/ctr/sessions", test_ctr_sessions);
    g_test_add_func("/names/ctr/all-sessions", test_all_ctr_sessions);
    g_test_add_func("/names/ctr/all-commands", test_all_ctr_commands);
    g_test_add_func("/names/orbis/methods", test_orbis_methods);
    g_test_add_func("/names/listing", test_listing);
    return g_test_run();
}
