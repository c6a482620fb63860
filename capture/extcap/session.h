/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file session.h
 * One capture of one interface: the recorder of `ipcshark record` with Wireshark's fifo as its
 * file.
 */
#ifndef IPCSHARK_EXTCAP_SESSION_H
#define IPCSHARK_EXTCAP_SESSION_H

#include "options.h"

/** Until Wireshark stops it or closes the fifo. False with an error that is one sentence. */
gboolean extcap_capture(const struct extcap_options *options, GError **error);

#endif
