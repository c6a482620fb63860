/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "err:f": programs report fatal errors; layout after libctru's errf.h. */
#include "service.h"

static void throw_fatal_error(struct ctr_service_call *call)
{
    server_log(call->kernel->server, "err:f: %s (pid %u) reports result 0x%08X",
               call->request->process->process->name, call->request->process->process->pid,
               ctr_word(call, 2));
    ctr_reply_result(call, 0);
}

static void set_user_string(struct ctr_service_call *call)
{
    ctr_reply_result(call, 0);
}

static const struct ctr_command commands[] = {
    {0x01, 32, 0, throw_fatal_error},
    {0x02, 1, 2, set_user_string},
};

const struct ctr_service ctr_errf_service = {
    .name = "err:f",
    .host = CTR_HOST_ERRDISP,
    .maximum = 8,
    .commands = commands,
    .command_count = G_N_ELEMENTS(commands),
};
