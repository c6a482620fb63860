/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IPCSHARK_ARGUMENTS_INTERNAL_H
#define IPCSHARK_ARGUMENTS_INTERNAL_H

#include "layout.h"

/** The n-th of all in and out arguments, NULL past the end. */
const struct ipcshark_field *ipcshark_arguments_field(const struct ipcshark_command *command,
                                                      uint16_t n, bool *is_out);

/** Whether a request or reply has that argument in its iteration. */
bool ipcshark_arguments_belongs(const struct ipcshark_command *command,
                                const struct ipcshark_field *field, bool is_out, bool is_reply);

void ctr_place(struct ipcshark_arguments *arguments, const struct ipcshark_field *field,
               struct ipcshark_argument *argument);

/** The descriptor and address of a buffer. */
void ctr_place_buffer(const struct ctripc_translate *translate, struct ipcshark_argument *argument);

/** The next argument of a command that nobody described. */
bool ctr_generic_next(struct ipcshark_arguments *arguments, struct ipcshark_argument *argument);

/** The kind of translate parameter that carries such a type; CTRIPC_KIND_COUNT for raw data. */
enum ctripc_kind ctr_kind_of_type(const struct ipcshark_type *type);

/** Whether a parameter found may carry a type. */
bool ctr_carries(const struct ipcshark_type *type, const struct ctripc_translate *translate);

void ctr_check_arguments(const struct ipcshark_command *command,
                         const struct ipcshark_message *message,
                         struct ipcshark_findings *findings);

/** What a command's message has of each kind. */
struct arguments_count {
    uint8_t pointer, send, receive, exchange, receive_list, out_pointer_sizes;
    uint8_t copy, move, object;
    bool pid;
};

void ipcshark_arguments_count(const struct ipcshark_command *command, bool is_reply,
                              struct arguments_count *count);

#endif
