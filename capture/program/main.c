/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

struct command {
    const char *name;
    const char *summary;
    int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
#ifdef IPCSHARK_WITH_RECORD
    {"record", "write what producers send, or what passes a proxy, to a capture file",
     ipcshark_record_command},
#endif
#ifdef IPCSHARK_WITH_IMPORT
    {"import", "turn crash reports, emulator logs and hex dumps into a capture file",
     ipcshark_import_command},
#endif
#ifdef IPCSHARK_WITH_DECODE
    {"decode", "read one message: from hex, or JSON lines", ipcshark_decode_command},
    {"encode", "turn what decode printed back into bytes", ipcshark_encode_command},
#endif
#ifdef IPCSHARK_WITH_STATS
    {"stats", "count calls, errors and times of a capture per service and command",
     ipcshark_stats_command},
#endif
#ifdef IPCSHARK_WITH_EXPORT
    {"export", "stream calls as JSON lines, bulk requests or CSV for databases",
     ipcshark_export_command},
#endif
#ifdef IPCSHARK_WITH_REPLAY
    {"replay", "send a capture's requests to a server, say which replies differ",
     ipcshark_replay_command},
#endif
#ifdef IPCSHARK_WITH_SERVER
    {"server", "run the reference server: three simulated kernels and their services",
     ipcshark_server_command},
#endif
#ifdef IPCSHARK_WITH_TRAFFIC
    {"traffic", "let clients of all three systems talk to a server", ipcshark_traffic_command},
#endif
#ifdef IPCSHARK_WITH_INSTALL
    {"install", "put plugin, capture helper and profile where Wireshark looks for them",
     ipcshark_install_command},
    {"doctor", "say whether Wireshark finds all that, and what mends it", ipcshark_doctor_command},
#endif
    {NULL, NULL, NULL},
};

static void print_usage(FILE *stream)
{
    fputs("Usage: ipcshark COMMAND [OPTION…]\n\n"
          "Console IPC (Nintendo Switch, 3DS, PlayStation 4) for Wireshark.\n\n",
          stream);
    for (const struct command *command = commands; command->name; command++)
        fprintf(stream, "  %-9s %s\n", command->name, command->summary);
    fputs("\n`ipcshark COMMAND --help` has the options and examples of each.\n", stream);
}

static int run(const struct command *command, int argc, char **argv)
{
    g_autofree char *name = g_strdup_printf("ipcshark %s", command->name);

    g_set_prgname(name);
    argv[1] = name;
    return command->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    if (argc < 2) {
        print_usage(stderr);
        return 2;
    }
#ifdef IPCSHARK_WITH_EXTCAP
    if (ipcshark_is_extcap_call(argc, argv))
        return ipcshark_extcap_command(argc, argv);
#endif
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        print_usage(stdout);
        return 0;
    }
    if (!strcmp(argv[1], "--version")) {
        puts("ipcshark " IPCSHARK_VERSION);
        return 0;
    }
    for (const struct command *command = commands; command->name; command++) {
        if (!strcmp(argv[1], command->name))
            return run(command, argc, argv);
    }
    fprintf(stderr, "ipcshark: there is no command \"%s\"; see ipcshark --help\n", argv[1]);
    return 2;
}
