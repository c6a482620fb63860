/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file options.h
 * What Wireshark says when it calls its capture helper. Wireshark passes every argument that has a
 * default, under the names that the answer to --extcap-config gave it.
 */
#ifndef IPCSHARK_EXTCAP_OPTIONS_H
#define IPCSHARK_EXTCAP_OPTIONS_H

#include "interface.h"

#include <glib.h>

#define EXTCAP_DEFAULT_PROXY "tcp:127.0.0.1:18260"
#define EXTCAP_DEFAULT_PAUSE 1000 /**< Milliseconds between two scenarios. */
#define EXTCAP_EACH          "each"

struct extcap_options {
    gboolean interfaces;
    gboolean dlts;
    gboolean config;
    gboolean capture;
    char *interface_name;
    char *fifo;
    char *control_in;
    char *control_out;

    char *listen;
    char *server;
    char *scenario;
    char *platform;
    char *filter;
    gint64 pause;
    gint64 rounds;
    gint64 max_record;
    gboolean allow_remote;

    const struct extcap_interface *interface; /**< The one that interface_name names. */
    guint8 only_platform;                     /**< enum ipctap_platform; 0: all. */
};

/** Fills in defaults and checks. The error is one sentence for the user. */
gboolean extcap_options_parse(struct extcap_options *options, int argc, char **argv,
                              GError **error);
void extcap_options_clear(struct extcap_options *options);

#endif
