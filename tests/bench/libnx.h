/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file libnx.h
 * The other side itself, if the caller has a checkout of libnx (`./dev bench --libnx FOLDER`): its
 * own inline functions, compiled from its headers, in the same run. Nothing of it is in this tree.
 */
#ifndef IPCSHARK_BENCH_LIBNX_H
#define IPCSHARK_BENCH_LIBNX_H

#include <ipcshark/cmif.h>

/** hipcParseRequest() or hipcParseResponse(); the sum of all fields of all descriptors. */
uint64_t libnx_request(const uint8_t *bytes);
uint64_t libnx_reply(const uint8_t *bytes);

/** The same with the fields of the CMIF header. */
uint64_t libnx_request_cmif(const uint8_t *bytes, bool is_domain);
uint64_t libnx_reply_cmif(const uint8_t *bytes, bool is_domain);

/** cmifMakeRequest() and what fills it in. `bytes` has to hold whatever comes out. */
void libnx_encode(const struct cmif_request *request, uint8_t *bytes);

#endif
