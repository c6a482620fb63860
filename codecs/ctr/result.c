/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ipcshark/ctr_result.h>

#define MODULE_SHIFT  10
#define SUMMARY_SHIFT 21
#define LEVEL_SHIFT   27

struct ctr_result ctr_result_split(uint32_t result)
{
    return (struct ctr_result){
        .description = result & 0x3FF,
        .module = (uint8_t)(result >> MODULE_SHIFT),
        .summary = (result >> SUMMARY_SHIFT) & 0x3F,
        .level = (uint8_t)(result >> LEVEL_SHIFT),
    };
}

uint32_t ctr_result_join(const struct ctr_result *result)
{
    return (result->description & 0x3FFu) | (uint32_t)result->module << MODULE_SHIFT |
           (result->summary & 0x3Fu) << SUMMARY_SHIFT |
           (uint32_t)(result->level & 0x1F) << LEVEL_SHIFT;
}
