/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tipc.server: a request to the TIPC framework with the toy interface behind it. */
#include "service_case.h"

#include <string.h>

static const char *const given_keys[] = {"session", "interface", "request_words",
                                         "request", "choices",   NULL};
static const char *const expect_keys[] = {
    "action",        "reply_words", "server_result", "server_result_name",
    "client_result", "decoded",     "note",          NULL};

/* {"name","max","light"}: what Register got. */
static void expect_decoded(struct service_case *run)
{
    static const char *const keys[] = {"name", "max", "light", NULL};
    JsonObject *decoded = member_object(run->test->expect, "decoded");
    const char *name = member_text(decoded, "name");
    char actual[sizeof run->toy.name + 1] = {0};

    if (!decoded)
        return;
    case_check_keys(run->test, decoded, "decoded", keys);
    for (unsigned int i = 0; i < sizeof run->toy.name; i++)
        actual[i] = (char)(run->toy.name >> 8 * i);
    if (!run->toy.was_registered)
        case_fault(run->test, "Register was not called");
    if (name && strcmp(name, actual) != 0)
        case_fault(run->test, "expected name %s, got %s", name, actual);
    expect_number(run->test, "max", member_number(decoded, "max", run->toy.max), run->toy.max);
    if (json_object_has_member(decoded, "light"))
        expect_number(run->test, "light", member_flag(decoded, "light", false), run->toy.light);
}

void run_tipc_server(struct test_case *test)
{
    struct service_case run = {.test = test, .is_tipc = true};

    case_check_keys(test, test->given, "given", given_keys);
    case_check_keys(test, test->expect, "expect", expect_keys);
    if (!service_case_serve(&run))
        return;
    service_case_check(&run);
    expect_decoded(&run);
    service_case_end(&run);
}
