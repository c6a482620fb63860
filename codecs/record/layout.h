/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the fields of a record lie: docs/capture-format.md, sections 1 and 2. */
#ifndef IPCSHARK_RECORD_LAYOUT_H
#define IPCSHARK_RECORD_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

enum {
    RECORD_VERSION_OFFSET = 4,
    RECORD_HEADER_SIZE_OFFSET = 8,
    RECORD_FLAGS_OFFSET = 10,
    RECORD_SIZE_OFFSET = 12,
    RECORD_CALL_ID_OFFSET = 24,
    RECORD_RESERVED_OFFSET = 61,
    RECORD_SOURCE_OFFSET = 62,
    RECORD_ALIGNMENT = 8,
    SECTION_CAPTURED_OFFSET = 4,
};

/** "Sizes of records and sections are multiples of 8." */
static inline size_t record_align(size_t size)
{
    return (size + RECORD_ALIGNMENT - 1) & ~(size_t)(RECORD_ALIGNMENT - 1);
}

#endif
