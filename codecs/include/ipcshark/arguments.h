/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file arguments.h
 * The arguments of commands: descriptions of what a command takes and gives, where that stands in a
 * message, and messages built from values.
 *
 * A description is constant data, either built in (from codecs/names/types/) or read at run time
 * from an `.id` file into memory that the caller provides. docs/arguments.md describes the language
 * and the rules of placement.
 *
 *     const struct ipcshark_command *command =
 *         horizon_command_description("nn::fssrv::sf::IFile", 0, 0);
 *     struct ipcshark_message message = {bytes, length, .hipc = &hipc, .cmif = &cmif};
 *     struct ipcshark_arguments arguments;
 *     struct ipcshark_argument argument;
 *
 *     ipcshark_arguments_begin(&arguments, command, &message);
 *     while (ipcshark_arguments_next(&arguments, &argument))
 *         ...   // argument.name, argument.value, argument.offset, argument.length
 *
 * Nothing here allocates. Offsets and sizes are in bytes, offsets from the start of the message.
 */
#ifndef IPCSHARK_ARGUMENTS_H
#define IPCSHARK_ARGUMENTS_H

#include <ipcshark/cmif.h>
#include <ipcshark/ctripc.h>
#include <ipcshark/htipc.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Descriptions ---- */

enum ipcshark_convention {
    IPCSHARK_CONVENTION_CMIF = 0, /**< Arguments sorted by alignment. */
    IPCSHARK_CONVENTION_TIPC,     /**< Arguments in declared order. */
    IPCSHARK_CONVENTION_CTR,      /**< Normal and translate parameters of the 3DS. */
    IPCSHARK_CONVENTION_IPMI,     /**< Methods of the PlayStation 4: names only (user_names.h). */
};

enum ipcshark_type_kind {
    /* Raw data. */
    IPCSHARK_TYPE_UNKNOWN = 0, /**< Bytes whose meaning is not known. */
    IPCSHARK_TYPE_UNSIGNED,
    IPCSHARK_TYPE_SIGNED,
    IPCSHARK_TYPE_FLOAT, /**< 4 or 8 bytes, IEEE 754. */
    IPCSHARK_TYPE_BOOL,  /**< Bit 0 of one byte. */
    IPCSHARK_TYPE_BYTES,
    IPCSHARK_TYPE_TEXT, /**< Bytes that are text up to a zero (our own: `text<size>`). */
    IPCSHARK_TYPE_ENUM,
    IPCSHARK_TYPE_STRUCT,
    IPCSHARK_TYPE_ARRAY,
    /* What has a place of its own in the message. */
    IPCSHARK_TYPE_PID,    /**< Process id in the special header (CTR: translate parameter). */
    IPCSHARK_TYPE_HANDLE, /**< attribute: 0 copy, 1 move. */
    IPCSHARK_TYPE_OBJECT, /**< An interface: domain object id or move handle; `name` says which. */
    IPCSHARK_TYPE_BUFFER, /**< attribute: see IPCSHARK_BUFFER_*. */
    IPCSHARK_TYPE_STATIC, /**< CTR static buffer; attribute: its id. */
    IPCSHARK_TYPE_PXI,    /**< CTR PXI buffer; attribute: its id, | 0x100 if read-only. */
    IPCSHARK_TYPE_MAPPED, /**< CTR mapped buffer; attribute: 1 read, 2 write, 3 both. */
};

/** Buffer attributes of Horizon: one direction (or both: exchange), one mode, modifiers. */
enum ipcshark_buffer_attribute {
    IPCSHARK_BUFFER_IN = 0x01,
    IPCSHARK_BUFFER_OUT = 0x02,
    IPCSHARK_BUFFER_MAP = 0x04,
    IPCSHARK_BUFFER_POINTER = 0x08,
    IPCSHARK_BUFFER_FIXED_SIZE = 0x10,
    IPCSHARK_BUFFER_AUTO_SELECT = 0x20,
    IPCSHARK_BUFFER_NON_SECURE = 0x40,
    IPCSHARK_BUFFER_NON_DEVICE = 0x80,
};

struct ipcshark_field;
struct ipcshark_enumerator;

struct ipcshark_type {
    uint8_t kind;       /**< enum ipcshark_type_kind. */
    uint8_t alignment;  /**< Of raw data: 1, 2, 4, 8 or 16. */
    bool sized;         /**< `size` is known. */
    uint8_t depth;      /**< Types within it, one in the other: at most IPCSHARK_ID_MAX_NESTING. */
    uint16_t attribute; /**< Of handles and buffers. */
    uint32_t size;      /**< Raw data: bytes. Buffers: the fixed size, 0 if there is none. */
    uint32_t count;     /**< Elements, fields or enumerators. */
    const char *name;   /**< As written: "u32", "nn::ncm::ProgramId", an object's interface. */
    const struct ipcshark_type *element; /**< Of arrays and enums; contents of buffers; or NULL. */
    const struct ipcshark_field *field;
    const struct ipcshark_enumerator *enumerator;
};

struct ipcshark_field {
    const char *name; /**< "" if it has none. */
    const struct ipcshark_type *type;
    uint32_t
        offset; /**< Raw data: from the struct's or the arguments' start. CTR: from the start of
                          the command buffer. */
};

struct ipcshark_enumerator {
    const char *name;
    uint64_t value;
};

struct ipcshark_command {
    uint32_t id;
    uint8_t convention; /**< enum ipcshark_convention. */
    bool undocumented;  /**< Only the name is known; in and out are empty. */
    bool in_layout;     /**< Every raw argument's size, and so every offset, is known. */
    bool out_layout;
    uint16_t in_count;
    uint16_t out_count;
    uint32_t in_size; /**< Raw data without rounding. CTR: 4 times the normal parameters. */
    uint32_t out_size;
    uint32_t since; /**< HORIZON_VERSION of the first and last firmware that has it. */
    uint32_t until;
    const char *name;
    const struct ipcshark_field *in;
    const struct ipcshark_field *out;
};

struct ipcshark_interface {
    const char *name; /**< "nn::fssrv::sf::IFile", "sm:", "fs:USER". */
    uint8_t convention;
    uint16_t service_count;
    uint32_t command_count;
    const char *const *service; /**< Names of the services that have it. */
    const struct ipcshark_command *command;
};

struct ipcshark_service {
    const char *name;
    uint32_t interface; /**< Index. */
};

struct ipcshark_named_type {
    const char *name;
    const struct ipcshark_type *type;
};

/** Interfaces sorted by name, the commands of each by id and first firmware. */
struct ipcshark_description {
    const struct ipcshark_interface *interface;
    uint32_t interface_count;
    uint32_t service_count;
    const struct ipcshark_service *service; /**< Sorted by name. */
    const uint32_t *by_short_name;          /**< Interfaces by their names without namespaces. */
    const struct ipcshark_named_type *type; /**< Sorted by name. */
    uint32_t type_count;
};

#define IPCSHARK_UNTIL_NOW UINT32_MAX

/** What is built in. */
extern const struct ipcshark_description ipcshark_builtin_description;

/**
 * @param name      Interface, or service that the description binds to one. Of CMIF also an
 *                  interface's name without its namespaces, if no other of the description has
 *                  that.
 * @param firmware  HORIZON_VERSION(), or 0 for the newest description.
 * @return NULL if there is none.
 */
const struct ipcshark_command *ipcshark_find_command(const struct ipcshark_description *description,
                                                     enum ipcshark_convention convention,
                                                     const char *name, uint32_t id,
                                                     uint32_t firmware);

/** Of the built-in ones. An interface may be given without its namespaces where that is clear, and
 *  a service stands for its interface. Commands of which only the name is known are not given. */
const struct ipcshark_command *horizon_command_description(const char *interface_name,
                                                           uint32_t command_id, uint32_t firmware);
const struct ipcshark_command *horizon_tipc_command_description(const char *service,
                                                                uint32_t command_id,
                                                                uint32_t firmware);
const struct ipcshark_command *ctr_command_description(const char *service, uint16_t command_id);

/* ---- Reading `.id` files ---- */

#define IPCSHARK_ID_MAX_FILE    (16u << 20) /**< Bytes. */
#define IPCSHARK_ID_MAX_NESTING 24          /**< Types within types, by name or in place. */
#define IPCSHARK_ID_MAX_SIZE    (16u << 20) /**< Bytes of one type. */
#define IPCSHARK_ID_MAX_FIELDS  1024        /**< Of a struct; enumerators, services likewise. */
#define IPCSHARK_ID_MAX_IN_OUT  64          /**< Arguments of a command, each way. */

/** Memory of the caller's, any alignment; 64 times the file's size and 1024 bytes are enough. */
struct ipcshark_arena {
    uint8_t *bytes;
    size_t size;
    size_t used; /**< Set to 0 before the first file. */
};

struct ipcshark_id_error {
    uint32_t line; /**< From 1. */
    uint32_t column;
    char text[512]; /**< "file:line:column: what is wrong"; of a long path the end. */
};

/**
 * Reads a file. The description points into the arena alone: `text` may go away.
 *
 * @param name  For error texts.
 * @return false if it is not well-formed or the arena is too small; `error` then says where and
 * why.
 */
bool ipcshark_read_id(const char *name, const char *text, size_t length,
                      struct ipcshark_arena *arena, struct ipcshark_description *description,
                      struct ipcshark_id_error *error);

/* ---- Arguments of a message ---- */

/** A decoded message: the bytes, and the views that the decoders made of them. */
struct ipcshark_message {
    const uint8_t *bytes;
    size_t length;
    const struct hipc_message *hipc;  /**< Horizon. */
    const struct cmif_message *cmif;  /**< CMIF; else NULL. */
    const struct htipc_message *tipc; /**< TIPC; else NULL. */
    const struct ctripc_message *ctr; /**< 3DS; else NULL. */
    bool is_reply;                    /**< CTR only: the bytes cannot tell. */
    uint64_t process_id; /**< The sender's, if known: what stands in its own message is stale. */
};

/** Where an argument stands. */
enum ipcshark_place {
    IPCSHARK_PLACE_NONE = 0, /**< Nowhere in this message. */
    IPCSHARK_PLACE_RAW,
    IPCSHARK_PLACE_PID,
    IPCSHARK_PLACE_COPY_HANDLE,
    IPCSHARK_PLACE_MOVE_HANDLE,
    IPCSHARK_PLACE_OBJECT_ID,
    IPCSHARK_PLACE_POINTER,
    IPCSHARK_PLACE_SEND,
    IPCSHARK_PLACE_RECEIVE,
    IPCSHARK_PLACE_EXCHANGE,
    IPCSHARK_PLACE_RECEIVE_LIST,
    IPCSHARK_PLACE_TRANSLATE, /**< CTR; index counts translate parameters. */
};

struct ipcshark_argument {
    const char *name; /**< "" if it has none. */
    const struct ipcshark_type *type;
    bool is_out;          /**< What the command gives; in requests out buffers. */
    bool present;         /**< All of its bytes are there. */
    uint8_t place;        /**< enum ipcshark_place. */
    uint8_t index;        /**< Which descriptor, handle or object of its kind. */
    uint32_t offset;      /**< Of raw data, descriptor, handle or id in the message. */
    uint32_t length;      /**< 0 if it stands nowhere in this message. */
    uint64_t value;       /**< Scalars of up to 8 bytes (signed ones extended), pid, handle, id. */
    uint64_t address;     /**< Of a buffer. */
    uint64_t buffer_size; /**< Of a buffer. */
};

/** State of an iteration; take it as opaque. */
struct ipcshark_arguments {
    const struct ipcshark_command *command;
    struct ipcshark_message message;
    bool is_reply;
    uint32_t data_offset;
    uint16_t next;
    uint8_t pointer, send, receive, exchange, receive_list;
    uint8_t copy, move, object, translate, handle;
};

/**
 * A request has its in arguments in declared order and then its out buffers; a reply its out
 * arguments, and those buffers among the in arguments that are also out. A reply with an error has
 * none.
 *
 * The message must be the convention's of `command`; else there are no arguments.
 *
 * With NULL for `command`, a 3DS message is read by its header and descriptors alone: the normal
 * words are called "word1", "word2", … by their place in the buffer, translate parameters "handle",
 * "pid", "static", "pxi" and "mapped". Messages of Horizon then have no arguments.
 */
void ipcshark_arguments_begin(struct ipcshark_arguments *arguments,
                              const struct ipcshark_command *command,
                              const struct ipcshark_message *message);
bool ipcshark_arguments_next(struct ipcshark_arguments *arguments,
                             struct ipcshark_argument *argument);

/** A value of raw type at an offset: of a message, or of a buffer's contents. */
void ipcshark_read_value(const struct ipcshark_type *type, const char *name, const uint8_t *bytes,
                         size_t length, uint32_t offset, struct ipcshark_argument *value);

/** The n-th field of a struct or element of an array that ipcshark_read_value() gave. */
bool ipcshark_read_member(const struct ipcshark_argument *parent, uint32_t n, const uint8_t *bytes,
                          size_t length, struct ipcshark_argument *member);

/** An enumeration's name for a value, NULL if it has none. */
const char *ipcshark_enumerator_name(const struct ipcshark_type *type, uint64_t value);

/**
 * Compares a message with the description: sizes, counts, process id, map attributes. Servers
 * refuse a request that differs with 0x3480B (TIPC 0x1E23); the codecs' own findings are not
 * repeated.
 */
void ipcshark_check_arguments(const struct ipcshark_command *command,
                              const struct ipcshark_message *message,
                              struct ipcshark_findings *findings);

/**
 * Whether a request's pointers fit the server's pointer buffer (QueryPointerBufferSize), of a
 * command that has out pointers; else the server refuses it with 0x11A0B.
 */
void ipcshark_check_pointer_buffer(const struct ipcshark_command *command,
                                   const struct ipcshark_message *message,
                                   uint32_t pointer_buffer_size,
                                   struct ipcshark_findings *findings);

/* ---- Building messages ---- */

/** One value for each argument that the message's iteration yields, in that order. */
struct ipcshark_input {
    uint64_t value;       /**< Scalar of up to 8 bytes, pid, handle, object id. */
    const void *bytes;    /**< Raw data of any other type, or NULL for zeros. */
    size_t size;          /**< Of `bytes`; less than the type's is filled with zeros. */
    uint64_t address;     /**< Of a buffer. */
    uint64_t buffer_size; /**< Of a buffer. */
};

/** What the description does not say. */
struct ipcshark_target {
    bool is_domain;
    uint32_t object_id;           /**< Of the domain. */
    uint32_t token;               /**< Context token; 0 for none. */
    uint16_t pointer_buffer_size; /**< The server's: auto-select buffers up to it are pointers. */
    uint32_t result;              /**< Of a reply. */
    uint32_t interface_id;        /**< Of a CMIF reply, 14.0.0+. */
};

/**
 * Builds a request of any convention; `target` may be NULL.
 *
 * @return the message's size; more than `capacity` means it did not fit, SIZE_MAX that no message
 *         can hold it, that the layout is not known or that `count` is not the number of arguments.
 */
size_t ipcshark_encode_request(const struct ipcshark_command *command,
                               const struct ipcshark_input *input, size_t count,
                               const struct ipcshark_target *target, uint8_t *bytes,
                               size_t capacity);

/**
 * Builds a reply of any convention, as ipcshark_encode_request() does a request. With a result that
 * is an error, CMIF's and the 3DS's have no values (`input` is not looked at); TIPC's keep their
 * shape. Of out buffers, pointers and auto-select buffers get their descriptor; what was mapped
 * needs none: give address and size 0 for an auto-select buffer that was.
 */
size_t ipcshark_encode_reply(const struct ipcshark_command *command,
                             const struct ipcshark_input *input, size_t count,
                             const struct ipcshark_target *target, uint8_t *bytes, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
