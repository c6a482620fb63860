/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file handles.h
 * Handles as arguments: those that a message passes on and those that a system call is about. What
 * each stands for is looked up on the first pass, before the record has its effect or, where it
 * brings handles, after it; it is kept for the records alone that have a handle that is known.
 */
#ifndef PLUGIN_HANDLES_H
#define PLUGIN_HANDLES_H

#include "known_command.h"
#include "plugin.h"

/** As many as are looked at: more than a message has, and as many as a system call waits for. */
#define HANDLES_MAX 64

/** Pseudo handles. */
#define HANDLES_THIS_THREAD  0xFFFF8000u
#define HANDLES_THIS_PROCESS 0xFFFF8001u

/** One of them, or a domain object. Strings in file scope. */
struct named_handle {
    const struct session *session;       /**< NULL: nothing but the names is known. */
    const struct session_object *object; /**< What the id `handle` stands for; of handles NULL. */
    const char *service;                 /**< NULL unknown. */
    const char
        *interface_name; /**< NULL unknown, or the service's first one. Of an object "IFile#5". */
    uint32_t handle;
    uint16_t place; /**< Which of the record's handles, from 0. */
    uint8_t kind;   /**< enum handle_kind */
    bool is_new;    /**< The record brings it. */
};

/** The message that brings a handle, for what it says of it. */
struct handle_source {
    const struct known_command *command; /**< NULL unknown. */
    const char *group;                   /**< Service or interface; NULL unknown. */
    bool is_reply;
    bool is_move;
    bool is_any;      /**< 3DS: counted together, whether copied or moved. */
    bool has_objects; /**< Objects are moved handles, too, before all others. */
    unsigned int n;   /**< Which of those that are counted so. */
};

/** The handles of a record in their order, those without a name too. */
struct handle_list {
    unsigned int count;
    struct named_handle handle[HANDLES_MAX];
};

/** Adds a handle, with what the record's process knows about it. First pass, as all below. */
void handles_add(struct handle_list *list, const struct call_context *context, uint32_t handle);

/**
 * Adds a handle that the record gives to its process: what was behind the number before is gone,
 * and what is behind it now is what the other process's record of this message says.
 */
void handles_add_received(struct handle_list *list, const struct call_context *context,
                          uint32_t handle, const struct handle_source *source);

/** What the command's description says of it: HANDLE_OTHER if it says nothing. */
enum handle_kind handles_kind(const struct handle_source *source);

/** Adds an object of the session, if it is known. */
void handles_add_object(struct handle_list *list, struct session *session, uint32_t id);

/** What the message says of a handle that nothing was known about. Strings in file scope. */
void handles_name(struct handle_list *list, uint32_t handle, const char *service,
                  const char *interface_name, enum handle_kind kind);

/** Keeps the list for the record, unless it names nothing. */
void handles_keep(const struct handle_list *list, const struct call_context *context);

/* ---- On every pass ---- */

/** Adds " (fsp-srv IFile)" if the record's handle is known to be for something. */
void handles_add_name(struct text *text, const struct call_context *context, uint32_t handle);

/** "(session to fsp-srv, opened in frame 12)" behind `item` and fields below `item`, if it is
 *  known. */
void handles_describe(const struct call_context *context, proto_item *item, tvbuff_t *tvb,
                      uint32_t handle);

/** Whether it is known to be for something else than a session. */
bool handles_is_other(const struct call_context *context, uint32_t handle);

/** "IFile#5"; NULL unless the record passes that object and it is known. */
const char *handles_object_path(const struct call_context *context, uint32_t id);

/** As handles_describe(), of a domain object. */
void handles_describe_object(const struct call_context *context, proto_item *item, tvbuff_t *tvb,
                             uint32_t id);

void handles_register(int protocol);

#endif
