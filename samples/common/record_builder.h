/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file record_builder.h
 * An ipctap record of any size, put together section by section: what the server answers with, what
 * its tap gets, and what the traffic clients send. Contents are copied as they are added.
 */
#ifndef IPCSHARK_RECORD_BUILDER_H
#define IPCSHARK_RECORD_BUILDER_H

#include <ipcshark/record.h>

#include <glib.h>

/** Records of up to this size need no memory of their own. */
#define RECORD_BUILDER_ROOM 512

/** Not to be copied: `bytes` may point into it. */
struct record_builder {
    struct ipctap_header header; /**< May be changed until record_builder_finish(). */
    uint8_t *bytes;              /**< The record so far, its header still unwritten. */
    size_t capacity;
    size_t size;          /**< Of the record as it stands, also if that is too much. */
    size_t section_count; /**< That were added. */
    uint8_t room[RECORD_BUILDER_ROOM];
};

void record_builder_init(struct record_builder *builder, const struct ipctap_header *header);
void record_builder_clear(struct record_builder *builder);

/** Drops all sections, keeps the header. */
void record_builder_reset(struct record_builder *builder);

void record_builder_add(struct record_builder *builder, uint16_t type, uint16_t index,
                        uint64_t address, const void *bytes, size_t size);

/** A section of which only the first `captured` of `declared` bytes are given. */
void record_builder_add_part(struct record_builder *builder, uint16_t type, uint16_t index,
                             uint64_t address, const void *bytes, size_t captured,
                             uint64_t declared);

/** Room that an enter announces: no bytes, only how many may be stored at the address. */
void record_builder_add_room(struct record_builder *builder, uint16_t type, uint16_t index,
                             uint64_t address, uint64_t size);

/** NULL and "" add nothing. */
void record_builder_add_text(struct record_builder *builder, uint16_t type, uint16_t index,
                             const char *text);
void record_builder_add_u64(struct record_builder *builder, uint16_t type, uint64_t value);
void record_builder_add_kernel_call(struct record_builder *builder,
                                    const struct ipctap_kernel_call *call);

/** A section of another record, cut to at most `limit` bytes (the record gets TRUNCATED then). */
void record_builder_add_section(struct record_builder *builder,
                                const struct ipctap_section *section, size_t limit);

/**
 * The record where it is built, until something is added or the builder cleared; NULL as
 * record_builder_finish().
 */
uint8_t *record_builder_peek(const struct record_builder *builder, size_t *size);

/** The record, to be freed with g_free(); NULL if it is over IPCTAP_MAX_RECORD_SIZE or has too many
 *  sections. */
uint8_t *record_builder_finish(const struct record_builder *builder, size_t *size);

#endif
