/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file control.h
 * The toolbar: messages between Wireshark and its capture helper through two more fifos. A message
 * is 'T', the length of the rest in three bytes with the high one first, the number of a control, a
 * command and its payload (Wireshark's doc/README.extcap).
 */
#ifndef IPCSHARK_EXTCAP_CONTROL_H
#define IPCSHARK_EXTCAP_CONTROL_H

#include <glib.h>

enum control_command {
    CONTROL_INITIALIZED = 0, /**< The values that the user left in the toolbar have been sent. */
    CONTROL_SET = 1,
    CONTROL_STATUS_BAR = 6, /**< To Wireshark; the control's number does not matter. */
};

enum {
    CONTROL_HEADER_SIZE = 6,
    CONTROL_MAX_PAYLOAD = 65535, /**< Wireshark's own limit. */
};

struct control;

/** `payload` is terminated, but may contain zeros. */
typedef void (*control_function)(guint8 number, guint8 command, const char *payload, gsize length,
                                 gpointer data);

/** Opens the fifos that are given. NULL without an error if none is. */
struct control *control_open(const char *in, const char *out, control_function take, gpointer data,
                             GError **error);
void control_close(struct control *control);

/** A line in Wireshark's status bar. */
void control_tell(struct control *control, const char *text);

/** The text of a field in the toolbar. */
void control_show(struct control *control, guint8 number, const char *text);

/** Splits what has been read; for control_open() and tests. Returns how many bytes were taken, -1
 *  if they are no messages. */
gssize control_split(const guint8 *bytes, gsize length, control_function take, gpointer data);

#endif
