/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ipcshark/names.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session_path.h"
#include "tables.h"

#define V(major, minor, micro) HORIZON_VERSION(major, minor, micro)

static void test_services(void)
{
    g_assert_cmpstr(horizon_service_interface("fsp-srv"), ==, "nn::fssrv::sf::IFileSystemProxy");
    g_assert_cmpstr(horizon_service_interface("sm:"), ==, "nn::sm::detail::IUserInterface");
    g_assert_cmpstr(horizon_service_interface("spl:fs"), ==, "nn::spl::detail::IFsInterface");
    g_assert_null(horizon_service_interface("fsp-sr"));
    g_assert_null(horizon_service_interface("fsp-srv2"));
    g_assert_null(horizon_service_interface(""));
    g_assert_null(horizon_service_interface(NULL));
}

static void test_commands(void)
{
    g_assert_cmpstr(horizon_command_name("nn::fssrv::sf::IFileSystem", 8, 0), ==, "OpenFile");
    g_assert_cmpstr(horizon_command_name("fsp-srv", 18, 0), ==, "OpenSdCardFileSystem");
    g_assert_cmpstr(horizon_command_name("set:sys", 68, 0), ==, "GetSerialNumber");
    g_assert_cmpstr(horizon_command_name("appletOE", 0, 0), ==, "OpenApplicationProxy");
    g_assert_null(horizon_command_name("fsp-srv", 4294967295u, 0));
    g_assert_null(horizon_command_name("nn::fssrv::sf::IFileSystem", 12345, 0));
    g_assert_null(horizon_command_name("nn::fssrv::sf::INothing", 0, 0));
    g_assert_null(horizon_command_name("", 0, 0));
    g_assert_null(horizon_command_name(NULL, 0, 0));
}

static void test_short_names(void)
{
    g_assert_cmpstr(horizon_command_name("IFileSystem", 8, 0), ==, "OpenFile");
    g_assert_cmpstr(horizon_command_name("IFile", 0, 0), ==, "Read");
    g_assert_cmpstr(horizon_command_name("ISystemClock", 0, 0), ==, "GetCurrentTime");
    /* Ten interfaces are called ISession, and their commands 0 differ. */
    g_assert_null(horizon_command_name("ISession", 0, 0));
    /* All of the four INotifier, IAsyncContext, … that say anything agree. */
    g_assert_cmpstr(horizon_command_name("IAsyncContext", 1, 0), ==, "Cancel");
    g_assert_null(horizon_command_name("IFileSys", 8, 0));
}

static void test_short_name_of(void)
{
    g_assert_cmpstr(horizon_short_name("nn::fssrv::sf::IFile"), ==, "IFile");
    g_assert_cmpstr(horizon_short_name("IFile"), ==, "IFile");
    g_assert_cmpstr(horizon_short_name("fsp-srv"), ==, "fsp-srv");
    g_assert_cmpstr(horizon_short_name("sm:"), ==, "sm:");
    g_assert_cmpstr(horizon_short_name("set:sys"), ==, "set:sys");
    g_assert_cmpstr(horizon_short_name("a::"), ==, "a::");
    g_assert_cmpstr(horizon_short_name(":"), ==, ":");
    g_assert_cmpstr(horizon_short_name(""), ==, "");
    g_assert_null(horizon_short_name(NULL));
}

static void test_firmware(void)
{
    /* 16.0.0 gave the command content attributes and the old one a new name. */
    g_assert_cmpstr(horizon_command_name("fsp-srv", 8, 0), ==, "OpenFileSystemWithId");
    g_assert_cmpstr(horizon_command_name("fsp-srv", 8, V(16, 0, 0)), ==, "OpenFileSystemWithId");
    g_assert_cmpstr(horizon_command_name("fsp-srv", 8, V(15, 0, 1)), ==,
                    "OpenFileSystemWithIdObsolete");
    g_assert_cmpstr(horizon_command_name("fsp-srv", 8, V(2, 0, 0)), ==,
                    "OpenFileSystemWithIdObsolete");
    g_assert_null(horizon_command_name("fsp-srv", 8, V(1, 0, 0)));
    /* Removed after 1.0.0, and still the newest name there is. */
    g_assert_cmpstr(horizon_command_name("fsp-srv", 0, 0), ==, "OpenFileSystem");
    g_assert_cmpstr(horizon_command_name("fsp-srv", 0, V(1, 0, 0)), ==, "OpenFileSystem");
    g_assert_null(horizon_command_name("fsp-srv", 0, V(2, 0, 0)));
    g_assert_null(horizon_command_name("fsp-srv", 9, V(2, 3, 0)));
    g_assert_nonnull(horizon_command_name("fsp-srv", 9, V(3, 0, 0)));
}

static void test_tipc(void)
{
    g_assert_cmpstr(horizon_tipc_command_name("sm:", 0), ==, "RegisterClient");
    g_assert_cmpstr(horizon_tipc_command_name("sm:", 1), ==, "GetServiceHandle");
    g_assert_cmpstr(horizon_tipc_command_name("sm:m", 1), ==, "UnregisterProcess");
    g_assert_cmpstr(horizon_tipc_command_name("pgl", 20), ==, "GetShellEventObserver");
    g_assert_cmpstr(horizon_tipc_command_name("nn::pgl::sf::IEventObserver", 0), ==,
                    "GetProcessEventHandle");
    g_assert_null(horizon_tipc_command_name("sm:", 99));
    g_assert_null(horizon_tipc_command_name("fsp-srv", 0));
    g_assert_null(horizon_tipc_command_name(NULL, 0));
}

static void test_out_objects(void)
{
    g_assert_cmpstr(horizon_command_out_interface("fsp-srv", 18, 0), ==,
                    "nn::fssrv::sf::IFileSystem");
    g_assert_cmpstr(horizon_command_out_interface("nn::fssrv::sf::IFileSystem", 8, 0), ==,
                    "nn::fssrv::sf::IFile");
    g_assert_cmpstr(horizon_command_out_interface("IFileSystem", 9, 0), ==,
                    "nn::fssrv::sf::IDirectory");
    g_assert_cmpstr(horizon_command_out_interface("time:u", 3, 0), ==,
                    "nn::timesrv::detail::service::ITimeZoneService");
    g_assert_null(horizon_command_out_interface("fsp-srv", 18, 1));
    g_assert_null(horizon_command_out_interface("fsp-srv", 1, 0));
    g_assert_null(horizon_command_out_interface("IFile", 0, 0));
    g_assert_null(horizon_command_out_interface(NULL, 0, 0));
}

/** InterfaceId: the first four bytes of the name's SHA-256, read as little-endian. */
static guint32 hash_of(const char *name)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    guint8 digest[32];
    gsize size = sizeof digest;

    g_checksum_update(checksum, (const guchar *)name, -1);
    g_checksum_get_digest(checksum, digest, &size);
    return digest[0] | digest[1] << 8 | digest[2] << 16 | (guint32)digest[3] << 24;
}

static void check_interface(const char *group, char **field, guint fields, gpointer count)
{
    g_assert_cmpstr(group, ==, "");
    g_assert_cmpuint(fields, ==, 2);
    g_assert_cmpstr(horizon_interface_by_id(hash_of(field[0])), ==, field[0]);
    ++*(guint *)count;
}

static void test_interface_ids(void)
{
    guint count = 0;

    for_each_row(NAMES_TABLE("horizon/interfaces.tsv"), check_interface, &count);
    g_test_message("%u interface ids", count);
    g_assert_cmpuint(count, >, 500);
    /* Two that Atmosphère has as constants. */
    g_assert_cmpstr(horizon_interface_by_id(0xD168E90B), ==,
                    "nn::capsrv::sf::IDecoderControlService");
    g_assert_cmpstr(horizon_interface_by_id(0xB4953DB6), ==, "nn::fssrv::sf::IDirectory");
    g_assert_null(horizon_interface_by_id(0));
    g_assert_null(horizon_interface_by_id(0xFFFFFFFF));
}

static guint32 version_of(const char *text)
{
    guint part[3] = {0, 0, 0};

    g_assert_cmpint(sscanf(text, "%u.%u.%u", &part[0], &part[1], &part[2]), ==, 3);
    return V(part[0], part[1], part[2]);
}

/** The version at which a row of a table must be what is found: its end, else any. */
static guint32 version_for(char **field, guint fields)
{
    const char *until = field_or_empty(field, fields, 3);

    return *until ? version_of(until) : 0;
}

static void check_command(const char *group, char **field, guint fields, gpointer count)
{
    guint32 id = (guint32)g_ascii_strtoull(field[0], NULL, 10);
    guint32 firmware = version_for(field, fields);
    const char *since = field_or_empty(field, fields, 2);
    const char *name = horizon_command_name(group, id, firmware);

    if (g_strcmp0(name, field[1]))
        g_error("%s %u at %x: \"%s\", not \"%s\"", group, id, firmware, name, field[1]);
    if (*since)
        g_assert_cmpstr(horizon_command_name(group, id, version_of(since)), ==, field[1]);
    ++*(guint *)count;
}

static void test_all_commands(void)
{
    guint count = 0;

    for_each_row(NAMES_TABLE("horizon/commands.tsv"), check_command, &count);
    g_test_message("%u names of commands", count);
    g_assert_cmpuint(count, >, 7500);
}

static void check_tipc(const char *group, char **field, guint fields, gpointer count)
{
    guint32 id = (guint32)g_ascii_strtoull(field[0], NULL, 10);

    (void)fields;
    g_assert_cmpstr(horizon_tipc_command_name(group, id), ==, field[1]);
    ++*(guint *)count;
}

static void test_all_tipc_commands(void)
{
    guint count = 0;

    for_each_row(NAMES_TABLE("horizon/tipc_commands.tsv"), check_tipc, &count);
    g_assert_cmpuint(count, >, 30);
}

static void check_service(const char *group, char **field, guint fields, gpointer count)
{
    (void)group;
    (void)fields;
    g_assert_cmpstr(horizon_service_interface(field[0]), ==, field[1]);
    ++*(guint *)count;
}

static void test_all_services(void)
{
    const char *previous = "";
    const char *interface_name = NULL;
    const char *service;
    guint count = 0;
    size_t n;

    for (n = 0; (service = horizon_service_at(n, &interface_name)); n++) {
        g_assert_cmpstr(previous, <, service);
        g_assert_cmpstr(horizon_service_interface(service), ==, interface_name);
        previous = service;
    }
    g_assert_null(horizon_service_at(n + 1, NULL));
    for_each_row(NAMES_TABLE("horizon/services.tsv"), check_service, &count);
    g_assert_cmpuint(count, ==, n);
}

static void check_out_object(const char *group, char **field, guint fields, gpointer count)
{
    (void)group;
    (void)fields;
    g_assert_cmpstr(
        horizon_command_out_interface(field[0], (guint32)atoi(field[1]), (guint)atoi(field[2])), ==,
        field[3]);
    ++*(guint *)count;
}

static void test_all_out_objects(void)
{
    guint count = 0;

    for_each_row(NAMES_TABLE("horizon/out_objects.tsv"), check_out_object, &count);
    g_assert_cmpuint(count, >, 250);
}

struct coverage {
    guint pairs, known, named;
};

static void count_pair(const char *group, char **field, guint fields, gpointer data)
{
    struct coverage *coverage = data;
    const char *interface_name = session_interface(field[1]);
    guint32 id = (guint32)g_ascii_strtoull(field[2], NULL, 10);
    const char *name;

    (void)group;
    g_assert_cmpuint(fields, ==, 4);
    coverage->pairs++;
    if (!interface_name)
        return;
    coverage->known++;
    name = g_str_equal(field[0], "tipc") ? horizon_tipc_command_name(field[1], id)
                                         : horizon_command_name(interface_name, id, 0);
    if (name)
        coverage->named++;
    else
        g_test_message("no name: %s = %s %u (%s)", field[1], interface_name, id, field[3]);
}

static void test_client_coverage(void)
{
    struct coverage coverage = {0, 0, 0};

    for_each_row(TEST_SOURCE_DIR "/unit/names/pairs.tsv", count_pair, &coverage);
    g_test_message("client library: %u pairs of session and command, interface known for %u, "
                   "named %u (%.1f %%)",
                   coverage.pairs, coverage.known, coverage.named,
                   100.0 * coverage.named / coverage.known);
    g_assert_cmpuint(coverage.known * 100, >=, coverage.pairs * 95);
    g_assert_cmpuint(coverage.named * 100, >=, coverage.known * 95);
}

static void check_program(const char *group G_GNUC_UNUSED, char **field, guint fields,
                          gpointer data)
{
    guint64 id = G_GUINT64_CONSTANT(0x0100000000000000) + g_ascii_strtoull(field[0], NULL, 16);

    g_assert_cmpuint(fields, ==, 3);
    g_assert_cmpstr(horizon_program_name(id), ==, field[1]);
    ++*(guint *)data;
}

static void test_programs(void)
{
    guint count = 0;

    for_each_row(NAMES_TABLE("horizon/programs.tsv"), check_program, &count);
    g_assert_cmpuint(count, >, 100);
    g_assert_cmpstr(horizon_program_name(G_GUINT64_CONSTANT(0x0100000000001000)), ==, "qlaunch");
    g_assert_cmpstr(horizon_program_name(G_GUINT64_CONSTANT(0x0100000000000000)), ==, "fs");
    /* Nothing of anybody else's: games, and ids whose low half is one of these. */
    g_assert_null(horizon_program_name(G_GUINT64_CONSTANT(0x0100ABCD12340000)));
    g_assert_null(horizon_program_name(0));
    g_assert_null(horizon_program_name(G_GUINT64_CONSTANT(0x8000000000001000)));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/names/horizon/services", test_services);
    g_test_add_func("/names/horizon/commands", test_commands);
    g_test_add_func("/names/horizon/short-names", test_short_names);
    g_test_add_func("/names/horizon/short-name-of", test_short_name_of);
    g_test_add_func("/names/horizon/firmware", test_firmware);
    g_test_add_func("/names/horizon/tipc", test_tipc);
    g_test_add_func("/names/horizon/out-objects", test_out_objects);
    g_test_add_func("/names/horizon/interface-ids", test_interface_ids);
    g_test_add_func("/names/horizon/programs", test_programs);
    g_test_add_func("/names/horizon/all-commands", test_all_commands);
    g_test_add_func("/names/horizon/all-tipc-commands", test_all_tipc_commands);
    g_test_add_func("/names/horizon/all-services", test_all_services);
    g_test_add_func("/names/horizon/all-out-objects", test_all_out_objects);
    g_test_add_func("/names/horizon/client-coverage", test_client_coverage);
    return g_test_run();
}
