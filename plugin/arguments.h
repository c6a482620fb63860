/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file arguments.h
 * The arguments of a command by its description (ipcshark/arguments.h), the same for all systems:
 * in the tree, with what the record has of their buffers, and as text for the Info column. No
 * state: everything comes from the message and its description.
 */
#ifndef PLUGIN_ARGUMENTS_H
#define PLUGIN_ARGUMENTS_H

#include "plugin.h"

#include <ipcshark/arguments.h>

/** Registered numbers of a protocol's PREFIX.argument fields. */
struct argument_fields {
    int argument;
    int name;
    int type;
    int value;
    int signed_value;
    int real;
    int text;
    int size;
    int place;
    int contents;
    int subtree;
};

/** A decoded message with its description. */
struct argument_view {
    const struct argument_fields *fields;
    const struct call_context *context;
    tvbuff_t *tvb; /**< The message. */
    const struct ipcshark_command *command;
    struct ipcshark_message message;
    bool is_reply;
    const char
        *opened;      /**< "IFile#5": of a reply that gives one object and nothing else; or NULL. */
    bool is_fragment; /**< No descriptors: buffers stand in BUFFER sections, by number. */
};

/** Registers PREFIX.argument and what is below it for a protocol of that filter name. */
void arguments_register(const char *protocol, struct argument_fields *fields);

/** The preference for how many bytes of a buffer are looked into. */
void arguments_register_preferences(module_t *module);

/** Bytes of a buffer that may be looked into: the preference's, at most `size`. */
uint32_t arguments_limit(uint32_t size);

/** Adds all arguments below `tree`. */
void arguments_add(const struct argument_view *view, proto_tree *tree);

/**
 * Adds "path=\"/x\", mode=1", behind `before` if there is anything. With `contents_only` handles
 * and objects are left out.
 */
void arguments_add_text(const struct argument_view *view, struct text *text, const char *before,
                        bool contents_only);

/** argument_text.c: adds one value; false if it is not in this message. Bytes are the message's or,
 *  of what is in a buffer, the buffer's. */
bool argument_add_value(struct text *text, const struct argument_view *view,
                        const struct ipcshark_argument *value, const uint8_t *bytes);

/** ASCII letters of either case are the same. NULL ends with nothing. */
bool argument_ends_with(const char *text, const char *end);
bool argument_is_number(const struct ipcshark_type *type);
bool argument_is_signed(const struct ipcshark_type *type);
/** Whether something is known of what is in a buffer of such elements. */
bool argument_is_told_apart(const struct ipcshark_type *element);
/** Whether a buffer holds as many elements as there is room for: an array; on the 3DS any that is
 *  larger than one. */
bool argument_is_list(const struct ipcshark_argument *value, uint64_t size);
/** Of a floating-point type. */
double argument_real(const struct ipcshark_argument *value);
bool argument_is_buffer(const struct ipcshark_type *type);

/** argument_place.c: the section with a buffer's contents; false if the record has none. */
bool argument_contents(const struct argument_view *view, const struct ipcshark_argument *value,
                       struct record_section *section);

/** "pointer descriptor 0": what carries the argument; NULL for raw data. Packet scope. */
const char *argument_place_text(const struct argument_view *view,
                                const struct ipcshark_argument *value);

/** Whether the description says that a buffer holds a text that ends at a zero. */
bool argument_is_text(const struct ipcshark_argument *value);

/** Contents that are a path, a name or a short text, in UTF-8 or UTF-16: quoted by nobody yet; else
 *  NULL. With `is_text` what stands behind the end does not matter. Packet scope. */
const char *argument_contents_text(wmem_allocator_t *pool, const struct record_section *section,
                                   bool is_text);

#endif
