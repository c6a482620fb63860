/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ring.h
 * The names of a recording that is cut into files, as dumpcap's -b names them:
 * out.pcapng becomes out_00001_20261121131500.pcapng; of too many the oldest is removed.
 */
#ifndef IPCSHARK_RING_H
#define IPCSHARK_RING_H

#include <glib.h>

struct ring;

/** `files`: how many to keep, 0: all. */
struct ring *ring_new(const char *path, guint files);

/** The next file's path, owned by the ring. */
const char *ring_next(struct ring *ring);

/** To be called when the file of ring_next() is open: removes what is too old. */
void ring_remove_old(struct ring *ring);

/** To be called when it could not be opened. */
void ring_forget_last(struct ring *ring);

void ring_free(struct ring *ring);

#endif
