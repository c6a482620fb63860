/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sf.h
 * The server framework of Horizon services: sessions, domains, control commands, and commands that
 * are described by what they take and give. Follows libstratosphere sf (cmif, hipc).
 */
#ifndef IPCSHARK_SERVER_SF_H
#define IPCSHARK_SERVER_SF_H

#include "horizon.h"

#include <ipcshark/cmif.h>

/* sf_results.hpp, hipc_results.hpp. */
#define SF_NOT_SUPPORTED              HORIZON_RESULT(10, 1)
#define SF_PRECONDITION_VIOLATION     HORIZON_RESULT(10, 3)
#define SF_INVALID_HEADER_SIZE        HORIZON_RESULT(10, 202)
#define SF_INVALID_IN_HEADER          HORIZON_RESULT(10, 211)
#define SF_UNKNOWN_COMMAND_ID         HORIZON_RESULT(10, 221)
#define SF_INVALID_NUM_IN_OBJECTS     HORIZON_RESULT(10, 235)
#define SF_INVALID_IN_OBJECT          HORIZON_RESULT(10, 239)
#define SF_TARGET_NOT_FOUND           HORIZON_RESULT(10, 261)
#define SF_REQUEST_DEFERRED           HORIZON_RESULT(10, 811)
#define SF_OUT_OF_DOMAIN_ENTRIES      HORIZON_RESULT(10, 301)
#define HIPC_POINTER_BUFFER_TOO_SMALL HORIZON_RESULT(11, 141)
#define HIPC_INVALID_REQUEST_SIZE     HORIZON_RESULT(11, 402)
#define HIPC_UNKNOWN_COMMAND_TYPE     HORIZON_RESULT(11, 403)
#define HIPC_INVALID_CMIF_REQUEST     HORIZON_RESULT(11, 420)
#define HIPC_TARGET_NOT_DOMAIN        HORIZON_RESULT(11, 491)
#define HIPC_DOMAIN_OBJECT_NOT_FOUND  HORIZON_RESULT(11, 492)

/** Buffer attributes: exactly one of the three modes each. */
enum sf_buffer_attribute {
    SF_IN = 1 << 0,
    SF_OUT = 1 << 1,
    SF_MAP_ALIAS = 1 << 2,
    SF_POINTER = 1 << 3,
    SF_FIXED_SIZE = 1 << 4,
    SF_AUTO_SELECT = 1 << 5,
    SF_NON_SECURE = 1 << 6,
    SF_NON_DEVICE = 1 << 7,
};

#define SF_MAX_BUFFERS 8
#define SF_MAX_OBJECTS 8
#define SF_MAX_HANDLES 8
#define SF_MAX_OUT     0xC0

struct sf_object;
struct sf_context;
struct tipc_interface;

/** @return 0 or the command's own result, which goes into the out header. */
typedef uint32_t (*sf_function)(struct sf_context *context);

struct sf_buffer_kind {
    uint8_t attributes; /**< 0 ends the list. */
    uint16_t size;      /**< With SF_FIXED_SIZE. */
};

/** What a command takes and gives. Handles and objects out are as many as are declared. */
struct sf_command {
    uint32_t id;
    const char *name;
    sf_function run;
    uint16_t in_size;
    uint16_t out_size;
    uint32_t since; /**< HORIZON_VERSION(), 0: always. */
    bool has_pid;
    bool has_user_id; /**< ClientAppletResourceUserId: u64 at user_id_offset of the arguments. */
    uint16_t user_id_offset;
    const struct sf_interface *in_interface; /**< Of the objects that it takes; NULL: any. */
    uint8_t in_handles;
    uint8_t out_copy_handles;
    uint8_t out_move_handles;
    uint8_t in_objects;
    uint8_t out_objects;
    struct sf_buffer_kind buffer[SF_MAX_BUFFERS];
};

struct sf_interface {
    const char *name; /**< "nn::fssrv::sf::IFile" */
    const struct sf_command *commands;
    size_t command_count;
    const struct tipc_interface *tipc;         /**< NULL: CMIF only. Without commands: TIPC only. */
    void (*destroy)(struct sf_object *object); /**< Frees data; may be NULL. */
};

/** An object that sessions and domains hold references to. */
struct sf_object {
    const struct sf_interface *interface;
    struct horizon_kernel *kernel;
    void *data;
    uint32_t interface_id; /**< A hash of the name: too dear to be made for each reply. */
    unsigned int references;
};

struct sf_object *sf_object_new(struct horizon_kernel *kernel, const struct sf_interface *interface,
                                void *data);
struct sf_object *sf_object_ref(struct sf_object *object);
void sf_object_unref(struct sf_object *object);

/** A buffer as the service sees it. */
struct sf_buffer {
    uint8_t *bytes;
    size_t size;
    struct horizon_map *map; /**< NULL: in the pointer buffer. */
    uint64_t address;        /**< In the pointer buffer. */
};

/** The first `size` bytes of an out buffer were written. */
void sf_buffer_wrote(struct sf_buffer *buffer, size_t size);

struct sf_context {
    struct horizon_kernel *kernel;
    struct sf_session *session;
    struct horizon_request *request;
    struct cmif_message cmif;
    struct sf_object *object;
    const struct sf_command *command;
    const uint8_t *in; /**< in_size bytes. */
    uint64_t pid;
    struct sf_buffer buffer[SF_MAX_BUFFERS]; /**< In declared order. */
    uint32_t in_handle[SF_MAX_HANDLES];      /**< In the service's table; closed afterwards. */
    struct sf_object *in_object[SF_MAX_OBJECTS];
    uint8_t out[SF_MAX_OUT];
    struct sf_object *out_object[SF_MAX_OBJECTS];           /**< New references. */
    struct horizon_object *out_copy_handle[SF_MAX_HANDLES]; /**< New references. */
    struct horizon_object *out_move_handle[SF_MAX_HANDLES]; /**< New references. */
};

struct sf_domain {
    struct sf_domain_table *table;
    unsigned int references;
};

struct sf_domain_table *sf_domain_table_new(void);
void sf_domain_table_free(struct sf_domain_table *table);
struct sf_domain *sf_domain_new(struct sf_domain_table *table);
/** The last reference frees all its objects. */
void sf_domain_unref(struct sf_domain *domain);
/** Takes the reference (NULL gives id 0). 0 or OutOfDomainEntries; the object is then dropped. */
uint32_t sf_domain_add(struct sf_domain *domain, struct sf_object *object, uint32_t *id);
struct sf_object *sf_domain_find(const struct sf_domain *domain, uint32_t id);
void sf_domain_close(struct sf_domain *domain, uint32_t id);

/** The service's side of a session. */
struct sf_session {
    struct horizon_kernel *kernel;
    struct horizon_process *process;
    struct horizon_session *session;
    const char *service;
    struct sf_object *object; /**< NULL in a domain. */
    struct sf_domain *domain;
    uint64_t client_pid; /**< As RegisterClient or SetCurrentProcess got it. */
};

/** Takes the object's reference. The client's end is a new object. */
uint32_t sf_session_open(struct horizon_kernel *kernel, struct horizon_process *process,
                         const char *service, struct sf_object *object, uint64_t *number,
                         struct horizon_object **client);
/** Another session to the same object or domain. */
uint32_t sf_session_clone(struct sf_session *session, struct sf_object *object,
                          struct horizon_object **client);
void sf_session_free(struct sf_session *session);

/** What a service leaves in its buffer before it receives. */
void sf_prepare(const struct horizon_process *process, struct horizon_buffer *buffer);

/** Names the call's target, with interface and command if the request was delivered. */
void sf_describe(struct sf_session *session, struct horizon_request *request);
void sf_describe_session(struct sf_session *session, struct server_call *call);

/** Answers the delivered request in server_buffer. SF_REQUEST_DEFERRED: it is to be tried again
 * later;  any other result: the session is to be closed. */
uint32_t sf_serve(struct sf_session *session, struct horizon_request *request);

/* Steps of sf_serve(). Framework results close the session. */
uint32_t sf_find_target(struct sf_context *context);
const struct sf_command *sf_find_command(const struct sf_interface *interface, uint32_t id);
uint32_t sf_read_request(struct sf_context *context);
uint32_t sf_write_reply(struct sf_context *context, uint32_t result);
uint32_t sf_write_control_reply(struct sf_context *context, uint32_t result, const void *data,
                                uint16_t size, struct horizon_object *moved);
uint32_t sf_control(struct sf_context *context);
uint32_t sf_interface_id(const char *name);
/** What a reply's header holds: nothing before 14.0.0. */
uint32_t sf_shown_interface_id(const struct horizon_kernel *kernel, uint32_t id);
/** Magic and version of a request's header. */
bool sf_is_header_valid(const struct sf_context *context);

/** A reply without descriptors: closes what could not be sent. Used by TIPC too. */
uint32_t sf_add_moved(struct sf_context *context, struct hipc_message *hipc,
                      struct horizon_object *object);

#endif
