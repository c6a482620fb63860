/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file filter.h
 * The filter that ipctap_set_filter() takes: which calls a producer sends, and how much of them.
 * The recorders' own filters have the same words.
 */
#ifndef IPCTAP_FILTER_H
#define IPCTAP_FILTER_H

#include <ipcshark/record.h>

#define FILTER_MAX_VALUES  32
#define FILTER_MAX_SERVICE 64

struct filter_list {
    unsigned int count; /**< 0: every value is wanted. */
    struct {
        uint64_t first;
        uint64_t last;
    } range[FILTER_MAX_VALUES];
};

struct filter {
    bool is_off;
    bool without_buffers;
    uint32_t buffer_cap; /**< Bytes of each buffer; UINT32_MAX: no limit of the filter's. */
    struct filter_list platforms;
    struct filter_list pids;
    struct filter_list programs;
    struct filter_list commands;
    unsigned int service_count;
    char service[FILTER_MAX_VALUES][FILTER_MAX_SERVICE];
    struct filter *older; /**< Of a tap: what it replaced, which a thread may still look at. */
};

/** Understands the words. False with a sentence in `error` (may be NULL). */
bool ipctap_filter_parse(struct filter *filter, const char *text, char *error, size_t error_size);

/** By what every record's header has: system, process, program. */
bool ipctap_filter_takes_header(const struct filter *filter, const struct ipctap_header *header);

bool ipctap_filter_takes_service(const struct filter *filter, const char *name, size_t length);
bool ipctap_filter_takes_command(const struct filter *filter, uint64_t command);

/** Whether a section holds contents of a buffer, which `buffers` and `bytes` are about. */
bool ipctap_filter_is_buffer(uint16_t section_type);

#endif
