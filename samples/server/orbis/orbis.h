/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file orbis.h
 * The simulated Orbis kernel: the IPMI manager's objects, waits and packets.
 *
 * Objects refer to one another by kid. Kids are never reused, so a lookup that fails says that the
 * other end is gone; there are no pointers to be cleared.
 */
#ifndef IPCSHARK_SERVER_ORBIS_H
#define IPCSHARK_SERVER_ORBIS_H

#include "../server.h"

#include <ipcshark/appmsg.h>
#include <ipcshark/sceipmi.h>

#include <glib.h>

/** `*out`: facility 0x8002 and a FreeBSD errno. */
enum orbis_errno {
    ORBIS_ENOENT = 2,
    ORBIS_ESRCH = 3,
    ORBIS_ENOMEM = 12,
    ORBIS_EACCES = 13,
    ORBIS_EFAULT = 14,
    ORBIS_EBUSY = 16,
    ORBIS_EEXIST = 17,
    ORBIS_EINVAL = 22,
    ORBIS_EMFILE = 24,
    ORBIS_EAGAIN = 35,
    ORBIS_ENOTSUP = 45,
    ORBIS_ETIMEDOUT = 60,
    ORBIS_ENAMETOOLONG = 63,
    ORBIS_ENOSYS = 78,
    ORBIS_ECANCELED = 85,
};

#define ORBIS_ERROR(errno)    (0x80020000u | (uint32_t)(errno))
#define ORBIS_BLOCK_TOO_LARGE 0x800E0001u

/** Messages that wait in one queue, results that wait in one client: choices. */
#define ORBIS_MAX_MESSAGES 64
#define ORBIS_MAX_RESULTS  64

/** So that no client can make the server grow without end: choices. */
#define ORBIS_MAX_QUEUE_BYTES 0x100000
#define ORBIS_MAX_OBJECTS     1024 /**< Of one process. */
#define ORBIS_MAX_THREADS     256  /**< Remembered of one process while idle. */

struct orbis_service;

struct orbis_kernel {
    struct server *server;
    const struct server_kernel *platform; /**< PlayStation 4 or 5. */
    GHashTable *objects;                  /**< kid -> struct orbis_object. */
    GPtrArray *apps;                      /**< struct orbis_app, connected and simulated. */
    uint32_t next_kid;
    struct shell_core *shell_core;
};

/** A process; server_process.data. */
struct orbis_app {
    struct server_process *process;
    GHashTable *threads;  /**< tid -> struct orbis_thread. */
    uint64_t event_flags; /**< App Messaging's, one word an application. */
    uint32_t receiver;    /**< Kid of the client that App Messaging found last time, 0 none. */
};

/** What a serving thread is busy with. */
struct orbis_thread {
    uint32_t connecting;         /**< Kid of the client whose connect packet it took, 0 none. */
    struct orbis_packet *packet; /**< Sync request that it has not answered. */
};

struct orbis_object {
    uint32_t kid;
    enum sceipmi_object type;
    struct orbis_kernel *kernel;
    struct server_process *process;
    uint64_t implementation; /**< The library's object, as the create passed it. */
    uint64_t user_data;
    GQueue waiting; /**< struct orbis_wait. */

    /* Server and client. */
    char *name;

    /* Server. */
    GQueue packets; /**< struct orbis_packet, not yet received. */
    const struct orbis_service *service;

    /* Client; session_kid is 0 until it is connected. */
    uint32_t session_kid;
    uint8_t config[0x150];
    GQueue messages[SCEIPMI_MAX_QUEUES]; /**< GBytes. */
    uint64_t event_flag[SCEIPMI_MAX_EVENT_FLAGS];
    GHashTable *results; /**< ticket -> struct orbis_result. */
    uint32_t next_ticket;

    /* Session. */
    uint32_t client_kid;
    uint32_t server_kid;
    uint64_t session_number; /**< Of the record's SESSION section. */
};

/** An asynchronous call's outcome. */
struct orbis_result {
    uint32_t method;
    uint32_t event_flag; /**< UINT32_MAX none. */
    uint64_t pattern;
    bool is_done;
    int32_t result;
    GPtrArray *outputs; /**< GBytes. */
};

/** Something that a server is to receive. */
struct orbis_packet {
    uint32_t type;
    uint32_t client_kid;
    uint32_t method;
    uint32_t ticket; /**< Async only. */
    uint64_t cause;  /**< The client's call in the tap's records. */
    GByteArray *body;
    GPtrArray *inputs;       /**< GBytes; the same bytes, for services inside the server. */
    struct orbis_wait *wait; /**< The caller; NULL if it does not wait (any more). */
};

/** A call that waits; server_call.wait. */
struct orbis_wait {
    struct server_call *call;
    uint32_t op;
    struct orbis_object *object; /**< In whose list it stands. */
    struct orbis_packet *packet; /**< The packet that it waits for, if any. */
    struct server_timer *timer;
    uint64_t deadline; /**< Monotonic nanoseconds; 0 none. */
    uint64_t timeout_pointer;
};

/** A service inside the server takes its packets at once. */
struct orbis_service {
    void (*deliver)(struct orbis_object *server, struct orbis_packet *packet);
};

/** A manager call with what its block says. */
struct orbis_call {
    struct orbis_kernel *kernel;
    struct server_call *call;
    struct sceipmi_call arguments;
    const struct sceipmi_operation *operation;
    struct ipctap_section block;
    struct orbis_object *object;
};

/* objects.c */
struct orbis_object *orbis_object_new(struct orbis_kernel *kernel, enum sceipmi_object type,
                                      struct server_process *process);
struct orbis_object *orbis_object_find(struct orbis_kernel *kernel, uint32_t kid,
                                       unsigned int types);
struct orbis_object *orbis_find_server(struct orbis_kernel *kernel, const char *name);
/** Whether a process may have one more; if not the call is refused and finished. */
bool orbis_object_may_create(struct orbis_call *call);
/** Ends its waits, tells the other end, frees it. */
void orbis_object_destroy(struct orbis_object *object);
/** The session's end: both sides' waiting calls fail. */
void orbis_session_close(struct orbis_object *session);
void orbis_create_server(struct orbis_call *call);
void orbis_create_client(struct orbis_call *call);
void orbis_create_session(struct orbis_call *call);
void orbis_destroy(struct orbis_call *call);

/** Names the target of a client's call: service, session and server. */
void orbis_target_client(struct orbis_call *call, const char *function);
/** Likewise of a call on a session, whose client may be gone (NULL). */
void orbis_target_session(struct orbis_call *call, const struct orbis_object *client);

/* process.c */
struct orbis_app *orbis_app_new(struct orbis_kernel *kernel, struct server_process *process);
void orbis_app_free(struct orbis_app *app);
/** The process of an app id, NULL if none is running. App id 0 is nobody's. */
struct orbis_app *orbis_app_find(struct orbis_kernel *kernel, uint32_t app_id);
struct orbis_thread *orbis_thread_of(const struct server_call *call);
/** A note about a process, such as why the console would kill it. */
void orbis_note(const struct server_process *process, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* arguments.c */
bool orbis_call_parse(struct orbis_kernel *kernel, struct server_call *call,
                      struct orbis_call *parsed);
uint64_t orbis_argument(const struct orbis_call *call, const char *name);

/** "num_in" or "num_out". The manager has refused calls with more than SCEIPMI_MAX_COUNT. */
uint16_t orbis_count(const struct orbis_call *call, const char *name);
/** What stands behind a pointer. False: the call was refused and is finished. */
bool orbis_contents(struct orbis_call *call, uint16_t type, uint16_t index, uint64_t address,
                    uint64_t size, struct ipctap_section *section);
/** Contents of all DataInfo inputs as GBytes; NULL: refused and finished. Role of the pointer
 *  `name`. */
GPtrArray *orbis_inputs(struct orbis_call *call, const char *name, const char *count);
/** The first section of the exit: the call with its results. */
void orbis_answer(struct server_call *call, uint32_t out);
void orbis_answer_scalar(struct server_call *call, uint16_t index, uint64_t address, uint64_t value,
                         size_t size);
/** Exit without contents. */
void orbis_finish(struct server_call *call, uint32_t out);
/** The system call itself fails: carry set, *out not written. */
void orbis_finish_errno(struct server_call *call, uint32_t error);
/** Fills the caller's BufferInfo array and outputs. */
void orbis_answer_outputs(struct orbis_call *call, GPtrArray *outputs);

/* wait.c */
struct orbis_wait *orbis_wait_new(struct orbis_call *call, struct orbis_object *object);
/** Reads the timeout behind `timeout`; false: refused and finished. */
bool orbis_read_timeout(struct orbis_call *call, bool *has_timeout, uint32_t *microseconds);
/** The call waits, at most for its timeout, unless that cannot be read: then it is finished. */
void orbis_wait_begin(struct orbis_call *call);
/** The client's Connect that waits, NULL if there is none. */
struct orbis_wait *orbis_wait_find(const struct orbis_object *object, uint32_t op);
void orbis_wait_set_timeout(struct orbis_wait *wait, uint32_t microseconds);
/** Takes the wait off its call and frees it; the call is then to be finished. */
struct server_call *orbis_wait_end(struct orbis_wait *wait);
/** Adds the time that remains, if the call had a timeout. To be called before orbis_wait_end(). */
void orbis_wait_answer_timeout(const struct orbis_wait *wait);
void orbis_wait_cancel_all(struct orbis_object *object, uint32_t out);

/* packet.c */
struct orbis_packet *orbis_packet_new(uint32_t type, const struct orbis_object *client);
void orbis_packet_free(struct orbis_packet *packet);
void orbis_packet_put_inputs(struct orbis_packet *packet, GPtrArray *inputs);
void orbis_packet_deliver(struct orbis_object *server, struct orbis_packet *packet);
/** PacketInfo, 0x18 bytes. */
void orbis_packet_put_info(const struct orbis_packet *packet, uint8_t *bytes);

/* connect.c */
void orbis_connect(struct orbis_call *call);
void orbis_disconnect(struct orbis_call *call);
void orbis_send_connect_result(struct orbis_call *call);
/** Joins client and server; the client's call goes on waiting for the connect result. */
struct orbis_object *orbis_session_new(struct orbis_object *server, struct orbis_object *client,
                                       uint64_t implementation, uint64_t user_data);
/** Sends the connect packet that a waiting call stands for. */
void orbis_connect_deliver(struct orbis_object *server, struct orbis_object *client,
                           struct orbis_wait *wait);
void orbis_connect_finish(struct orbis_object *client, int32_t status);

/* invoke.c */
void orbis_invoke_sync(struct orbis_call *call);
void orbis_invoke_async(struct orbis_call *call);
void orbis_try_get_result(struct orbis_call *call);
void orbis_result_free(gpointer result);
/** Answers a sync request; takes the packet. `outputs` may be NULL. */
void orbis_sync_finish(struct orbis_packet *packet, int32_t result, GPtrArray *outputs);
/** Stores an asynchronous result; false if the client did not ask for it. Takes the outputs. */
bool orbis_async_finish(struct orbis_object *client, uint32_t method, uint32_t ticket,
                        int32_t result, GPtrArray *outputs);

/* serve.c */
void orbis_receive_packet(struct orbis_call *call);
void orbis_respond_sync(struct orbis_call *call);
void orbis_respond_async(struct orbis_call *call);
void orbis_wake_receivers(struct orbis_object *server);
/** A serving thread leaves its request: the client's call fails. */
void orbis_thread_drop_packet(struct orbis_thread *thread, uint32_t out);

/* queue.c */
void orbis_get_message(struct orbis_call *call);
void orbis_send_message(struct orbis_call *call);
void orbis_empty_queue(struct orbis_call *call);
/** Puts a message into a client's queue; a result for *out. */
uint32_t orbis_queue_push(struct orbis_object *client, uint32_t queue, GBytes *message);
void orbis_queue_wake(struct orbis_object *client, uint32_t queue);

/* event_flag.c */
void orbis_wait_event_flag(struct orbis_call *call);
void orbis_set_event_flag(struct orbis_call *call);
uint32_t orbis_event_flag_set(struct orbis_object *client, uint32_t index, uint64_t pattern);

/* query.c */
void orbis_query(struct orbis_call *call);

/* manager.c */
void orbis_manager_call(struct orbis_kernel *kernel, struct server_call *call);

/* app_messaging.c: calls of kind 4 */
void orbis_app_messaging_call(struct orbis_kernel *kernel, struct server_call *call);
uint32_t orbis_app_set_event_flag(struct orbis_kernel *kernel, uint32_t app_id, uint64_t bits);

/* shell_core.c */
struct shell_core *shell_core_new(struct orbis_kernel *kernel);
void shell_core_free(struct shell_core *shell_core);

#endif
