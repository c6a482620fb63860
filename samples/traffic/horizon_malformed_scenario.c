/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client that sends damaged messages: whatever comes of them, the next process is served. */
#include "damage.h"
#include "horizon_steps.h"

#define MESSAGES 40

/* A request of echo as the kernel would get it, damaged. Its result is the kernel's business. */
static void send_damaged(struct traffic_run *run, const struct horizon_service *echo)
{
    static const uint8_t numbers[16] = "0123456789abcde";
    struct horizon_command command = {.id = 0, .data = numbers, .data_size = sizeof numbers};
    struct record_builder request;
    struct traffic_exit exit;

    horizon_call_begin(echo, &command, &request);
    record_builder_reset(&request);
    damage_bytes(run->random, command.message, 0x40);
    record_builder_add(&request, IPCTAP_MESSAGE, 0, HORIZON_CLIENT_TLS, command.message,
                       sizeof command.message);
    if (traffic_expect(run, traffic_client_call(echo->client, &request, &exit),
                       "a damaged message got no answer"))
        traffic_exit_clear(&exit);
}

static void send_all(struct traffic_run *run, const struct horizon_service *sm)
{
    struct horizon_service echo;

    for (unsigned int i = 0; i < MESSAGES; i++) {
        /* What breaks the framework's rules closes the session. */
        if (!horizon_steps_service(run, sm, "echo", &echo))
            return;
        send_damaged(run, &echo);
        horizon_close_handle(sm->client, echo.handle);
    }
}

void horizon_run_malformed(struct traffic_run *run)
{
    struct horizon_service sm;

    if (horizon_steps_connect(run, "horizon-malformed", &sm))
        send_all(run, &sm);
    traffic_run_disconnect(run, sm.client);
    damage_records(run, IPCTAP_HORIZON);
    if (horizon_steps_connect(run, "horizon-next", &sm)) {
        struct horizon_service echo;

        horizon_steps_service(run, &sm, "echo", &echo);
    }
    traffic_run_disconnect(run, sm.client);
}
