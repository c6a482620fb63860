/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call.h
 * What a request calls, and whether its reply is an error.
 */
#ifndef IPCSHARK_STATS_CALL_H
#define IPCSHARK_STATS_CALL_H

#include <ipcshark/record.h>

#include <glib.h>

struct call {
    char *service; /**< As the record names it. */
    char *command; /**< "IFileSystem.OpenFile", "command 7" */
    bool is_tipc;  /**< What the bytes of a reply do not tell. */
    bool is_control;
};

/** The texts come from the capture, made printable. */
void call_describe(const struct ipctap_record *enter, struct call *call);
void call_clear(struct call *call);

/** The kernel's result, else the service's. */
bool call_has_failed(const struct ipctap_record *exit, const struct call *call);

#endif
