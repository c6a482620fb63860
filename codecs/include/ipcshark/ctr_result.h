/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctr_result.h
 * 3DS result codes: description in bits 0-9, module 10-17, summary 21-26, level 27-31; negative
 * levels are errors. Sources: 3dbrew "Error codes", libctru result.h, Azahar.
 */
#ifndef IPCSHARK_CTR_RESULT_H
#define IPCSHARK_CTR_RESULT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Results with this bit are errors: the level's sign. Others that are not 0 are successes, too. */
#define CTR_RESULT_ERROR 0x80000000u

struct ctr_result {
    uint16_t description; /**< 10 bits. */
    uint8_t module;       /**< 8 bits. */
    uint8_t summary;      /**< 6 bits. */
    uint8_t level;        /**< 5 bits, of which the highest says that it is an error. */
};

struct ctr_result ctr_result_split(uint32_t result);
uint32_t ctr_result_join(const struct ctr_result *result);

/** Names, NULL if unknown. A description below 1000 belongs to its module. */
const char *ctr_level_name(uint8_t level);
const char *ctr_summary_name(uint8_t summary);
const char *ctr_module_name(uint8_t module);
const char *ctr_description_name(uint8_t module, uint16_t description);

/** Name of the whole code, "ResultInvalidHandle"; NULL if unknown. */
const char *ctr_result_name(uint32_t result);

/** "0xD8E007F7 InvalidHandle (Permanent, InvalidArgument, Kernel)", "ok" for 0. As snprintf. */
int ctr_result_format(uint32_t result, char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
