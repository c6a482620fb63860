/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file cmif.h
 * CMIF, the calling convention of Horizon services, in the raw data of a HIPC message: payload
 * header, domains, control (manager) commands.
 *
 * The payload starts at the raw data's offset rounded up to 16 from the message's start. Never look
 * for the magic: padding holds stale headers of earlier messages.
 *
 *     plain session      CmifInHeader or CmifOutHeader, arguments
 *     domain session     CmifDomainMessage{In,Out}Header, CMIF header, arguments, u32 object ids
 *     out pointer sizes  u16 each, behind the payload after a gap of 16 - leading padding
 *
 * Sources: switchbrew "HIPC" (the seed), libstratosphere sf/cmif, libnx cmif.h.
 */
#ifndef IPCSHARK_CMIF_H
#define IPCSHARK_CMIF_H

#include <ipcshark/hipc.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CMIF_IN_MAGIC           0x49434653u /**< "SFCI" */
#define CMIF_OUT_MAGIC          0x4F434653u /**< "SFCO" */
#define CMIF_HEADER_SIZE        0x10
#define CMIF_DOMAIN_HEADER_SIZE 0x10
#define CMIF_DOMAIN_OBJECT_ID   4 /**< Offset of the object id in a request's domain header. */
#define CMIF_ALIGNMENT          0x10
#define CMIF_MAX_IN_OBJECTS     8 /**< More get cmif.in_objects_over_limit; the field has 8 bits. */

/** RequestKind of CmifDomainMessageInHeader. */
enum cmif_request_kind {
    CMIF_REQUEST_KIND_INVALID = 0,
    CMIF_REQUEST_KIND_SEND = 1,
    CMIF_REQUEST_KIND_CLOSE = 2,
};

enum cmif_control_command {
    CMIF_CONVERT_CURRENT_OBJECT_TO_DOMAIN = 0, /**< -> u32 object id */
    CMIF_COPY_FROM_CURRENT_DOMAIN = 1,         /**< u32 object id -> move handle */
    CMIF_CLONE_CURRENT_OBJECT = 2,             /**< -> move handle */
    CMIF_QUERY_POINTER_BUFFER_SIZE = 3,        /**< -> u16 size */
    CMIF_CLONE_CURRENT_OBJECT_EX = 4,          /**< u32 tag -> move handle */
};

/** What the raw data of a message turned out to be. */
enum cmif_kind {
    CMIF_NONE = 0, /**< No CMIF: type 0 in a request, no room for a header, … (see findings). */
    CMIF_REQUEST,  /**< Types 1, 4, 6. */
    CMIF_REPLY,    /**< Type 0. */
    CMIF_CONTROL,  /**< Types 3, 5, 7: a manager command, never with a domain header. */
    CMIF_RELEASE,  /**< Type 2: closes the session, no payload. */
    CMIF_DOMAIN_CLOSE, /**< A domain header of kind 2: closes one object, no CMIF header. */
};

/** What the bytes cannot tell. */
struct cmif_context {
    enum hipc_direction direction; /**< UNKNOWN: type 0 is a reply. */
    bool is_domain;                /**< The session was converted to a domain. */
    bool is_control; /**< Of a reply: it answers a control command (no domain header). */
};

/** CmifDomainMessageInHeader or CmifDomainMessageOutHeader. */
struct cmif_domain {
    uint32_t offset;
    uint8_t kind;            /**< enum cmif_request_kind; requests only. */
    uint16_t in_raw_size;    /**< CMIF header and arguments, bytes; requests only. */
    uint32_t object_id;      /**< Target; requests only. */
    uint32_t reserved[3];    /**< Request: +8 in [0]. Reply: +4, +8, +12. */
    uint32_t token;          /**< 5.0.0+; requests only. */
    uint32_t object_count;   /**< InObjectCount or OutObjectCount as declared. */
    uint32_t objects_offset; /**< Of the u32 ids, unaligned. Reply: valid only if objects_known. */
    uint32_t objects_captured; /**< How many ids lie within the bytes. */
    bool objects_known;        /**< Requests: always. Replies: see below. */
};

/*
 * Where the ids of a domain reply lie. They follow the out data without alignment, while the raw
 * data is that of aligned out data, the ids and 16 bytes less the leading padding. So without the
 * size of the out data there are up to four places. A place is taken as known if it is the only one
 * (no out data), or the only one at which every id is 1 to 255, or else 1 to 65535; at most one
 * place can pass the former, since a later place would read this id's zero bytes. Where that is not
 * good enough, cmif_locate_out_objects() places them by the interface's description.
 */

/** A decoded payload. Offsets are from the start of the HIPC message. */
struct cmif_message {
    enum cmif_kind kind;
    bool is_reply;
    bool has_domain;
    bool has_header;         /**< The fields from `offset` to `interface_id` are there. */
    uint32_t payload_offset; /**< Raw data rounded up to 16. */
    struct cmif_domain domain;
    uint32_t offset; /**< Of the CMIF header. */
    uint32_t magic;  /**< As found; wrong ones are a finding. */
    uint16_t version;
    uint16_t reserved;     /**< +6; the server compares it together with the version. */
    uint32_t method_id;    /**< Requests and control commands. */
    uint32_t result;       /**< Replies. */
    uint32_t token;        /**< Requests: +0xC. */
    uint32_t interface_id; /**< Replies, 14.0.0+: +0xC. */
    uint32_t data_offset;  /**< Arguments or return values. */
    uint32_t data_size;    /**< Upper bound without the interface's description: to the end of the
                                raw data, in a domain request to the end of in_raw_size, in a reply
                                with known objects to these. Captured bytes only. */
};

/**
 * Decodes the payload of `hipc`, which hipc_decode() made of the same bytes. A reply with a
 * request's type is that request sent back (as after a domain close) and decoded as one, unless a
 * reply's magic stands in its place.
 */
void cmif_decode(const uint8_t *bytes, size_t length, const struct hipc_message *hipc,
                 const struct cmif_context *context, struct cmif_message *cmif,
                 struct ipcshark_findings *findings);

/** The n-th domain object id, n < domain.objects_captured; else 0. */
uint32_t cmif_domain_object(const uint8_t *bytes, size_t length, const struct cmif_message *cmif,
                            uint32_t n);

/** Where the ids of a domain reply lie once the size of its out data is known (objects_known). */
void cmif_locate_out_objects(size_t length, const struct hipc_message *hipc,
                             struct cmif_message *cmif, uint32_t out_data_size);

/** The u16 table of out pointer sizes, which only the interface's description can locate. */
struct cmif_out_pointer_sizes {
    uint32_t offset;
    uint16_t count; /**< Entries that lie within the bytes. */
};

/**
 * @param argument_size  Size of the in arguments without headers, bytes.
 * @param count          Out pointers and out auto-select buffers without FixedSize (libnx writes
 *                       one for every auto-select buffer).
 */
void cmif_locate_out_pointer_sizes(size_t length, const struct hipc_message *hipc,
                                   const struct cmif_message *cmif, uint32_t argument_size,
                                   uint16_t count, struct cmif_out_pointer_sizes *sizes,
                                   struct ipcshark_findings *findings);

/** A whole request or control command, described; see cmif_encode_request(). */
struct cmif_request {
    struct hipc_message
        hipc; /**< type, handles, descriptors, receive list; its raw part is made. */
    uint32_t method_id;
    uint16_t version; /**< 1 with a token, else 0. */
    uint32_t token;   /**< Stands in the domain header if there is one, else in the CMIF's. */
    bool is_domain;
    uint8_t kind; /**< enum cmif_request_kind. */
    uint32_t object_id;
    const uint32_t *objects; /**< Domain in objects. */
    uint8_t object_count;
    const void *data; /**< Arguments. */
    uint16_t data_size;
    const uint16_t *out_pointer_sizes;
    uint8_t out_pointer_count;
};

/**
 * The raw part is laid out as the SDKs do: 16 bytes of padding in all, headers, arguments, object
 * ids, padding to 2, out pointer sizes, padding to a word. A domain close is the domain header
 * alone, a release (type 2) nothing.
 *
 * @return the message's size; more than `capacity` means it did not fit, SIZE_MAX that no message
 *         can hold it.
 */
size_t cmif_encode_request(const struct cmif_request *request, uint8_t *bytes, size_t capacity);

/** A whole reply, described. hipc.type is written as it stands (0). */
struct cmif_reply {
    struct hipc_message hipc; /**< Handles and pointer descriptors. */
    uint32_t result;
    uint16_t version;
    uint32_t interface_id;
    bool is_domain;
    const uint32_t *objects; /**< Domain out objects. */
    uint8_t object_count;
    const void *data; /**< Return values; left out when result is not 0. */
    uint16_t data_size;
};

/** The raw part is laid out as sf servers do; returns as cmif_encode_request(). */
size_t cmif_encode_reply(const struct cmif_reply *reply, uint8_t *bytes, size_t capacity);

/** "QueryPointerBufferSize", …, NULL for an id above 4. */
const char *cmif_control_name(uint32_t method_id);

#ifdef __cplusplus
}
#endif

#endif
