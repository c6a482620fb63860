/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file names_tables.h
 * The form in which generate.py writes codecs/names/tables/ into names_tables.c: sorted arrays of
 * numbers, texts as offsets into one pool. Only the tables' heads hold pointers, so that next to
 * nothing has to be relocated at start.
 */
#ifndef IPCSHARK_NAMES_TABLES_H
#define IPCSHARK_NAMES_TABLES_H

#include <stddef.h>
#include <stdint.h>

/** In place of a text offset or an index: there is none. */
#define NAMES_NONE 0xFFFFFFFFu

/** One name of a command; several with one id differ in their firmware range. */
struct names_command {
    uint32_t id;
    uint32_t name;
    uint32_t range; /**< Index into ipcshark_names_ranges. */
};

/** Firmware versions as HORIZON_VERSION, both inclusive; last UINT32_MAX: still there. */
struct names_range {
    uint32_t first;
    uint32_t last;
};

/** An interface or service; its commands go up to the next group's first. */
struct names_group {
    uint32_t name;
    uint32_t first;
};

/** Groups sorted by name, with one more behind the last that ends its commands. */
struct names_table {
    const struct names_group *group;
    size_t group_count;
    const struct names_command *command;
};

/** A number and its name, sorted by number. */
struct names_value {
    uint32_t value;
    uint32_t name;
};

struct names_values {
    const struct names_value *value;
    size_t count;
};

struct names_service {
    uint32_t name;
    uint32_t interface_name;
};

/** An object that a command gives back; sorted by the first three. */
struct names_out_object {
    uint32_t group; /**< Index of the interface in ipcshark_names_horizon_cmif. */
    uint32_t command;
    uint32_t n;
    uint32_t object; /**< Text. */
};

/** Result descriptions first to last of a module; inner ranges stand behind outer ones. */
struct names_result_range {
    uint16_t module;
    uint16_t first;
    uint16_t last;
    uint32_t name;
};

/** A session that a command hands out. */
struct names_ctr_session {
    uint32_t command;
    uint32_t service; /**< Text. */
    uint32_t session; /**< Text: the group of its commands in ipcshark_names_ctr. */
};

enum {
    NAMES_ORBIS_LAYERS = 3,
    NAMES_APPMSG_FAMILIES = 4
};

extern const char ipcshark_names_pool[];
extern const struct names_range ipcshark_names_ranges[];

extern const struct names_table ipcshark_names_horizon_cmif;
extern const struct names_table ipcshark_names_horizon_tipc;
extern const struct names_table ipcshark_names_ctr;
extern const struct names_table ipcshark_names_orbis;

/** Indices of ipcshark_names_horizon_cmif's groups, sorted by the last part of their names. */
extern const uint16_t ipcshark_names_horizon_short[];
extern const size_t ipcshark_names_horizon_short_count;

extern const struct names_service ipcshark_names_services[];
extern const size_t ipcshark_names_service_count;

extern const struct names_out_object ipcshark_names_out_objects[];
extern const size_t ipcshark_names_out_object_count;

extern const struct names_values ipcshark_names_interface_ids;
extern const struct names_values ipcshark_names_horizon_modules;
extern const struct names_values ipcshark_names_horizon_results;
/** Value: the low half of the id; see HORIZON_SYSTEM_IDS in horizon_names.c. */
extern const struct names_values ipcshark_names_horizon_programs;
extern const struct names_result_range ipcshark_names_horizon_ranges[];
extern const size_t ipcshark_names_horizon_range_count;

extern const struct names_ctr_session ipcshark_names_ctr_sessions[];
extern const size_t ipcshark_names_ctr_session_count;

extern const struct names_values ipcshark_names_ctr_levels;
extern const struct names_values ipcshark_names_ctr_summaries;
extern const struct names_values ipcshark_names_ctr_modules;
extern const struct names_values ipcshark_names_ctr_results;
/** Value: module << 16 | description; module 0xFF stands for all. */
extern const struct names_values ipcshark_names_ctr_descriptions;

extern const struct names_values ipcshark_names_orbis_errors[NAMES_ORBIS_LAYERS];
extern const struct names_values ipcshark_names_appmsg_types[NAMES_APPMSG_FAMILIES];
extern const struct names_values ipcshark_names_appmsg_events;

/** In names_lookup.c. */
static inline const char *names_text(uint32_t offset)
{
    return offset == NAMES_NONE ? NULL : ipcshark_names_pool + offset;
}

/** The group of that name; NULL if there is none. */
const struct names_group *ipcshark_names_find_group(const struct names_table *table,
                                                    const char *name);

/** The name of a command of a group, by the rules of names.h for `firmware`; NULL if unknown. */
const char *ipcshark_names_find_command(const struct names_table *table,
                                        const struct names_group *group, uint32_t id,
                                        uint32_t firmware);

const char *ipcshark_names_find_value(const struct names_values *values, uint32_t value);

#endif
