/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file ctr_section.h Which section of a record has the contents of a translate parameter. */
#ifndef IPCSHARK_CTR_SECTION_H
#define IPCSHARK_CTR_SECTION_H

#include <ipcshark/ctripc.h>
#include <ipcshark/record.h>

/** 0 if the parameter has no contents. */
static inline uint16_t ctr_section_of(uint8_t kind)
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
        return IPCTAP_MAPPED;
    default:
        return 0;
    }
}

#endif
