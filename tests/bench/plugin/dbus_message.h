/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file dbus_message.h
 * D-Bus messages of any size: what Wireshark's own dissector of a comparable protocol reads, as the
 * other side of the plugin's benchmark.
 */
#ifndef DBUS_MESSAGE_H
#define DBUS_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

/**
 * Writes a method call (odd serials) or the reply to the call before it, with one string as its
 * body that makes it `size` bytes long, or as many as the headers take if that is more.
 *
 * @return its size; 0 if it does not fit.
 */
uint32_t dbus_message(uint8_t *bytes, size_t capacity, uint32_t serial, uint32_t size);

#endif
