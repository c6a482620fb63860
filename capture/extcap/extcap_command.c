/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"
#include "options.h"
#include "session.h"

#include <stdio.h>
#include <string.h>

int ipcshark_is_extcap_call(int argc, char **argv)
{
    for (int i = 1; i < argc && argv[i][0] == '-'; i++) {
        if (g_str_has_prefix(argv[i], "--extcap-") || !strcmp(argv[i], "--capture"))
            return 1;
    }
    return 0;
}

static gboolean answer(const struct extcap_options *options, GError **error)
{
    if (options->interfaces)
        extcap_print_interfaces();
    else if (options->dlts)
        extcap_print_dlts(options->interface);
    else if (options->config)
        extcap_print_config(options->interface);
    else if (options->capture)
        return extcap_capture(options, error);
    return TRUE;
}

int ipcshark_extcap_command(int argc, char **argv)
{
    struct extcap_options options = {0};
    g_autoptr(GError) error = NULL;
    gboolean good;

    g_set_prgname("ipcshark");
    good = extcap_options_parse(&options, argc, argv, &error) && answer(&options, &error);
    if (!good)
        fprintf(stderr, "%s: %s\n", options.interface ? options.interface->name : "ipcshark",
                error->message);
    extcap_options_clear(&options);
    return good ? 0 : 1;
}
