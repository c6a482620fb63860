/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "echo", no console's service: it exercises every kind of parameter. docs/server-choices.md lists
 * its commands. */
#include "service.h"

#define SHARED_SIZE 0x1000u

struct ctr_object *ctr_echo_memory_new(struct ctr_kernel *kernel)
{
    struct ctr_object *memory =
        ctr_memory_new(ctr_host_process(kernel, CTR_HOST_ECHO), SHARED_SIZE);

    memory->own_permission = CTR_PERMISSION_READ | CTR_PERMISSION_WRITE;
    memory->other_permission = CTR_PERMISSION_DO_NOT_CARE;
    return memory;
}

static void echo_words(struct ctr_service_call *call)
{
    ctr_reply(call, 5, 0, 0);
    for (size_t i = 1; i <= 4; i++)
        ctr_push(call, ctr_word(call, i));
}

/* Result 0 and the request's descriptor and handles again: what was copied is copied, what was
 * moved is moved back. */
static void echo_handles(struct ctr_service_call *call)
{
    uint8_t words = call->message.translate_words;

    ctr_reply(call, 1, words, 0);
    for (size_t i = 1; i <= words; i++)
        ctr_push(call, ctr_word(call, i));
}

static void get_process_id(struct ctr_service_call *call)
{
    ctr_reply_word(call, 0, ctr_word(call, 2));
}

static void echo_static(struct ctr_service_call *call)
{
    const GByteArray *bytes = ctr_argument(call, 1, IPCTAP_STATIC);

    ctr_reply(call, 1, 2, 0);
    ctr_push_static(call, ctr_word(call, 1) >> 10 & 15, bytes ? bytes->data : NULL,
                    bytes ? bytes->len : 0);
}

static uint32_t sum(const GByteArray *bytes)
{
    uint32_t total = 0;

    for (guint i = 0; bytes && i < bytes->len; i++)
        total += bytes->data[i];
    return total;
}

static void invert(GByteArray *bytes)
{
    for (guint i = 0; bytes && i < bytes->len; i++)
        bytes->data[i] = (uint8_t)~bytes->data[i];
}

/* Result, a value, and a mapped buffer back. */
static void reply_mapped(struct ctr_service_call *call, size_t n, uint32_t value)
{
    ctr_reply(call, 2, 2, 0);
    ctr_push(call, value);
    ctr_push_mapped(call, n);
}

static void sum_mapped(struct ctr_service_call *call)
{
    reply_mapped(call, 1, sum(ctr_argument(call, 1, IPCTAP_MAPPED)));
}

static void fill_mapped(struct ctr_service_call *call)
{
    GByteArray *bytes = ctr_argument(call, 2, IPCTAP_MAPPED);

    if (bytes)
        memset(bytes->data, (uint8_t)ctr_word(call, 1), bytes->len);
    reply_mapped(call, 2, bytes ? bytes->len : 0);
}

static void invert_mapped(struct ctr_service_call *call)
{
    GByteArray *bytes = ctr_argument(call, 1, IPCTAP_MAPPED);

    invert(bytes);
    reply_mapped(call, 1, bytes ? bytes->len : 0);
}

/* From the first buffer to the second, as far as both reach. */
static void copy_mapped(struct ctr_service_call *call)
{
    const GByteArray *source = ctr_argument(call, 1, IPCTAP_MAPPED);
    GByteArray *target = ctr_argument(call, 3, IPCTAP_MAPPED);
    guint size = source && target ? MIN(source->len, target->len) : 0;

    if (size)
        memmove(target->data, source->data, size);
    ctr_reply(call, 2, 4, 0);
    ctr_push(call, size);
    ctr_push_mapped(call, 1);
    ctr_push_mapped(call, 3);
}

static void invert_pxi(struct ctr_service_call *call)
{
    GByteArray *bytes = ctr_argument(call, 1, IPCTAP_PXI);

    invert(bytes);
    ctr_reply(call, 2, 2, 0);
    ctr_push(call, bytes ? bytes->len : 0);
    ctr_push_pxi(call, 1);
}

static void sum_pxi(struct ctr_service_call *call)
{
    ctr_reply_word(call, 0, sum(ctr_argument(call, 1, IPCTAP_PXI)));
}

static void get_shared_memory(struct ctr_service_call *call)
{
    ctr_reply_handle(call, CTRIPC_COPY_HANDLES, ctr_object_ref(call->kernel->echo_memory));
}

static void invert_shared_memory(struct ctr_service_call *call)
{
    invert(call->kernel->echo_memory->memory);
    ctr_reply_result(call, 0);
}

static void fail(struct ctr_service_call *call)
{
    ctr_reply_result(call, ctr_word(call, 1));
}

static const struct ctr_command commands[] = {
    {0x01, 4, 0, echo_words},
    {0x02, 0, 2, echo_handles},
    {0x03, 0, 3, echo_handles},
    {0x04, 0, 4, echo_handles},
    {0x05, 0, 2, get_process_id},
    {0x06, 0, 2, echo_static},
    {0x07, 0, 2, sum_mapped},
    {0x08, 1, 2, fill_mapped},
    {0x09, 0, 2, invert_mapped},
    {0x0A, 0, 4, copy_mapped},
    {0x0B, 0, 2, invert_pxi},
    {0x0C, 0, 2, sum_pxi},
    {0x0D, 0, 0, get_shared_memory},
    {0x0E, 0, 0, invert_shared_memory},
    {0x0F, 1, 0, fail},
};

const struct ctr_service ctr_echo_service = {
    .name = "echo",
    .host = CTR_HOST_ECHO,
    .maximum = 16,
    .commands = commands,
    .command_count = G_N_ELEMENTS(commands),
};
