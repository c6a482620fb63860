/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file services.h
 * The services of the simulated Horizon system: each gives a new root object for a new session.
 */
#ifndef IPCSHARK_SERVER_HORIZON_SERVICES_H
#define IPCSHARK_SERVER_HORIZON_SERVICES_H

#include "sf.h"
#include "tipc.h"

extern const struct tipc_interface sm_tipc_interface;

struct sf_object *sm_new(struct horizon_kernel *kernel);
struct sf_object *fsp_srv_new(struct horizon_kernel *kernel);
struct sf_object *set_new(struct horizon_kernel *kernel);
struct sf_object *set_sys_new(struct horizon_kernel *kernel);
struct sf_object *echo_new(struct horizon_kernel *kernel);

/** GetServiceHandle and its like: a session to the service of that name (8 bytes, zero padded). */
uint32_t sm_get_service(struct sf_session *session, const uint8_t *name,
                        struct horizon_object **client);

/** A new port under that name; its server's end is a new object. */
uint32_t sm_register_service(struct sf_session *session, const uint8_t *name, uint32_t max_sessions,
                             struct horizon_object **port);
uint32_t sm_unregister_service(struct sf_session *session, const uint8_t *name);

/** Atmosphère's additions: whether a service is there, and waiting until it is. */
#define SM_HAS_SERVICE  65100
#define SM_WAIT_SERVICE 65101
uint32_t sm_has_service(struct sf_session *session, const uint8_t *name, bool *has);
uint32_t sm_wait_service(struct sf_session *session, const uint8_t *name);

/** Objects that fsp-srv hands out. */
struct sf_object *fsp_file_system_new(struct horizon_kernel *kernel);
struct sf_object *fsp_file_new(struct horizon_kernel *kernel, int descriptor, uint32_t mode);
struct sf_object *fsp_directory_new(struct horizon_kernel *kernel, GPtrArray *entries,
                                    uint32_t filter);
/** fs's result for a negative errno of the sandbox. */
uint32_t fsp_result(int error);

#endif
