/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file demo.h
 * Live packets with no console at hand: this program's own server and traffic commands as child
 * processes, between Unix sockets in a temporary directory of their own.
 */
#ifndef IPCSHARK_EXTCAP_DEMO_H
#define IPCSHARK_EXTCAP_DEMO_H

#include "options.h"

/** Calls `take` with each scenario of `ipcshark traffic --list`; never without that command. */
void demo_list_scenarios(void (*take)(const char *name, const char *summary, gpointer data),
                         gpointer data);

struct demo;

/** Something that whoever looks at the capture should know; `is_over`: nothing more will come. */
typedef void (*demo_function)(const char *text, gboolean is_over, gpointer data);

/** Where the server's records will go; before demo_start(). NULL with an error. */
struct demo *demo_new(const struct extcap_options *options, demo_function tell, gpointer data,
                      GError **error);
const char *demo_recorder_address(const struct demo *demo);

gboolean demo_start(struct demo *demo, GError **error);

/** Ends the children and waits for them. Their last records lie in the recorder's socket then. */
void demo_stop(struct demo *demo);
void demo_free(struct demo *demo);

#endif
