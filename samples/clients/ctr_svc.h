/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctr_svc.h
 * System calls of the 3DS, with the names and arguments that client libraries use. Link this
 * instead of the real ones; the process's memory must lie below 2^32, as on the console.
 */
#ifndef CTR_SVC_H
#define CTR_SVC_H

#include "transport.h"

#define CTR_CURRENT_PROCESS 0xFFFF8001u

enum {
    CTR_ONE_SHOT = 0,
    CTR_STICKY = 1
};
enum {
    CTR_READ = 1,
    CTR_WRITE = 2,
    CTR_DO_NOT_CARE = 0x10000000
};

/** 64 words of this thread; the static buffer table is in the 32 words behind them. */
uint32_t *ctr_command_buffer(void);

int32_t svcConnectToPort(volatile uint32_t *session, const char *name);
int32_t svcSendSyncRequest(uint32_t session);
int32_t svcCloseHandle(uint32_t handle);
int32_t svcDuplicateHandle(uint32_t *copy, uint32_t handle);
int32_t svcGetProcessId(uint32_t *id, uint32_t handle);
int32_t svcCreateEvent(uint32_t *event, unsigned int reset_type);
int32_t svcSignalEvent(uint32_t event);
int32_t svcClearEvent(uint32_t event);
int32_t svcWaitSynchronization(uint32_t handle, int64_t nanoseconds);
int32_t svcWaitSynchronizationN(int32_t *index, const uint32_t *handles, int32_t count, bool all,
                                int64_t nanoseconds);

/** Shared memory is brought up to date by every call of this process: what it wrote goes to the
 *  kernel before, what others wrote comes back after. */
int32_t svcCreateMemoryBlock(uint32_t *block, uint32_t address, uint32_t size,
                             unsigned int own_permission, unsigned int other_permission);
int32_t svcMapMemoryBlock(uint32_t block, uint32_t address, unsigned int own_permission,
                          unsigned int other_permission);
int32_t svcUnmapMemoryBlock(uint32_t block, uint32_t address);

#endif
