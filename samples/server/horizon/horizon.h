/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file horizon.h
 * The simulated Horizon kernel: objects, handle tables, sessions, and what the kernel does to a
 * message between two processes. Rules and results follow mesosphere (Atmosphère),
 * kern_k_server_session.cpp and what it calls; docs/server-choices.md lists what was chosen
 * instead.
 */
#ifndef IPCSHARK_SERVER_HORIZON_H
#define IPCSHARK_SERVER_HORIZON_H

#include "../server.h"

#include <ipcshark/hipc.h>
#include <ipcshark/horizon_result.h>
#include <ipcshark/names.h>

/* svc_results.hpp. */
#define HORIZON_OUT_OF_SESSIONS        HORIZON_RESULT(1, 7)
#define HORIZON_NOT_IMPLEMENTED        HORIZON_RESULT(1, 33)
#define HORIZON_INVALID_SIZE           HORIZON_RESULT(1, 101)
#define HORIZON_INVALID_ADDRESS        HORIZON_RESULT(1, 102)
#define HORIZON_OUT_OF_RESOURCE        HORIZON_RESULT(1, 103)
#define HORIZON_OUT_OF_HANDLES         HORIZON_RESULT(1, 105)
#define HORIZON_INVALID_CURRENT_MEMORY HORIZON_RESULT(1, 106)
#define HORIZON_INVALID_NEW_PERMISSION HORIZON_RESULT(1, 108)
#define HORIZON_INVALID_MEMORY_REGION  HORIZON_RESULT(1, 110)
#define HORIZON_INVALID_HANDLE         HORIZON_RESULT(1, 114)
#define HORIZON_INVALID_POINTER        HORIZON_RESULT(1, 115)
#define HORIZON_INVALID_COMBINATION    HORIZON_RESULT(1, 116)
#define HORIZON_TIMED_OUT              HORIZON_RESULT(1, 117)
#define HORIZON_CANCELLED              HORIZON_RESULT(1, 118)
#define HORIZON_OUT_OF_RANGE           HORIZON_RESULT(1, 119)
#define HORIZON_INVALID_ENUM_VALUE     HORIZON_RESULT(1, 120)
#define HORIZON_NOT_FOUND              HORIZON_RESULT(1, 121)
#define HORIZON_BUSY                   HORIZON_RESULT(1, 122)
#define HORIZON_SESSION_CLOSED         HORIZON_RESULT(1, 123)
#define HORIZON_INVALID_STATE          HORIZON_RESULT(1, 125)
#define HORIZON_PORT_CLOSED            HORIZON_RESULT(1, 131)
#define HORIZON_LIMIT_REACHED          HORIZON_RESULT(1, 132)
#define HORIZON_RECEIVE_LIST_BROKEN    HORIZON_RESULT(1, 258)
#define HORIZON_MESSAGE_TOO_LARGE      HORIZON_RESULT(1, 260)

#define HORIZON_PSEUDO_THREAD  0xFFFF8000u
#define HORIZON_PSEUDO_PROCESS 0xFFFF8001u
#define HORIZON_PAGE_SIZE      0x1000
#define HORIZON_ADDRESS_END    (UINT64_C(1) << 39)
#define HORIZON_PORT_NAME_SIZE 11
#define HORIZON_MAX_WAIT       64
#define HORIZON_MAX_NAMES      256 /**< Of named ports, and of registered services. */

enum horizon_object_type {
    HORIZON_CLIENT_SESSION,
    HORIZON_SERVER_SESSION,
    HORIZON_CLIENT_PORT,
    HORIZON_SERVER_PORT,
    HORIZON_READABLE_EVENT,
    HORIZON_WRITABLE_EVENT,
    HORIZON_PROCESS,
    HORIZON_THREAD,
    HORIZON_INTERRUPT_EVENT, /**< Cannot be sent. */
    HORIZON_MEMORY_BLOCK,    /**< Shared or transfer memory. */
};

struct horizon_session;
struct horizon_port;

struct horizon_event {
    unsigned int ends; /**< Objects that refer to it. */
    bool signalled;
    bool sticky; /**< Stays signalled when waited for. */
};

struct horizon_process;

#define HORIZON_PERMISSION_READ        1u
#define HORIZON_PERMISSION_WRITE       2u
#define HORIZON_PERMISSION_DO_NOT_CARE (1u << 28)

/** Shared memory, or (with an address) transfer memory, which its owner lends. */
struct horizon_memory_block {
    uint8_t *bytes;
    uint64_t size;
    uint64_t address;
    uint32_t owner; /**< Process id. */
    uint32_t owner_permission;
    uint32_t remote_permission;
    bool is_mapped;
    struct server_charge *charge;
    struct horizon_process *lender; /**< Its memory is locked while it is lent. */
};

/** What a handle stands for. Handle tables and the kernel hold references. */
struct horizon_object {
    enum horizon_object_type type;
    unsigned int references;
    union {
        struct horizon_session *session;
        struct horizon_event *event;
        struct horizon_port *port;
        struct horizon_memory_block *block; /**< Owned. */
        uint32_t id;                        /**< Of a process or a thread. */
    };
    uint32_t pid; /**< Of a thread's process. */
};

/** Owned by the new objects. */
void horizon_event_new(bool sticky, struct horizon_object **writable,
                       struct horizon_object **readable);
struct horizon_object *horizon_object_new(enum horizon_object_type type);
struct horizon_object *horizon_object_ref(struct horizon_object *object);
void horizon_object_unref(struct horizon_object *object);

#define HORIZON_HANDLE_TABLE_SIZE 1024

struct horizon_handle_table {
    struct horizon_object *object[HORIZON_HANDLE_TABLE_SIZE];
    uint16_t serial[HORIZON_HANDLE_TABLE_SIZE];
    uint16_t free_index[HORIZON_HANDLE_TABLE_SIZE];
    uint16_t free_count;
    uint16_t next_serial;
};

void horizon_handle_table_init(struct horizon_handle_table *table);
/** Closes everything. */
void horizon_handle_table_clear(struct horizon_handle_table *table);
/** Adds a reference to the object. 0 or OutOfHandles. */
uint32_t horizon_handle_add(struct horizon_handle_table *table, struct horizon_object *object,
                            uint32_t *handle);
/** No reference is added; NULL if there is none. Pseudo handles are not looked at. */
struct horizon_object *horizon_handle_find(const struct horizon_handle_table *table,
                                           uint32_t handle);
bool horizon_handle_close(struct horizon_handle_table *table, uint32_t handle);

/** One more handle can be added. */
bool horizon_handle_has_room(const struct horizon_handle_table *table);

/** svc_memory_map and kern_k_memory_block.hpp: the states that a block can have. */
enum horizon_memory_state {
    HORIZON_MEMORY_FREE,
    HORIZON_MEMORY_IO,
    HORIZON_MEMORY_STATIC,
    HORIZON_MEMORY_CODE,
    HORIZON_MEMORY_CODE_DATA,
    HORIZON_MEMORY_NORMAL,
    HORIZON_MEMORY_SHARED,
    HORIZON_MEMORY_ALIAS_CODE,
    HORIZON_MEMORY_ALIAS_CODE_DATA,
    HORIZON_MEMORY_IPC,
    HORIZON_MEMORY_STACK,
    HORIZON_MEMORY_THREAD_LOCAL,
    HORIZON_MEMORY_TRANSFERED,
    HORIZON_MEMORY_SHARED_TRANSFERED,
    HORIZON_MEMORY_SHARED_CODE,
    HORIZON_MEMORY_INACCESSIBLE,
    HORIZON_MEMORY_NON_SECURE_IPC,
    HORIZON_MEMORY_NON_DEVICE_IPC,
    HORIZON_MEMORY_KERNEL,
    HORIZON_MEMORY_GENERATED_CODE,
    HORIZON_MEMORY_CODE_OUT,
    HORIZON_MEMORY_COVERAGE,
    HORIZON_MEMORY_INSECURE,
};

enum horizon_memory_attribute {
    HORIZON_LOCKED = 1 << 0, /**< "IsBorrowed". */
    HORIZON_IPC_LOCKED = 1 << 1,
    HORIZON_DEVICE_SHARED = 1 << 2,
    HORIZON_UNCACHED = 1 << 3,
    HORIZON_PERMISSION_LOCKED = 1 << 4,
    HORIZON_ALL_ATTRIBUTES = (1 << 5) - 1,
};

/** A block of a process's memory. */
struct horizon_region {
    uint64_t address;
    uint64_t size;
    enum horizon_memory_state state;
    bool is_readable;
    bool is_writable;
    unsigned int attributes;
};

enum horizon_memory_use {
    HORIZON_USE_LOAD,
    HORIZON_USE_STORE,
    HORIZON_USE_POINTER_SOURCE,
    HORIZON_USE_POINTER_TARGET,
    HORIZON_USE_USER_BUFFER,
};

/** By name ("SharedTransfered"); false, 0: there is none. */
bool horizon_memory_state(const char *name, enum horizon_memory_state *state);
unsigned int horizon_memory_attribute(const char *name);
const char *horizon_memory_state_name(enum horizon_memory_state state);

/** A block that a process has mapped. */
struct horizon_mapping {
    uint64_t address;
    struct horizon_object *object; /**< A reference. */
};

/** The kernel's side of a process. */
struct horizon_process {
    struct horizon_kernel *kernel;
    struct server_process *process;
    struct horizon_handle_table handles;
    GArray *memory;       /**< struct horizon_region. NULL: all that a call names is heap. */
    uint32_t events_left; /**< For asynchronous requests: the resource limit. */
    GArray *locked;       /**< struct horizon_region: user buffers in flight, lent memory. */
    GArray *mappings;     /**< struct horizon_mapping. */
    GPtrArray *lent;      /**< struct horizon_memory_block, its own as transfer memory. */
    /** Of simulated processes: where pointer data arrives, at its own address. */
    uint8_t *pointer_buffer;
    uint32_t pointer_buffer_size;
    struct sf_domain_table *domains;
};

/** Whether all of a range may be used so. The size is not 0. */
bool horizon_memory_allows(const struct horizon_process *process, uint64_t address, uint64_t size,
                           enum horizon_memory_use use);
/** The same for a buffer that is to be mapped; the attribute is a valid one. */
bool horizon_memory_allows_map(const struct horizon_process *process, uint64_t address,
                               uint64_t size, uint8_t attribute, bool is_writing);

/** A user buffer of a request: "while in flight it is Locked with no user access". */
void horizon_memory_lock(struct horizon_process *process, uint64_t address, uint64_t size);
void horizon_memory_unlock(struct horizon_process *process, uint64_t address);

/** Zeros; the owner may read and write, others as they like. */
struct horizon_memory_block *horizon_memory_block_new(uint32_t owner, uint64_t size);
void horizon_memory_block_free(struct horizon_memory_block *block);
/** Takes the block. */
struct horizon_object *horizon_memory_object(struct horizon_memory_block *block);
void horizon_mapping_clear(gpointer mapping);

/** Simulated memory of a service process: bytes of its pointer buffer; NULL if they are not
 * there. */
uint8_t *horizon_pointer_buffer(struct horizon_process *process, uint64_t address, uint64_t size);

#define HORIZON_SERVICE_MESSAGE_ADDRESS UINT64_C(0x20B000400)
#define HORIZON_POINTER_BUFFER_ADDRESS  UINT64_C(0x2000010000)
#define HORIZON_MAP_ADDRESS             UINT64_C(0x3000000000)

struct sf_session;

struct horizon_session {
    uint64_t number;
    struct horizon_process *server; /**< NULL if nobody serves. */
    struct sf_session *sf;          /**< The simulated service behind it. */
    struct horizon_port *port;      /**< A reference; NULL: made by CreateSession. */
    uint32_t server_handle;
    bool client_open;
    bool server_open;
    unsigned int references; /**< One for each end, and of whoever walks its requests. */
    /** Of sessions that a connected process serves. */
    GQueue waiting; /**< struct horizon_request, not received yet. */
    struct horizon_request
        *current; /**< Received and not answered; its call is NULL if it is gone. */
};

/** Both ends as new objects. */
struct horizon_session *horizon_session_new(struct horizon_kernel *kernel,
                                            struct horizon_object **server,
                                            struct horizon_object **client);
void horizon_session_unref(struct horizon_session *session);
/** An end's last reference is gone. */
void horizon_session_end_closed(struct horizon_session *session, enum horizon_object_type end);

/** Where sessions are asked for. */
struct horizon_port {
    unsigned int references; /**< Its ends, and its sessions. */
    uint32_t max_sessions;
    uint32_t sessions;
    bool server_open;
    GQueue pending; /**< Server ends (references) that nobody has accepted yet. */
};

void horizon_port_new(uint32_t max_sessions, struct horizon_object **server,
                      struct horizon_object **client);
void horizon_port_unref(struct horizon_port *port);
/** The server's last reference is gone. */
void horizon_port_server_closed(struct horizon_port *port);
/** A new session, its client end as a new object. 0 or a result. */
uint32_t horizon_port_connect(struct horizon_kernel *kernel, struct horizon_port *port,
                              uint64_t *session, struct horizon_object **client);
/** Forgets names whose server is gone; whether another name may be added. */
bool horizon_ports_have_room(GHashTable *ports);
/** The oldest session that waits, as a reference; NULL if none does. */
struct horizon_object *horizon_port_accept(struct horizon_port *port);

struct horizon_kernel {
    struct server *server;
    uint32_t version;        /**< Of the firmware that the services are. */
    GHashTable *named_ports; /**< Name -> client end (a reference). */
    GHashTable *registered;  /**< Name of a service -> the same, as sm: keeps it. */
    GPtrArray *services;     /**< struct horizon_process of the simulated ones. */
    GPtrArray *waits;
    GPtrArray *deferred;     /**< Calls that a service will look at again. */
    bool passes_tagged_pids; /**< Atmosphère: a pid with 0xFFFE on top goes through without it. */
    bool services_changed;   /**< They may go on now. */
    struct settings *settings;
    uint32_t access_log_mode; /**< Of fsp-srv. */
    struct horizon_process *sm;
    struct horizon_process *fsp_srv;
    struct horizon_process *set_sys;
    struct horizon_process *echo;
    struct horizon_object *echo_memory; /**< Shared memory of the echo service. */
};

/** A simulated process of a service. */
struct horizon_process *horizon_service_process_new(struct horizon_kernel *kernel, const char *name,
                                                    uint64_t program_id,
                                                    uint32_t pointer_buffer_size);

/** Contents that came with a message, by descriptor kind and number. */
struct horizon_content {
    const uint8_t *bytes; /**< NULL: not there. */
    uint64_t address;
    uint64_t size;
    bool present;
};

struct horizon_contents {
    struct horizon_content pointer[HIPC_MAX_DESCRIPTORS];
    struct horizon_content send[HIPC_MAX_DESCRIPTORS];
    struct horizon_content receive[HIPC_MAX_DESCRIPTORS];
    struct horizon_content exchange[HIPC_MAX_DESCRIPTORS];
    struct horizon_content receive_list[HIPC_MAX_RECEIVE_LIST];
};

/** @return NULL, or why the sections contradict the message (free with g_free()). */
char *horizon_contents_read(const struct ipctap_record *record, const struct hipc_message *message,
                            struct horizon_contents *contents);

enum horizon_map_kind {
    HORIZON_SEND,
    HORIZON_RECEIVE,
    HORIZON_EXCHANGE,
};

/** A mapped buffer of a request in flight. */
struct horizon_map {
    enum horizon_map_kind kind;
    uint8_t attribute;
    uint8_t number; /**< Among those of its kind. */
    uint64_t client_address;
    uint64_t server_address; /**< 0 if the size is. */
    uint64_t size;
    uint8_t *bytes; /**< As the server sees them. */
    uint64_t used;  /**< RECEIVE: the server wrote up to here. */
};

/** One message buffer: the thread's, or a user buffer. */
struct horizon_buffer {
    uint8_t *bytes;
    size_t size;
    uint64_t address;
};

/** A request from delivery to reply. */
struct horizon_request {
    struct server_call *call;
    struct horizon_session *session;
    struct horizon_process *client;
    struct horizon_process *server;
    struct horizon_buffer
        client_buffer; /**< As the client left it; the reply is written over it. */
    struct horizon_buffer server_buffer;
    bool is_user_buffer;           /**< Of the client; locked. */
    bool is_async;                 /**< SendAsyncRequestWithUserBuffer: its exit is the event. */
    struct hipc_message source;    /**< The client's request. */
    struct hipc_message prepared;  /**< What lay in the server's buffer. */
    struct hipc_message delivered; /**< The translated request. */
    size_t delivered_size; /**< After a failure: what stands in the server's buffer of it. */
    struct horizon_contents contents;
    struct horizon_object *client_end; /**< A reference, while the request is queued or served. */
    const struct horizon_contents *rooms; /**< What a connected receiver announced. */
    bool is_list_broken; /**< The failed delivery had written over the receiver's list already. */
    struct horizon_map map[3 * HIPC_MAX_DESCRIPTORS];
    unsigned int map_count;
    size_t changed; /**< Bytes of the client's buffer that the reply has written. */
    struct horizon_reply_pointer {
        const uint8_t *bytes;
        uint64_t address;
        uint16_t size;
    } reply_pointer[HIPC_MAX_DESCRIPTORS];
    unsigned int reply_pointer_count;
};

/** A walk through a receive list (kern_k_server_session.cpp, ReceiveList). */
struct horizon_receive_list {
    const struct hipc_message *owner; /**< Whose list it is. */
    struct horizon_buffer buffer;     /**< The owner's message buffer. */
    uint64_t base;                    /**< Mode 1: end of the incoming raw data. */
    uint64_t fill;
};

struct horizon_receive_list horizon_receive_list(const struct hipc_message *owner,
                                                 const struct horizon_buffer *buffer,
                                                 const struct hipc_message *incoming);
/** Where a pointer goes; size is not 0. 0 or OutOfResource. */
uint32_t horizon_receive_list_place(struct horizon_receive_list *list,
                                    const struct hipc_pointer *pointer, uint64_t *address);

/** "copy handles … pseudo handles mean the sender." Writes the receiver's handles in place; move
 *  handles are taken from the sender. On an error all handles and the pid are 0. */
uint32_t horizon_translate_special(struct horizon_process *sender, uint32_t sender_thread,
                                   struct horizon_process *receiver, bool moves_allowed,
                                   struct hipc_special *special);

/** The maps of a request: checks, addresses, contents. */
uint32_t horizon_map_all(struct horizon_request *request);
/** Whether the range touches pages that a map of this request locked against it. */
bool horizon_map_is_locked(const struct horizon_request *request, uint64_t address, uint64_t size,
                           bool writing);
/** How a buffer appears in the server: "Ipc", "r" or "rw", and how many of its pages are the
 *  client's own; pages that it covers only in part are fresh ones. */
const char *horizon_map_state(const struct horizon_map *map);
const char *horizon_map_permission(const struct horizon_map *map);
uint64_t horizon_map_shared_pages(const struct horizon_map *map);
struct horizon_map *horizon_map_find(struct horizon_request *request, enum horizon_map_kind kind,
                                     unsigned int number);
void horizon_map_clear(struct horizon_request *request);
/** RECEIVE and EXCHANGE as sections of the client's exit. */
void horizon_map_write_back(struct horizon_request *request);

uint32_t horizon_translate_request(struct horizon_request *request);
/** What the reply's pointer descriptors name in the serving process; NULL if it has no such
 * memory. */
typedef const uint8_t *(*horizon_read_function)(void *data, unsigned int number, uint64_t address,
                                                uint64_t size);
/** The reply stands in server_buffer. The result is the client's. */
uint32_t horizon_translate_reply(struct horizon_request *request, horizon_read_function read,
                                 void *data);

/** An asynchronous request is over: its event counts no more. A result goes into the client's
 *  buffer, as "8 zero bytes and then the result in word 2", and the call's exit. @return the call's
 *  own result. */
uint32_t horizon_async_end(struct horizon_request *request, struct server_call *call,
                           uint32_t result);

/** Requests of sessions that a connected process serves: takes the request. */
void horizon_serve_queue(struct horizon_kernel *kernel, struct horizon_request *request);
/** Finishes the client's call, if it is still there, and frees the request. */
void horizon_serve_end(struct horizon_request *request, uint32_t result);
/** The client's call is gone. */
void horizon_serve_cancel(struct horizon_request *request);
void horizon_reply_and_receive(struct horizon_kernel *kernel, struct server_call *call);
/** Gives the session's next request to the process that waits in `call`. False: there is none
 * left. */
bool horizon_serve_receive(struct server_call *call, struct horizon_session *session,
                           const struct horizon_contents *rooms, uint32_t *result);

void horizon_send_sync_request(struct horizon_kernel *kernel, struct server_call *call);
void horizon_kernel_call(struct horizon_kernel *kernel, struct server_call *call);

/** System calls that are no messages: 0 and `results`, or a result. */
typedef uint32_t horizon_call_function(struct horizon_kernel *kernel, struct server_call *call,
                                       const struct ipctap_kernel_call *arguments,
                                       struct ipctap_kernel_call *results);

/* shared_memory.c */
horizon_call_function horizon_create_memory_block;
horizon_call_function horizon_map_memory_block;
horizon_call_function horizon_unmap_memory_block;
horizon_call_function horizon_read_memory;
horizon_call_function horizon_write_memory;

/** What is wrong with the handles that a call waits for. */
uint32_t horizon_wait_check(const struct server_call *call);
/** With `rooms` a ReplyAndReceive, which takes them (g_free()). */
void horizon_wait(struct horizon_kernel *kernel, struct server_call *call,
                  struct horizon_contents *rooms);
void horizon_wait_cancel(struct horizon_kernel *kernel, struct server_call *call);
uint32_t horizon_wait_cancel_thread(struct horizon_kernel *kernel, struct server_process *process,
                                    uint32_t tid);
/** Something was signalled. */
void horizon_wake(struct horizon_kernel *kernel);

/** Whether a name is taken, by a simulated service or a registered one. */
bool horizon_is_service(const struct horizon_kernel *kernel, const char *name);

/** A new session to a service's root object; the client's end is returned as a new object. 0 or a
 *  result. */
uint32_t horizon_connect(struct horizon_kernel *kernel, const char *service, uint64_t *session,
                         struct horizon_object **client);

#endif
