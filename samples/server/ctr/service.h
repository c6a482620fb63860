/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file service.h
 * Services inside the server. Each runs in a simulated process with handles of its own, so that a
 * tap shows its side of every call.
 */
#ifndef IPCSHARK_SERVER_CTR_SERVICE_H
#define IPCSHARK_SERVER_CTR_SERVICE_H

#include "ctr.h"

/** Processes that host services. */
enum ctr_host {
    CTR_HOST_SM,
    CTR_HOST_FS,
    CTR_HOST_ERRDISP,
    CTR_HOST_GSP,
    CTR_HOST_ECHO,
    CTR_HOST_COUNT,
};

/** One request and the reply to it. */
struct ctr_service_call {
    struct ctr_kernel *kernel;
    struct ctr_session *session;
    struct ctr_process *server;
    struct ctr_pending *request;
    struct ctripc_message message;
    const struct ctr_packet *packet; /**< As translated for the service. */
    uint8_t bytes[CTRIPC_BUFFER_SIZE];
    struct ipcshark_writer reply;
    GPtrArray *contents; /**< struct ctr_buffer of the reply. */
    GArray *made;        /**< u32: the service's handles that the reply copies. */
    bool is_deferred;    /**< Set by a command that cannot answer yet. */
};

struct ctr_command {
    uint16_t id;
    uint8_t normal;
    uint8_t translate;
    void (*run)(struct ctr_service_call *call);
};

struct ctr_service {
    const char *name;
    enum ctr_host host;
    uint32_t maximum; /**< Sessions. */
    const struct ctr_command *commands;
    size_t command_count;
    void (*close)(struct ctr_session *session); /**< The client closed it; may be NULL. */
};

extern const struct ctr_service ctr_srv_service;
extern const struct ctr_service ctr_errf_service;
extern const struct ctr_service ctr_fs_service;
extern const struct ctr_service ctr_gsp_service;
extern const struct ctr_service ctr_echo_service;

/* service.c */
struct ctr_process *ctr_host_process(struct ctr_kernel *kernel, enum ctr_host host);
/** Runs the service on a request of one of its sessions. */
void ctr_service_serve(struct ctr_pending *request);
/** Runs a deferred request again. */
void ctr_service_retry(struct ctr_pending *request);
/** A private or global port of a service inside the server; a new reference to its client end. */
struct ctr_object *ctr_service_port(struct ctr_kernel *kernel, const struct ctr_service *service);

/** Makes a service the other end of a new session, of which it has `data` (freed by its close).
 * @return the client end, NULL and a result if the host's table is full. */
struct ctr_object *ctr_service_attach(struct ctr_session *session,
                                      const struct ctr_service *service, void *data,
                                      uint32_t *result);

/** Word n of the request, which the command's sizes cover. */
uint32_t ctr_word(const struct ctr_service_call *call, size_t n);
uint64_t ctr_word_pair(const struct ctr_service_call *call, size_t n);
/** Contents of the parameter whose descriptor is word n; NULL if it is no such buffer. */
GByteArray *ctr_argument(const struct ctr_service_call *call, size_t n, uint16_t section);

/** Header and result; `normal` counts the result. More words follow with ctr_push(). */
void ctr_reply(struct ctr_service_call *call, uint8_t normal, uint8_t translate, uint32_t result);
void ctr_reply_result(struct ctr_service_call *call, uint32_t result);
/** Result and one value. */
void ctr_reply_word(struct ctr_service_call *call, uint32_t result, uint32_t value);
void ctr_reply_pair(struct ctr_service_call *call, uint32_t result, uint64_t value);
void ctr_push(struct ctr_service_call *call, uint32_t word);
/** Gives the request's mapped buffer at word n back. */
void ctr_push_mapped(struct ctr_service_call *call, size_t n);
/** A static buffer of the reply; the bytes are copied. */
void ctr_push_static(struct ctr_service_call *call, uint8_t id, const void *bytes, uint32_t size);
/** A PXI buffer of the reply, as the one at word n of the request. */
void ctr_push_pxi(struct ctr_service_call *call, size_t n);
/** The service has no use for a handle once the reply copied it. */
void ctr_close_after_reply(struct ctr_service_call *call, uint32_t handle);
/** A reply of result 0 with a handle; takes the object. An error if it is NULL or the table
 *  full. */
void ctr_reply_handle(struct ctr_service_call *call, enum ctripc_kind kind,
                      struct ctr_object *object);

/* srv.c */
struct ctr_srv *ctr_srv_new(void);
void ctr_srv_free(struct ctr_srv *srv);
bool ctr_srv_register(struct ctr_kernel *kernel, const char *name, struct ctr_object *port);
void ctr_srv_port_closed(struct ctr_kernel *kernel, const struct ctr_port *port);
void ctr_srv_forget(struct ctr_kernel *kernel, struct ctr_pending *request);

/* fs.c */
struct ctr_fs *ctr_fs_new(void);
void ctr_fs_free(struct ctr_fs *fs);

/* echo.c */
struct ctr_object *ctr_echo_memory_new(struct ctr_kernel *kernel);

/* gsp.c */
struct ctr_gsp *ctr_gsp_new(struct ctr_kernel *kernel);
void ctr_gsp_free(struct ctr_gsp *gsp);
void ctr_gsp_forget(struct ctr_kernel *kernel, struct ctr_pending *request);

/* fs_path.c */
enum ctr_fs_results {
    CTR_FS_NOT_FOUND = 0xC8804478,
    CTR_FS_INVALID_ARCHIVE = 0xC8804465,
    CTR_FS_INVALID_PATH = 0xE0E046BE,
    CTR_FS_OUT_OF_FILE = 0xE0E046C3,
    CTR_FS_INVALID_OPEN_FLAGS = 0xC92044E6,
    CTR_FS_UNSUPPORTED_OPEN_FLAGS = 0xE0C046F8,
    CTR_FS_READ_FLAG = 0xE0E046BC,
    CTR_FS_ALREADY_EXISTS = 0xC82044BE,
    CTR_FS_UNEXPECTED_TYPE = 0xC92044FA,
    CTR_FS_NOT_EMPTY = 0xC92044F0,
    CTR_FS_NO_SPACE = 0xC86044D2,
};

uint32_t ctr_fs_result(int64_t code);
/** The path at word n (a static buffer's descriptor) as UTF-8; NULL if it is none. */
char *ctr_fs_path(const struct ctr_service_call *call, uint32_t type, uint32_t size, size_t n);

/* fs_file.c */
enum ctr_open_flags {
    CTR_OPEN_READ = 1,
    CTR_OPEN_WRITE = 2,
    CTR_OPEN_CREATE = 4,
};

/** Client end of a file session; takes the descriptor. */
struct ctr_object *ctr_file_open(struct ctr_kernel *kernel, int descriptor, uint32_t flags);
/** Client end of a directory session; takes the entries. */
struct ctr_object *ctr_directory_open(struct ctr_kernel *kernel, GPtrArray *entries);

#endif
