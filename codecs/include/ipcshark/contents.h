/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file contents.h
 * Where a record keeps what a message only points at: the one place that knows both the systems'
 * descriptors and the record's sections (docs/capture-format.md, section 2).
 */
#ifndef IPCSHARK_CONTENTS_H
#define IPCSHARK_CONTENTS_H

#include <ipcshark/arguments.h>
#include <ipcshark/ctripc.h>
#include <ipcshark/record.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The section with the contents of a translate parameter (enum ctripc_kind), 0 if it has none. */
static inline uint16_t ctripc_contents_section(uint8_t kind)
{
    switch (kind) {
    case CTRIPC_STATIC_BUFFER:
        return IPCTAP_STATIC;
    case CTRIPC_PXI_RW:
    case CTRIPC_PXI_RO:
        return IPCTAP_PXI;
    case CTRIPC_MAPPED_R:
    case CTRIPC_MAPPED_W:
    case CTRIPC_MAPPED_RW:
    case CTRIPC_MAPPED_NONE:
        return IPCTAP_MAPPED;
    default:
        return 0;
    }
}

/**
 * The section with the contents of a buffer that is an argument of `message`: its type, 0 if it has
 * none, and in `index` its number among those of this type.
 */
uint16_t ipcshark_argument_section(const struct ipcshark_message *message,
                                   const struct ipcshark_argument *argument, uint16_t *index);

#ifdef __cplusplus
}
#endif

#endif
