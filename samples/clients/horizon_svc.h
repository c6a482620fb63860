/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file horizon_svc.h
 * System calls of the Switch, with the names and arguments that client libraries use. Link this
 * instead of the real ones; the process's memory must lie below 2^39, as on the console.
 */
#ifndef HORIZON_SVC_H
#define HORIZON_SVC_H

#include "transport.h"

#define HORIZON_MESSAGE_SIZE 0x100

/** The message buffer of this thread: the beginning of its thread-local region. */
void *horizon_thread_local_region(void);

uint32_t svcConnectToNamedPort(uint32_t *session, const char *name);
uint32_t svcSendSyncRequest(uint32_t session);
uint32_t svcSendSyncRequestWithUserBuffer(void *buffer, uint64_t size, uint32_t session);
uint32_t svcCloseHandle(uint32_t handle);

#endif
