/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tap_sink.h
 * Where the records of --tap go: the address of a recorder, or a file of records back to back. Writing
 * never blocks the server for long: what a recorder does not take is dropped and counted.
 */
#ifndef IPCSHARK_TAP_SINK_H
#define IPCSHARK_TAP_SINK_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

struct tap_sink;

struct tap_sink *tap_sink_open(const char *destination, GError **error);
void tap_sink_write(struct tap_sink *sink, const uint8_t *record, size_t size);
void tap_sink_close(struct tap_sink *sink);

#endif
