/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client's event flags: the session's owner sets bits, the client waits, polls and clears. */
#include "orbis.h"

static bool is_satisfied(uint64_t value, uint64_t pattern, uint64_t mode)
{
    if (mode & SCEIPMI_EVENT_AND)
        return (value & pattern) == pattern;
    return (value & pattern) != 0;
}

static uint64_t cleared(uint64_t value, uint64_t pattern, uint64_t mode)
{
    if (mode & SCEIPMI_EVENT_CLEAR_ALL)
        return 0;
    return mode & SCEIPMI_EVENT_CLEAR_PATTERN ? value & ~pattern : value;
}

/** The whole value before clearing is what the caller gets, as from the kernel's event flags. */
static bool answer(struct orbis_call *call, const struct orbis_wait *wait)
{
    uint64_t *value = &call->object->event_flag[orbis_argument(call, "event_flag")];
    uint64_t pattern = orbis_argument(call, "pattern");
    uint64_t mode = orbis_argument(call, "mode");

    if (!is_satisfied(*value, pattern, mode))
        return false;
    orbis_answer(call->call, 0);
    orbis_answer_scalar(call->call, IPCTAP_SCALAR_PATTERN, orbis_argument(call, "result_pattern"),
                        *value, 8);
    if (wait)
        orbis_wait_answer_timeout(wait);
    *value = cleared(*value, pattern, mode);
    return true;
}

void orbis_wait_event_flag(struct orbis_call *call)
{
    struct ipcshark_findings findings = {0};

    orbis_target_client(call, NULL);
    sceipmi_block_check(&call->arguments, call->block.bytes, call->block.captured_size, &findings);
    for (unsigned int i = 0; i < findings.count; i++) {
        if (ipcshark_finding_severity((enum ipcshark_finding_code)findings.item[i].code) !=
            IPCSHARK_ERROR)
            continue;
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_EINVAL));
        return;
    }
    if (answer(call, NULL))
        server_call_finish(call->call, 0);
    else if (call->arguments.op == SCEIPMI_POLL_EVENT_FLAG)
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_EBUSY));
    else
        orbis_wait_begin(call);
}

/** Waiting calls in the order of their arrival; each may clear bits that the next one wants. */
static void wake(struct orbis_object *client, uint32_t index)
{
    for (GList *link = client->waiting.head, *next; link; link = next) {
        struct orbis_wait *wait = link->data;
        struct orbis_call call;

        next = link->next;
        if (wait->op != SCEIPMI_WAIT_EVENT_FLAG ||
            !orbis_call_parse(client->kernel, wait->call, &call) ||
            orbis_argument(&call, "event_flag") != index || !answer(&call, wait))
            continue;
        server_call_finish(orbis_wait_end(wait), 0);
    }
}

uint32_t orbis_event_flag_set(struct orbis_object *client, uint32_t index, uint64_t pattern)
{
    if (index >= SCEIPMI_MAX_EVENT_FLAGS)
        return ORBIS_ERROR(ORBIS_EINVAL);
    client->event_flag[index] |= pattern;
    wake(client, index);
    return 0;
}

void orbis_set_event_flag(struct orbis_call *call)
{
    struct orbis_object *client =
        orbis_object_find(call->kernel, call->object->client_kid, SCEIPMI_CLIENT);
    uint32_t out = ORBIS_ERROR(ORBIS_ESRCH);

    orbis_target_session(call, client);
    if (client)
        out = orbis_event_flag_set(client, (uint32_t)orbis_argument(call, "event_flag"),
                                   orbis_argument(call, "pattern"));
    orbis_finish(call->call, out);
}
