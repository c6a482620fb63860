/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sessions.h
 * What the handles, domain objects and kids of a capture's processes stand for: from the records'
 * own names ("SERVICE holds for (source, pid, object) until replaced or closed, INTERFACE likewise
 * per addressed domain object") and from what replies hand out. Memory is bounded: where a capture
 * has more sessions than anybody opens, all are forgotten and learnt again.
 */
#ifndef IPCSHARK_CALLS_SESSIONS_H
#define IPCSHARK_CALLS_SESSIONS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct sessions;

/** A process's handle or kid. */
struct session_key {
    uint16_t source;
    uint32_t pid;
    uint32_t handle;
};

struct session {
    char *service; /**< NULL: unknown. */
    char *interface_name;
    bool is_domain;
    uint64_t number; /**< Which one of all sessions that the handle has stood for. */
};

struct sessions *sessions_new(void);
void sessions_free(struct sessions *sessions);

/** NULL if nothing is known. */
struct session *sessions_find(struct sessions *sessions, struct session_key key);
/** Makes it if there is none. */
struct session *sessions_get(struct sessions *sessions, struct session_key key);
/** A new session under a handle; what it stood for before is over. Texts may be NULL. */
struct session *sessions_open(struct sessions *sessions, struct session_key key,
                              const char *service, const char *interface_name);
void sessions_close(struct sessions *sessions, struct session_key key);

/** The interface of a domain's object; NULL: unknown. */
const char *sessions_object(struct sessions *sessions, const struct session *session,
                            uint32_t object_id);
void sessions_set_object(struct sessions *sessions, const struct session *session,
                         uint32_t object_id, const char *interface_name);

#endif
