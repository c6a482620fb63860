/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctr.h
 * The simulated 3DS kernel: processes and their handles, sessions, ports, events, semaphores,
 * shared memory, and the translation of command buffers from one process to another.
 *
 * What no source tells about the console is a choice and marked so.
 */
#ifndef IPCSHARK_SERVER_CTR_H
#define IPCSHARK_SERVER_CTR_H

#include "../server.h"

#include <ipcshark/ctripc.h>
#include <ipcshark/writer.h>

#include <glib.h>
#include <string.h>

#define CTR_CURRENT_THREAD  0xFFFF8000u
#define CTR_CURRENT_PROCESS 0xFFFF8001u
#define CTR_PAGE            0x1000u
#define CTR_MAX_HANDLES     4096 /**< A choice. */
#define CTR_MAX_PORT_NAME   11
#define CTR_NO_INDEX        0xFFFFFFFFu

enum ctr_results {
    CTR_INVALID_COMMAND = 0xD900182F, /**< Of a service: no such command, or other sizes. */
    CTR_COMMAND_TOO_LARGE = 0xC8A01836,
    CTR_INVALID_DESCRIPTOR = 0xD9001830,
    CTR_INVALID_HANDLE = 0xD8E007F7,
    CTR_SESSION_CLOSED = 0xC920181A,
    CTR_OUT_OF_HANDLES = 0xD8600413,
    CTR_OUT_OF_MEMORY = 0xD86007F3,
    CTR_INVALID_ADDRESS = 0xE0E01BF5,
    CTR_INVALID_ADDRESS_STATE = 0xE0A01BF5,
    CTR_MISALIGNED_ADDRESS = 0xE0E01BF1,
    CTR_MISALIGNED_SIZE = 0xE0E01BF2,
    CTR_INVALID_ENUM = 0xD8E007ED,
    CTR_INVALID_COMBINATION = 0xD90007EE,
    CTR_INVALID_COMBINATION_OS = 0xE0E01BEE,
    CTR_WRONG_PERMISSION = 0xD900182E,
    CTR_INVALID_HANDLE_OS = 0xD9001BF7,
    CTR_OUT_OF_RANGE = 0xD8E007FD,
    CTR_NOT_FOUND = 0xD88007FA,
    CTR_ALREADY_EXISTS = 0xD9001BFC,
    CTR_PORT_NAME_TOO_LONG = 0xE0E0181E,
    CTR_MAX_CONNECTIONS = 0xD0401834,
    CTR_NO_PENDING_SESSIONS = 0xD8401823,
    CTR_NOTHING_TO_WAIT_FOR = 0xE7E3FFFF,
    CTR_TIMEOUT = 0x09401BFE,
    CTR_NOT_IMPLEMENTED = 0xF8C007F4,
};

struct ctr_service;
struct ctr_pending;

struct ctr_kernel {
    struct server *server;
    GPtrArray *simulated;  /**< struct ctr_process of the services inside the server. */
    GHashTable *processes; /**< struct ctr_process, all. */
    GHashTable *ports;     /**< Global name -> client end (struct ctr_object). */
    GQueue waits;          /**< struct ctr_pending that wait for objects, in order of arrival. */
    bool is_waking;
    bool must_wake_again;
    struct ctr_srv *srv;
    struct ctr_fs *fs;
    struct ctr_gsp *gsp;
    struct ctr_object *echo_memory; /**< Of the test service. */
};

enum ctr_type {
    CTR_CLIENT_SESSION,
    CTR_SERVER_SESSION,
    CTR_CLIENT_PORT,
    CTR_SERVER_PORT,
    CTR_EVENT,
    CTR_SEMAPHORE,
    CTR_MEMORY,
    CTR_PROCESS,
    CTR_THREAD,
};

enum ctr_reset {
    CTR_RESET_ONE_SHOT,
    CTR_RESET_STICKY,
    CTR_RESET_PULSE, /**< Wakes who waits now, and is not signalled afterwards. */
};

#define CTR_PERMISSION_READ        1u
#define CTR_PERMISSION_WRITE       2u
#define CTR_PERMISSION_DO_NOT_CARE 0x10000000u

/** What a handle stands for; gone with its last handle, wait and request. */
struct ctr_object {
    struct ctr_kernel *kernel;
    enum ctr_type type;
    unsigned int references;
    struct ctr_session *session;
    struct ctr_port *port;
    struct ctr_process *process; /**< CTR_PROCESS: NULL once it ended. */
    GByteArray *memory;
    struct server_charge *charge; /**< For it. */
    uint32_t owner;               /**< Of memory: process id. */
    uint32_t own_permission;
    uint32_t other_permission;
    bool is_at_address; /**< Memory of the owner's, not of the kernel's. */
    bool is_signalled;  /**< Event. */
    enum ctr_reset reset;
    uint32_t count; /**< Semaphore. */
    uint32_t maximum;
};

struct ctr_session {
    struct ctr_object *client; /**< NULL once closed. */
    struct ctr_object *server; /**< NULL once closed. */
    struct ctr_port *port;
    uint64_t number;
    const char *name; /**< Interned: the service's or port's. */
    GQueue requests;  /**< struct ctr_pending, not yet received. */
    struct ctr_pending *answering;
    uint32_t peer_pid;                 /**< Of the server's process, as far as known. */
    const struct ctr_service *service; /**< Inside the server; NULL: a process serves. */
    uint32_t server_handle;            /**< That service's. */
    void *data;                        /**< That service's. */
};

struct ctr_port {
    struct ctr_object *client;
    struct ctr_object *server;
    unsigned int references; /**< Ends and sessions. */
    const char *name;        /**< Interned; "" private. */
    uint32_t maximum;
    uint32_t sessions;
    GQueue pending; /**< Server ends that wait to be accepted. */
    uint32_t peer_pid;
    const struct ctr_service *service;
};

/** A process; server_process.data. */
struct ctr_process {
    struct ctr_kernel *kernel;
    struct server_process *process;
    struct ctr_object *object;
    GArray *slots; /**< struct ctr_slot. */
    uint16_t generation;
    GPtrArray *mappings; /**< struct ctr_mapping: buffers of requests. */
    GHashTable *memory;  /**< Address -> struct ctr_object that is mapped there. */
    GHashTable *access;  /**< Names that it may ask srv: for; NULL: all but the restricted. */
};

struct ctr_slot {
    struct ctr_object *object;
    uint16_t generation;
};

/** A buffer of a request in the serving process. */
struct ctr_mapping {
    struct ctr_session *session;
    GByteArray *bytes;
    uint32_t base;  /**< First guard page. */
    uint32_t pages; /**< Guard pages included. */
    uint32_t source;
    uint32_t target;
    uint32_t descriptor;
};

/** Contents that go with a message. */
struct ctr_buffer {
    uint16_t section; /**< IPCTAP_STATIC, IPCTAP_MAPPED, IPCTAP_PXI. */
    uint8_t word;
    bool is_writable; /**< By the receiver of a request. */
    uint32_t address; /**< The receiver's. */
    GByteArray *bytes;
};

/** A message on its way: what the receiver gets. */
struct ctr_packet {
    uint8_t bytes[CTRIPC_BUFFER_SIZE];
    size_t size;
    GPtrArray *buffers; /**< struct ctr_buffer. */
    GArray *handles;    /**< u32, made in the receiver's table. */
};

/** Who sends what to whom. */
struct ctr_transfer {
    struct ctr_process *from;
    struct ctr_process *to;
    struct ctr_session *session;
    const uint8_t *bytes;                   /**< CTRIPC_BUFFER_SIZE of them, the sender's. */
    const struct server_call *call;         /**< Has the sender's contents as sections, or … */
    const GPtrArray *contents;              /**< … struct ctr_buffer of a simulated service. */
    const struct ctripc_static_slot *table; /**< The receiver's. */
    bool is_reply;
};

/** A call that waits; server_call.wait. */
struct ctr_pending {
    struct ctr_kernel *kernel;
    struct ctr_process *process;
    struct server_call *call;
    uint8_t bytes[CTRIPC_BUFFER_SIZE];
    uint64_t address; /**< Of the command buffer. */
    struct ctripc_static_slot table[CTRIPC_STATIC_BUFFERS];

    /* SendSyncRequest: the session's client end. */
    struct ctr_object *object;
    bool is_deferred; /**< Its service will look at it again. */

    /* WaitSynchronization, ReplyAndReceive. */
    GPtrArray *objects;
    GArray *handles; /**< u32, as the process gave them. */
    bool waits_for_all;
    bool receives;
    struct server_timer *timer;
};

/* objects.c */
struct ctr_object *ctr_object_new(struct ctr_kernel *kernel, enum ctr_type type);
struct ctr_object *ctr_object_ref(struct ctr_object *object);
void ctr_object_unref(struct ctr_object *object);
struct ctr_session *ctr_session_new(struct ctr_kernel *kernel, const char *name);
struct ctr_port *ctr_port_new(struct ctr_kernel *kernel, const char *name, uint32_t maximum);
/** A new session's client end, NULL with a result. */
struct ctr_object *ctr_port_connect(struct ctr_port *port, uint32_t *result);

/* process.c */
struct ctr_process *ctr_process_new(struct ctr_kernel *kernel, struct server_process *process);
void ctr_process_free(struct ctr_process *process);
/** 0 if the table is full. Takes a reference of its own. */
uint32_t ctr_handle_new(struct ctr_process *process, struct ctr_object *object);
/** Borrowed; NULL if there is no such handle. Pseudo handles only by ctr_handle_resolve(). */
struct ctr_object *ctr_handle_find(struct ctr_process *process, uint32_t handle);
struct ctr_object *ctr_handle_find_type(struct ctr_process *process, uint32_t handle,
                                        enum ctr_type type);
bool ctr_handle_close(struct ctr_process *process, uint32_t handle);
/** With pseudo handles; a new reference or NULL. */
struct ctr_object *ctr_handle_resolve(struct ctr_process *process, uint32_t handle);
struct ctr_mapping *ctr_mapping_new(struct ctr_process *process, uint32_t source, uint32_t size);
void ctr_mapping_free(struct ctr_mapping *mapping);
void ctr_process_unmap_session(struct ctr_process *process, const struct ctr_session *session);

/* translate.c */
/** Why the sections contradict the message's descriptors, NULL if they do not. To be freed. */
char *ctr_find_fault(const struct server_call *call, const uint8_t *bytes, bool is_reply);
uint32_t ctr_translate(const struct ctr_transfer *transfer, struct ctr_packet *packet);
void ctr_packet_clear(struct ctr_packet *packet);
struct ctr_buffer *ctr_buffer_new(uint16_t section, uint8_t word, uint32_t address,
                                  GByteArray *bytes);
void ctr_buffer_free(struct ctr_buffer *buffer);

/* request.c */
void ctr_send_sync_request(struct ctr_kernel *kernel, struct server_call *call);
/** Gives a request to the process that serves its session. */
uint32_t ctr_deliver(struct ctr_pending *request, struct ctr_process *server, uint32_t handle,
                     const struct ctripc_static_slot *table, struct ctr_packet *packet);
/** `reply` has sender, bytes and contents; `handle` is the sender's. */
uint32_t ctr_answer(struct ctr_session *session, const struct ctr_transfer *reply, uint32_t handle);
void ctr_request_end(struct ctr_pending *request, uint32_t result);
struct ctr_pending *ctr_pending_new(struct ctr_kernel *kernel, struct server_call *call);
void ctr_pending_free(struct ctr_pending *pending);
/** What a call's MESSAGE is. */
enum ctr_message_use {
    CTR_MESSAGE_REQUEST,
    CTR_MESSAGE_REPLY,
    CTR_MESSAGE_ROOM, /**< Nothing is sent; a request will overwrite it. */
};

/** The call's command buffer and table; false and the call rejected if its record is wrong. */
bool ctr_pending_load(struct ctr_pending *pending, enum ctr_message_use use);

/* wait.c */
void ctr_wait_synchronization(struct ctr_kernel *kernel, struct server_call *call);
void ctr_reply_and_receive(struct ctr_kernel *kernel, struct server_call *call);
/** Something changed: ends the waits that can end. */
void ctr_wake(struct ctr_kernel *kernel);

/* memory.c */
/** A block of zeros that the kernel keeps. */
struct ctr_object *ctr_memory_new(struct ctr_process *owner, uint32_t size);
void ctr_create_memory_block(struct ctr_process *process, struct server_call *call,
                             const struct ipctap_kernel_call *arguments);
void ctr_map_memory_block(struct ctr_process *process, struct server_call *call,
                          const struct ipctap_kernel_call *arguments);
void ctr_unmap_memory_block(struct ctr_process *process, struct server_call *call,
                            const struct ipctap_kernel_call *arguments);
void ctr_read_memory(struct ctr_process *process, struct server_call *call,
                     const struct ipctap_kernel_call *arguments);
void ctr_write_memory(struct ctr_process *process, struct server_call *call,
                      const struct ipctap_kernel_call *arguments);

/* calls.c */
void ctr_event_signal(struct ctr_object *event);
void ctr_kernel_call(struct ctr_kernel *kernel, struct server_call *call);

#endif
