/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file layout.h
 * Where raw arguments stand: CMIF sorts by alignment, TIPC keeps the declared order, the 3DS gives
 * each argument whole words.
 */
#ifndef IPCSHARK_ARGUMENTS_LAYOUT_H
#define IPCSHARK_ARGUMENTS_LAYOUT_H

#include <ipcshark/arguments.h>
#include <ipcshark/names.h>

#define ARGUMENTS_MAX_ALIGNMENT 16
#define CTR_WORD                4u
/** More raw data than this fits no message. */
#define ARGUMENTS_MAX_RAW (HIPC_MAX_RAW_WORDS * 4u)

static inline bool type_is_raw(const struct ipcshark_type *type)
{
    return type->kind < IPCSHARK_TYPE_PID;
}

static inline uint64_t align_up(uint64_t offset, uint32_t alignment)
{
    return (offset + alignment - 1) & ~(uint64_t)(alignment - 1);
}

/**
 * Gives each raw field its offset and returns the size, UINT32_MAX if a size is not known or the
 * whole is no message's.
 */
uint32_t ipcshark_arguments_layout(enum ipcshark_convention convention, bool is_out,
                                   struct ipcshark_field *field, uint32_t count);

/** The command of an interface (or TIPC service, …) of exactly that name. */
const struct ipcshark_command *ipcshark_arguments_find_exact(
    const struct ipcshark_description *description, enum ipcshark_convention convention,
    const char *name, uint32_t id, uint32_t firmware);

#endif
