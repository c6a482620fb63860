/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file damage.h
 * What malformed clients share: bytes that went wrong, and records that the server ends a
 * connection for.
 */
#ifndef IPCSHARK_TRAFFIC_DAMAGE_H
#define IPCSHARK_TRAFFIC_DAMAGE_H

#include "scenarios.h"

/** Changes some bytes: a few bits, a word, everything, or the end replaced by zeros. */
void damage_bytes(GRand *random, uint8_t *bytes, size_t size);

/** New processes of this platform that break the record format in every way; each must be told why
 *  and be disconnected. */
void damage_records(struct traffic_run *run, uint8_t platform);

#endif
