/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file horizon_decode.c Which protocol a Horizon message speaks, and its decoding by the codecs.
 */
#include "horizon.h"

bool horizon_is_reply(const struct horizon_message *message)
{
    if (message->direction != HIPC_DIRECTION_UNKNOWN)
        return message->direction == HIPC_REPLY;
    return message->hipc.type == HIPC_TYPE_INVALID;
}

/* A raw part without its header: as if it stood alone in a message. */
static void decode_fragment(struct horizon_message *message)
{
    bool is_reply = message->direction == HIPC_REPLY;

    message->hipc.type = is_reply ? HIPC_TYPE_INVALID : HIPC_TYPE_INVOKE_2_METHOD;
    message->hipc.raw_words = (uint16_t)MIN(message->length / 4, HIPC_MAX_RAW_WORDS);
    message->hipc.raw_captured = message->hipc.raw_words * 4u;
    message->hipc.end = message->hipc.raw_captured;
    message->hipc.receive_list_offset = message->hipc.raw_captured;
}

static bool is_control_type(uint16_t type)
{
    return type == HIPC_TYPE_INVOKE_MANAGER_METHOD || type == HIPC_TYPE_INVOKE_2_MANAGER_METHOD ||
           type == HIPC_TYPE_INVOKE_2_MANAGER_METHOD_WITH_CONTEXT;
}

static void decode_cmif(const struct horizon_message *message, bool is_domain, bool is_control,
                        struct cmif_message *cmif, struct ipcshark_findings *findings)
{
    const struct cmif_context context = {message->direction, is_domain, is_control};

    cmif_decode(message->bytes, message->length, &message->hipc, &context, cmif, findings);
}

static bool has_good_magic(const struct cmif_message *cmif)
{
    return cmif->has_header && cmif->magic == (cmif->is_reply ? CMIF_OUT_MAGIC : CMIF_IN_MAGIC);
}

/*
 * For a session that nothing is known about: only the two places at which a header may stand are
 * looked at. A domain header cannot be taken for a CMIF header, its first word would have to be the
 * magic; so a good magic in the first place means a plain session, one in the second a domain.
 */
static bool looks_like_domain(const struct horizon_message *message, bool is_control)
{
    struct cmif_message cmif;

    memset(&cmif, 0, sizeof cmif);
    decode_cmif(message, false, is_control, &cmif, NULL);
    if (is_control || has_good_magic(&cmif))
        return false;
    memset(&cmif, 0, sizeof cmif);
    decode_cmif(message, true, false, &cmif, NULL);
    return cmif.kind == CMIF_DOMAIN_CLOSE || has_good_magic(&cmif);
}

/* A domain's server answers a good plain message with an error. */
static bool answers_plain(const struct horizon_message *message)
{
    struct cmif_message cmif;

    memset(&cmif, 0, sizeof cmif);
    decode_cmif(message, false, false, &cmif, NULL);
    return has_good_magic(&cmif) && cmif.is_reply && cmif.result == 0;
}

static bool is_tipc(const struct horizon_message *message)
{
    if (message->is_fragment)
        return false;
    if (htipc_is_type(message->hipc.type))
        return true;
    return message->request && message->request->protocol == HORIZON_TIPC;
}

void horizon_decode(struct horizon_message *message)
{
    struct horizon_memo *memo = &message->memo;
    bool first_pass = message->context->first_pass;

    if (message->is_fragment)
        decode_fragment(message);
    else
        hipc_decode(message->bytes, message->length,
                    message->is_prepared ? HIPC_REQUEST : message->direction, &message->hipc,
                    message->is_prepared ? NULL : &message->hipc_findings);
    if (message->is_prepared)
        return;
    if (!message->is_fragment)
        hipc_check_delivery(&message->hipc, message->direction, NULL, &message->hipc_findings);
    if (is_tipc(message)) {
        memo->protocol = HORIZON_TIPC;
        htipc_decode(message->bytes, message->length, &message->hipc, horizon_is_reply(message),
                     &message->tipc, &message->findings);
        return;
    }
    if (first_pass) {
        memo->protocol = HORIZON_CMIF;
        memo->is_control = message->request ? message->request->is_control
                                            : is_control_type(message->hipc.type);
        if (message->request)
            memo->is_domain = message->request->is_domain &&
                              (memo->is_control || !answers_plain(message));
        else if (!memo->is_domain)
            memo->is_domain = looks_like_domain(message, memo->is_control);
    }
    decode_cmif(message, memo->is_domain, memo->is_control, &message->cmif, &message->findings);
}
