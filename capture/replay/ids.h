/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ids.h
 * Which number another run gives to what a capture's number stood for: handles, domain objects,
 * kids, tickets. Learnt from replies; a number that no reply brought stays what it is.
 */
#ifndef IPCSHARK_REPLAY_IDS_H
#define IPCSHARK_REPLAY_IDS_H

#include <glib.h>

enum id_kind {
    ID_HANDLE = 0,
    ID_OBJECT, /**< Within a session: `within` is its captured handle; a clone has its objects, too,
                    so what no session knows is taken from the last that learnt it. */
    ID_KID,
    ID_TICKET,
    ID_PROCESS,
    ID_VALUE, /**< A service's own number, in raw data. */
};

struct ids;

struct ids *ids_new(void);
void ids_free(struct ids *ids);

void ids_learn(struct ids *ids, enum id_kind kind, guint32 within, guint64 captured, guint64 now);
gboolean ids_know(const struct ids *ids, enum id_kind kind, guint32 within, guint64 captured);
/** `captured` itself if nothing is known. */
guint64 ids_now(const struct ids *ids, enum id_kind kind, guint32 within, guint64 captured);

#endif
