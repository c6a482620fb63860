/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file opening.h
 * Sessions that were open before a capture began: an emulator's hook sees requests, and perhaps the
 * service's name, but not how the program came by its handle.
 */
#ifndef IPCSHARK_REPLAY_OPENING_H
#define IPCSHARK_REPLAY_OPENING_H

#include "connection.h"

/** The process that opens them. */
struct opener {
    struct connection *connection;
    guint8 platform;
    guint32 pid;
    guint timeout;   /**< Milliseconds for each reply. */
    guint32 manager; /**< Handle of sm: or srv:, 0 before the first session. */
};

/** A session of the service, through sm: or srv:, or else of the port of that name. 0: there is
 *  none, or the system has no such names. */
guint32 opening_service(struct opener *opener, const char *service);

/** Makes a domain of a Switch's session. @return the id of its first object, 0 if it did not
 *  work. */
guint32 opening_domain(struct opener *opener, guint32 handle);

#endif
