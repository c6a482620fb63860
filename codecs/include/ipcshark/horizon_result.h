/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file horizon_result.h
 * Horizon result codes: module in bits 0-8, description in bits 9-21, the rest reserved; printed as
 * "2001-0229" (2000 + module, description). Source: libvapours results_common.hpp, libnx result.h.
 */
#ifndef IPCSHARK_HORIZON_RESULT_H
#define IPCSHARK_HORIZON_RESULT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HORIZON_RESULT(module, description) ((uint32_t)(module) | (uint32_t)(description) << 9)

static inline uint16_t horizon_result_module(uint32_t result)
{
    return result & 0x1FF;
}

static inline uint16_t horizon_result_description(uint32_t result)
{
    return (result >> 9) & 0x1FFF;
}

/** "fs", "sf", …; NULL if unknown. */
const char *horizon_module_name(uint16_t module);

/** "PathNotFound"; the name of the range if only that is known; NULL if unknown. */
const char *horizon_result_name(uint32_t result);

/** "fs PathNotFound (2002-0001)", "ok" for 0. Returns what snprintf would. */
int horizon_result_format(uint32_t result, char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
