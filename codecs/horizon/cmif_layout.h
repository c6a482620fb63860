/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file cmif_layout.h
 * What the files of the CMIF codec share.
 */
#ifndef IPCSHARK_CMIF_LAYOUT_H
#define IPCSHARK_CMIF_LAYOUT_H

#include "hipc_layout.h"

#include <ipcshark/cmif.h>
#include <ipcshark/reader.h>

#define CMIF_OBJECT_ID_SIZE 4

/** One decode under way. Offsets are from the start of the message. */
struct cmif_decoder {
    const uint8_t *bytes;
    size_t length;
    const struct hipc_message *hipc;
    struct cmif_message *cmif;
    struct ipcshark_findings *findings;
    uint32_t raw_size; /**< As declared. */
    uint32_t raw_end;  /**< As declared. */
};

static inline uint32_t cmif_align(uint32_t offset, uint32_t alignment)
{
    return (offset + alignment - 1) & ~(alignment - 1);
}

static inline uint32_t cmif_raw_end(const struct hipc_message *hipc)
{
    return hipc->raw_offset + hipc->raw_words * (uint32_t)HIPC_WORD_SIZE;
}

/** Bytes from `offset` to `end` that are there. */
static inline uint32_t cmif_captured(size_t length, uint32_t offset, uint32_t end)
{
    uint32_t limit = length < end ? (uint32_t)length : end;

    return limit > offset ? limit - offset : 0;
}

/** The fields of a request's domain header, CMIF_DOMAIN_HEADER_SIZE bytes. */
static inline void cmif_load_domain_in(const uint8_t *bytes, struct cmif_domain *domain)
{
    domain->kind = bytes[0];
    domain->object_count = bytes[1];
    domain->in_raw_size = ipcshark_load_u16(bytes + 2);
    domain->object_id = ipcshark_load_u32(bytes + 4);
    domain->reserved[0] = ipcshark_load_u32(bytes + 8);
    domain->token = ipcshark_load_u32(bytes + 12);
}

/** Both read the domain header at the payload; false if the CMIF header is not to be read. */
bool cmif_decode_domain_in(struct cmif_decoder *decoder, uint32_t room);
bool cmif_decode_domain_out(struct cmif_decoder *decoder);

/** Looks for the place of a reply's ids, see cmif.h. */
void cmif_find_out_objects(struct cmif_decoder *decoder);

#endif
