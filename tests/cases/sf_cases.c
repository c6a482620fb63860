/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sf.server: a request to the CMIF framework with the toy interface behind it. */
#include "service_case.h"

#include <ipcshark/cmif.h>

static const char *const given_keys[] = {"session", "interface", "request_words",
                                         "request", "choices",   NULL};
static const char *const expect_keys[] = {"action",
                                          "reply_words",
                                          "server_result",
                                          "server_result_name",
                                          "client_result",
                                          "object_ids",
                                          "command_result",
                                          "note",
                                          NULL};

/* Control replies have no domain header. */
static void decode_reply(const struct service_case *run, struct hipc_message *hipc,
                         struct cmif_message *cmif)
{
    struct cmif_context context = {.direction = HIPC_REPLY};
    struct hipc_message request;

    hipc_decode(run->words.bytes, run->words.size, HIPC_REQUEST, &request, NULL);
    context.is_control = request.type == HIPC_TYPE_INVOKE_2_MANAGER_METHOD ||
                         request.type == HIPC_TYPE_INVOKE_2_MANAGER_METHOD_WITH_CONTEXT;
    context.is_domain = array_length(member_array(member_object(run->test->given, "session"),
                                                  "domain_objects")) > 0;
    hipc_decode(run->reply.bytes, run->reply.size, HIPC_REPLY, hipc, NULL);
    cmif_decode(run->reply.bytes, run->reply.size, hipc, &context, cmif, NULL);
}

static void expect_objects(struct service_case *run, const struct cmif_message *cmif)
{
    JsonArray *ids = member_array(run->test->expect, "object_ids");

    if (!ids)
        return;
    expect_number(run->test, "out objects", array_length(ids), cmif->domain.objects_captured);
    for (guint i = 0; i < array_length(ids); i++)
        expect_number(run->test, "object id", array_number(ids, i),
                      cmif_domain_object(run->reply.bytes, run->reply.size, cmif, i));
}

void run_sf_server(struct test_case *test)
{
    struct service_case run = {.test = test};
    struct hipc_message hipc;
    struct cmif_message cmif;

    case_check_keys(test, test->given, "given", given_keys);
    case_check_keys(test, test->expect, "expect", expect_keys);
    if (!service_case_serve(&run))
        return;
    service_case_check(&run);
    decode_reply(&run, &hipc, &cmif);
    expect_member(test, "command_result", cmif.result);
    expect_objects(&run, &cmif);
    service_case_end(&run);
}
