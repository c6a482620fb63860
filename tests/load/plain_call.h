/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file plain_call.h
 * A plain call of each system, opened once and then sent as the same bytes any number of times:
 * what benchmarks, soak and fuzzing repeat without building a record each time. Horizon: echo's
 * EchoScalars; 3DS: fs:USER's IsSdmcDetected; PlayStation 4: SceAppMessaging's method 1 with four
 * bytes.
 */
#ifndef IPCSHARK_TEST_PLAIN_CALL_H
#define IPCSHARK_TEST_PLAIN_CALL_H

#include <client.h>

#include <glib.h>

struct plain_call {
    struct traffic_client *client; /**< Its process, with the session open. */
    uint8_t *enter;                /**< A whole record. */
    size_t size;
    uint8_t *exit; /**< As the server answered it the first time. */
    size_t exit_size;
};

/**
 * Connects to the server and makes the call once. Aborts (g_error) if that does not succeed.
 * `platform` is IPCTAP_HORIZON, IPCTAP_CTR or IPCTAP_ORBIS.
 */
void plain_call_open(struct plain_call *call, const char *address, uint8_t platform);
void plain_call_close(struct plain_call *call);

/** Sends the enter and reads the exit into `exit`. False: the connection ended. */
bool plain_call_repeat(const struct plain_call *call);

/** "horizon", "ctr", "orbis" */
const char *plain_call_platform_name(uint8_t platform);

/** The record's size as its header says; 0 if these are not 16 bytes of one. */
size_t plain_call_record_size(const uint8_t *bytes, size_t size);

#endif
