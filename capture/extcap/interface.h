/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file interface.h
 * The interfaces that stand in Wireshark's list, and what it is told about each: link type, the
 * arguments of the dialog, the toolbar. The sentences are those of Wireshark's doc/README.extcap.
 */
#ifndef IPCSHARK_EXTCAP_INTERFACE_H
#define IPCSHARK_EXTCAP_INTERFACE_H

#define EXTCAP_MAX_PAUSE 3600000 /**< Milliseconds. */

enum extcap_kind {
    EXTCAP_LISTEN,
    EXTCAP_PROXY,
    EXTCAP_DEMO,
};

struct extcap_interface {
    const char *name;
    const char *display;
    enum extcap_kind kind;
};

/** Numbers of the toolbar's controls. */
enum extcap_control {
    EXTCAP_CONTROL_PAUSE,
    EXTCAP_CONTROL_MARK_TEXT,
    EXTCAP_CONTROL_MARK,
    EXTCAP_CONTROL_FILTER,
};

const struct extcap_interface *extcap_interface_find(const char *name);

/** Answers to --extcap-interfaces, --extcap-dlts and --extcap-config, on standard output. */
void extcap_print_interfaces(void);
void extcap_print_dlts(const struct extcap_interface *interface);
void extcap_print_config(const struct extcap_interface *interface);

#endif
