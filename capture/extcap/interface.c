/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "interface.h"

#include "address.h"
#include "demo.h"
#include "options.h"
#include "own_program.h"

#include <ipcshark/record.h>
#include <stdio.h>
#include <string.h>

static const struct extcap_interface interfaces[] = {
    {"ipcshark-listen", "Console IPC: listen", EXTCAP_LISTEN},
    {"ipcshark-proxy", "Console IPC: proxy", EXTCAP_PROXY},
    {"ipcshark-demo", "Console IPC: reference server with traffic", EXTCAP_DEMO},
};

const struct extcap_interface *extcap_interface_find(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(interfaces); i++) {
        if (!strcmp(interfaces[i].name, name))
            return &interfaces[i];
    }
    return NULL;
}

#define FILTER_HELP                                                                                \
    "Capture some calls only: words such as platform=ctr pid=81 service=fsp-srv command=8 "        \
    "buffers=off bytes=256; empty: all"

static void print_controls(void)
{
    printf("control {number=%d}{type=boolean}{display=Pause}{default=false}"
           "{tooltip=Records that arrive meanwhile are not captured}\n",
           EXTCAP_CONTROL_PAUSE);
    printf("control {number=%d}{type=string}{display=Mark}{placeholder=what happens now}"
           "{tooltip=The text of the next mark}\n",
           EXTCAP_CONTROL_MARK_TEXT);
    printf("control {number=%d}{type=button}{display=Set mark}"
           "{tooltip=Write a note with this text into the capture}\n",
           EXTCAP_CONTROL_MARK);
    printf("control {number=%d}{type=string}{display=Filter}{placeholder=service=fsp-srv pid=81}"
           "{tooltip=" FILTER_HELP "}\n",
           EXTCAP_CONTROL_FILTER);
}

/** Of docs/extcap.md as it is installed with the program; NULL if it is not. */
static char *help_address(void)
{
    g_autofree char *program = ipcshark_own_program();
    g_autofree char *folder = program ? g_path_get_dirname(program) : NULL;
    g_autofree char *path =
        folder ? g_build_filename(folder, "..", "share", "doc", "ipcshark", "extcap.md", NULL)
               : NULL;
    g_autofree char *page = path ? g_canonicalize_filename(path, NULL) : NULL;

    if (!page || !g_file_test(page, G_FILE_TEST_EXISTS))
        return NULL;
    return g_filename_to_uri(page, NULL, NULL);
}

/** Without an address of ours the Help button opens Wireshark's own page on such interfaces. */
void extcap_print_interfaces(void)
{
    g_autofree char *help = help_address();

    printf("extcap {version=" IPCSHARK_VERSION "}{display=Console IPC (ipcshark)}");
    if (help)
        printf("{help=%s}", help);
    putchar('\n');
    for (size_t i = 0; i < G_N_ELEMENTS(interfaces); i++)
        printf("interface {value=%s}{display=%s}\n", interfaces[i].name, interfaces[i].display);
    print_controls();
}

void extcap_print_dlts(const struct extcap_interface *interface)
{
    printf("dlt {number=%d}{name=WIRESHARK_UPPER_PDU}{display=%s}\n", IPCTAP_LINKTYPE,
           interface->display);
}

/** Arguments are numbered in the order in which they are printed. */
struct printer {
    int number;
};

static void G_GNUC_PRINTF(2, 3) print_argument(struct printer *printer, const char *format, ...)
{
    va_list arguments;

    printf("arg {number=%d}", printer->number++);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

/** No braces within: they end a value. */
#define ADDRESS_RULE "{validation=^(tcp:.+:[0-9]+|unix:.+)$}"

static void print_address(struct printer *printer, const char *call, const char *display,
                          const char *preset, const char *tooltip)
{
    print_argument(printer,
                   "{call=%s}{display=%s}{type=string}{default=%s}" ADDRESS_RULE
                   "{required=true}{tooltip=%s, as tcp:HOST:PORT or unix:PATH}",
                   call, display, preset, tooltip);
}

static void print_allow_remote(struct printer *printer)
{
    print_argument(printer, "{call=--allow-remote}{display=Allow other machines}{type=boolflag}"
                            "{default=false}{tooltip=Listen on addresses that other machines "
                            "reach; without this only this machine may connect}");
}

static void print_listen(struct printer *printer)
{
    print_address(printer, "--listen", "Listen on", IPCSHARK_DEFAULT_RECORDER,
                  "Where emulators, hooks and servers push their records");
    print_allow_remote(printer);
}

static void print_proxy(struct printer *printer)
{
    print_address(printer, "--listen", "Listen on", EXTCAP_DEFAULT_PROXY,
                  "Where clients connect instead of to the server");
    print_address(printer, "--server", "Forward to", IPCSHARK_DEFAULT_SERVER,
                  "The server that clients mean");
    print_allow_remote(printer);
}

static void print_scenario(const char *name, const char *summary, gpointer data)
{
    const struct printer *printer = data;

    printf("value {arg=%d}{value=%s}{display=%s: %s}\n", printer->number - 1, name, name, summary);
}

static void print_demo(struct printer *printer)
{
    print_argument(printer, "{call=--scenario}{display=Scenario}{type=selector}"
                            "{tooltip=What the clients of the reference server do}");
    printf("value {arg=%d}{value=" EXTCAP_EACH "}{display=each in turn}{default=true}\n",
           printer->number - 1);
    demo_list_scenarios(print_scenario, printer);
    print_argument(printer,
                   "{call=--pause}{display=Pause between scenarios (ms)}{type=integer}"
                   "{range=0,%d}{default=%d}{tooltip=0: as fast as it goes}",
                   EXTCAP_MAX_PAUSE, EXTCAP_DEFAULT_PAUSE);
    print_argument(printer, "{call=--rounds}{display=Scenarios to run}{type=integer}"
                            "{range=0,1000000000}{default=0}{tooltip=0: without an end}");
}

static void print_limits(struct printer *printer)
{
    static const char *const systems[] = {"all", "all systems",  "horizon", "Nintendo Switch",
                                          "ctr", "Nintendo 3DS", "orbis",   "PlayStation 4"};

    print_argument(printer, "{call=--platform}{display=System}{type=selector}{group=Limits}"
                            "{tooltip=Capture the records of one system only}");
    for (size_t i = 0; i < G_N_ELEMENTS(systems); i += 2)
        printf("value {arg=%d}{value=%s}{display=%s}{default=%s}\n", printer->number - 1,
               systems[i], systems[i + 1], i == 0 ? "true" : "false");
    print_argument(printer, "{call=--filter}{display=Filter}{type=string}{group=Limits}"
                            "{tooltip=" FILTER_HELP "}");
    print_argument(printer,
                   "{call=--max-record}{display=Bytes of a record}{type=long}"
                   "{range=0,4294967295}{default=0}{group=Limits}{tooltip=Larger records lose "
                   "contents of their largest buffers, 0: keep all}");
}

void extcap_print_config(const struct extcap_interface *interface)
{
    static void (*const print_own[])(struct printer *) = {
        [EXTCAP_LISTEN] = print_listen,
        [EXTCAP_PROXY] = print_proxy,
        [EXTCAP_DEMO] = print_demo,
    };
    struct printer printer = {0};

    print_own[interface->kind](&printer);
    print_limits(&printer);
}
