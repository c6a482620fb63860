/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tap_file.h
 * For the generators of captures: records in a nanosecond pcap file, each with the tags of
 * LINKTYPE_WIRESHARK_UPPER_PDU before it.
 */
#ifndef TAP_FILE_H
#define TAP_FILE_H

#include <ipcshark/record.h>

#include <stdbool.h>
#include <stdio.h>

struct tap_file {
    FILE *file;
    uint64_t time;               /**< Of the next record; moves on by a microsecond each. */
    uint64_t call_id;            /**< Of the last call entered. */
    struct ipctap_header header; /**< What every record has: platform, pid, tid, source, flags. */
    struct ipcshark_writer writer;
    uint8_t bytes[IPCTAP_MAX_PACKET_SIZE];
};

/** Opens the file and writes its header. Exits with a message if it cannot. */
void tap_open(struct tap_file *tap, const char *path, uint8_t platform);
void tap_close(struct tap_file *tap);

/** Begins a record; sections follow, then tap_end(). */
void tap_begin(struct tap_file *tap, uint8_t kind, uint8_t phase, uint32_t object);

/** Begins the request of a new call, or the reply of the last one. */
void tap_enter(struct tap_file *tap, uint8_t kind, uint32_t object);
void tap_exit(struct tap_file *tap, uint8_t kind, uint32_t object, uint32_t result);

void tap_section(struct tap_file *tap, uint16_t type, uint16_t index, uint64_t address,
                 const void *bytes, size_t size);
void tap_text(struct tap_file *tap, uint16_t type, uint16_t index, const char *text);
void tap_end(struct tap_file *tap);

/** A kernel call's section. */
void tap_kernel_call(struct tap_file *tap, const struct ipctap_kernel_call *call);

/** A note with one text section. */
void tap_note(struct tap_file *tap, uint32_t object, uint16_t type, const char *text);

#endif
