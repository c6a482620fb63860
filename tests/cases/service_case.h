/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file service_case.h
 * A session with a toy service inside the simulated kernel, and one request that it serves, given
 * as the service's side sees it.
 */
#ifndef IPCSHARK_TEST_SERVICE_CASE_H
#define IPCSHARK_TEST_SERVICE_CASE_H

#include "horizon_pair.h"
#include "toy.h"

struct service_case {
    struct horizon_pair pair;
    struct test_case *test;
    struct toy toy;
    bool is_tipc;
    struct case_message words; /**< The request. */
    struct sf_session *session;
    struct sf_domain *other;       /**< NULL, or what has taken all domain entries. */
    struct horizon_object *client; /**< A reference to the session's other end. */
    uint32_t result;               /**< What the service framework returned. */
    struct case_message reply;     /**< With handles as the case writes them. */
};

/** Serves the request; false if the case was skipped. */
bool service_case_serve(struct service_case *run);
/** "action", "reply_words", "server_result" and "client_result". */
void service_case_check(struct service_case *run);
void service_case_end(struct service_case *run);

#endif
