/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file ilia_internal.h The two forms. Each returns false and leaves rubbish if it is not that
 *  one. */
#ifndef ILIA_INTERNAL_H
#define ILIA_INTERNAL_H

#include <ipcshark/ilia.h>

bool ilia_decode_messages(const uint8_t *bytes, size_t length, struct ilia_call *call);
bool ilia_decode_chunks(const uint8_t *bytes, size_t length, struct ilia_call *call);

/** Adds a buffer; false if there are too many. */
bool ilia_add_buffer(struct ilia_call *call, const struct ilia_buffer *buffer);

#endif
