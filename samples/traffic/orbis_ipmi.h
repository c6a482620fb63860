/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file orbis_ipmi.h
 * Manager calls (system call 622) of a traffic client: what libSceIpmi would put into memory, as
 * the sections of a record.
 */
#ifndef IPCSHARK_TRAFFIC_ORBIS_IPMI_H
#define IPCSHARK_TRAFFIC_ORBIS_IPMI_H

#include "client.h"

#include <ipcshark/sceipmi.h>

#define ORBIS_IPMI_MAX_CONTENTS 32

/** A call being put together. Contents get addresses of an imagined stack and heap. */
struct orbis_ipmi {
    struct traffic_client *client;
    uint32_t tid;
    struct sceipmi_call call;
    const struct sceipmi_layout *layout;
    uint8_t block[SCEIPMI_MAX_BLOCK_SIZE];
    uint64_t next_address;
    unsigned int count;
    struct {
        uint16_t type;
        uint16_t index;
        uint64_t address;
        uint64_t size;
        GBytes *bytes; /**< NULL: room. */
    } contents[ORBIS_IPMI_MAX_CONTENTS];
};

/** All three results of a call. Clear it after use. */
struct orbis_ipmi_exit {
    bool answered;
    struct traffic_exit exit;
    struct sceipmi_call call;
};

void orbis_ipmi_begin(struct orbis_ipmi *ipmi, struct traffic_client *client, uint32_t op,
                      uint32_t kid);
void orbis_ipmi_set(struct orbis_ipmi *ipmi, const char *name, uint64_t value);

/** Puts bytes into memory; @return their address. */
uint64_t orbis_ipmi_place(struct orbis_ipmi *ipmi, uint16_t type, uint16_t index, const void *bytes,
                          size_t size);
/** Room that the call fills; @return its address. */
uint64_t orbis_ipmi_room(struct orbis_ipmi *ipmi, size_t size);

/** DataInfo arrays with their contents; sets pointer and count of the block. */
void orbis_ipmi_inputs(struct orbis_ipmi *ipmi, GBytes *const *inputs, size_t count);
/** BufferInfo array with room for outputs. */
void orbis_ipmi_outputs(struct orbis_ipmi *ipmi, const uint64_t *capacities, size_t count);

/** Sends it; @return the call's number, 0 on failure. For calls that wait. */
uint64_t orbis_ipmi_send(struct orbis_ipmi *ipmi);
bool orbis_ipmi_wait(struct traffic_client *client, uint64_t call_id, struct orbis_ipmi_exit *exit);
/** Both at once. False: no answer. */
bool orbis_ipmi_perform(struct orbis_ipmi *ipmi, struct orbis_ipmi_exit *exit);
/** For calls whose contents do not matter. @return *out, or 0xFFFFFFFF. */
uint32_t orbis_ipmi_out(struct orbis_ipmi *ipmi);

/** A scalar that the call wrote; 0 if it did not. */
uint64_t orbis_ipmi_scalar(const struct orbis_ipmi_exit *exit, uint16_t index);
void orbis_ipmi_exit_clear(struct orbis_ipmi_exit *exit);

/** CreateClient with `queues` queues of `queue_size` bytes. @return the kid or an error. */
uint32_t orbis_ipmi_create_client(struct traffic_client *client, const char *name,
                                  unsigned int queues, uint64_t queue_size);
uint32_t orbis_ipmi_create_server(struct traffic_client *client, const char *name);
/** A call without a block, such as the destroys. */
uint32_t orbis_ipmi_simple(struct traffic_client *client, uint32_t op, uint32_t kid);
uint32_t orbis_ipmi_connect(struct traffic_client *client, uint32_t kid);
uint32_t orbis_ipmi_disconnect(struct traffic_client *client, uint32_t kid);
/** InvokeSync without outputs; *result is the method's own result. @return *out. */
uint32_t orbis_ipmi_invoke(struct traffic_client *client, uint32_t kid, uint32_t method,
                           GBytes *const *inputs, size_t count, uint32_t *result);

#endif
