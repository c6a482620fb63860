/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file message.h What was found in the text about one message, and the record made of it. */
#ifndef IPCSHARK_IMPORT_MESSAGE_H
#define IPCSHARK_IMPORT_MESSAGE_H

#include "import.h"

#define IMPORT_MAX_BUFFERS 16

/** A buffer that is announced, but whose contents the text does not have. */
struct import_buffer {
    uint16_t index;
    uint64_t address;
    uint64_t size;
};

struct import_message {
    uint8_t platform;   /**< IPCTAP_OTHER: the bytes must tell. */
    bool is_fragment;   /**< The beginning of the message is not among the bytes. */
    bool is_request;    /**< The text says that it is one. */
    bool is_reply;      /**< The same. */
    bool is_domain;     /**< The session is known to be a domain. */
    bool is_snapshot;   /**< Nobody knows whether this call was going in or out. */
    bool from_emulator; /**< Of a function that the emulator does not have. */
    bool has_time;
    uint64_t time; /**< Nanoseconds since the program's start. */
    uint32_t pid;
    uint32_t tid;
    uint64_t program_id;
    const uint8_t *bytes;
    size_t length;
    uint64_t address;
    uint64_t buffer_size; /**< In which the message stood; 0 unknown. */
    uint64_t dropped;     /**< Bytes of the text that were not kept. */
    char service[IPCTAP_MAX_NAME + 1];
    char interface_name[IPCTAP_MAX_NAME + 1];
    char function[IPCTAP_MAX_NAME + 1];
    char process_name[IPCTAP_MAX_NAME + 1];
    char thread_name[IPCTAP_MAX_NAME + 1];
    bool has_op; /**< Orbis: the bytes are this manager call's parameter block. */
    uint32_t op;
    char what[24]; /**< Orbis: a structure's name as in `ipcshark decode`; "": find out. */
    unsigned int buffer_count;
    struct import_buffer buffer[IMPORT_MAX_BUFFERS];
    GString *comment;     /**< Not owned; NULL or empty: none. */
    GString *source_text; /**< The same. */
};

/** Everything unknown. */
void import_message_init(struct import_message *message);

/**
 * Lets the codecs decide what the bytes are, and makes the record. NULL, with the reason in `*why`,
 * if they are no message of any platform.
 */
GByteArray *import_message_record(struct import_message *message, uint16_t source,
                                  struct ipctap_header *header, const char **why);

/** The port of a log line: a service, or with Horizon also an interface. */
void import_message_set_port(struct import_message *message, const char *port);

/** Is that one of the services that the tables know for the platform? */
bool import_is_service(uint8_t platform, const char *name);

/** A function's name, unless the log only has its number. */
void import_message_set_function(struct import_message *message, const char *name);

/** Could these bytes be a command buffer that ends where they end? */
bool import_is_whole_command(const uint8_t *bytes, size_t length);

#endif
