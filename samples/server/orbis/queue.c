/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Message queues: the session's owner sends, the client gets. */
#include "orbis.h"

static uint64_t queue_size(const struct orbis_object *client, uint32_t queue)
{
    g_autofree char *name = g_strdup_printf("queue_size_%u", queue);

    return sceipmi_get(sceipmi_client_config(), name, client->config, sizeof client->config);
}

static bool has_queue(const struct orbis_object *client, uint64_t queue)
{
    return queue < SCEIPMI_MAX_QUEUES && queue < sceipmi_get(sceipmi_client_config(), "num_queues",
                                                             client->config, sizeof client->config);
}

/** The application's own queue of App Messaging, where sources differ on what receiving does. */
static bool is_app_messaging(const struct orbis_call *call)
{
    const struct orbis_object *client = call->object;

    return client && client->type == SCEIPMI_CLIENT && client->name &&
           !strcmp(client->name, APPMSG_SERVICE);
}

/** "TryReceiveMsg peeks without consuming": one author's belief; RPCSX's TryGetMsg consumes. */
static bool peeks(const struct orbis_call *call)
{
    return call->arguments.op == SCEIPMI_TRY_GET_MESSAGE && is_app_messaging(call) &&
           server_choice(call->kernel->server, CHOICE_ORBIS_TRY_RECEIVE);
}

/** ReceiveMsg: homebrew calls it in a loop without sleeping; one sample handles NO_MESSAGE. */
static bool waits(const struct orbis_call *call)
{
    if (call->arguments.op == SCEIPMI_TRY_GET_MESSAGE)
        return false;
    return !is_app_messaging(call) || !server_choice(call->kernel->server, CHOICE_ORBIS_RECEIVE);
}

/** The head of the queue goes to a call. "Buffer too small: 0x80020016 and the message stays." */
static void answer_message(struct orbis_call *call, GQueue *messages)
{
    GBytes *message = g_queue_peek_head(messages);
    gsize size;
    const void *bytes = g_bytes_get_data(message, &size);

    if (size > orbis_argument(call, "max_size")) {
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_EINVAL));
        return;
    }
    if (!peeks(call))
        g_queue_pop_head(messages);
    else
        g_bytes_ref(message);
    orbis_answer(call->call, 0);
    server_call_add(call->call, IPCTAP_IPMI_MESSAGE, (uint16_t)orbis_argument(call, "queue"),
                    orbis_argument(call, "message"), bytes, size);
    orbis_answer_scalar(call->call, IPCTAP_SCALAR_SIZE, orbis_argument(call, "size"), size, 8);
    g_bytes_unref(message);
}

/** The first call of that kind that waits for this queue, with its arguments. */
static struct orbis_wait *find_waiting(struct orbis_object *object, uint32_t op, uint32_t queue,
                                       struct orbis_call *call)
{
    for (GList *link = object->waiting.head; link; link = link->next) {
        struct orbis_wait *wait = link->data;

        if (wait->op == op && orbis_call_parse(object->kernel, wait->call, call) &&
            orbis_argument(call, "queue") == queue)
            return wait;
    }
    return NULL;
}

/** A configuration of one message means one, or is no depth at all. */
static unsigned int queue_depth(const struct orbis_object *client)
{
    return server_choice(client->kernel->server, CHOICE_ORBIS_QUEUE) ? 1 : ORBIS_MAX_MESSAGES;
}

/** A SendMsg that waits for room in this queue. */
static void wake_sender(struct orbis_object *client, uint32_t queue)
{
    struct orbis_object *session =
        orbis_object_find(client->kernel, client->session_kid, SCEIPMI_SESSION);
    struct orbis_wait *wait;
    struct orbis_call call;

    if (!session || client->messages[queue].length >= queue_depth(client))
        return;
    wait = find_waiting(session, SCEIPMI_SEND_MESSAGE, queue, &call);
    if (!wait)
        return;
    orbis_wait_end(wait);
    orbis_send_message(&call);
}

void orbis_queue_wake(struct orbis_object *client, uint32_t queue)
{
    GQueue *messages = &client->messages[queue];
    struct orbis_wait *wait;
    struct orbis_call call;

    while (!g_queue_is_empty(messages) &&
           (wait = find_waiting(client, SCEIPMI_GET_MESSAGE, queue, &call)) != NULL) {
        bool fits = g_bytes_get_size(g_queue_peek_head(messages)) <=
                    orbis_argument(&call, "max_size");

        if (fits) {
            answer_message(&call, messages);
            orbis_wait_answer_timeout(wait);
        }
        orbis_wait_end(wait);
        if (fits)
            server_call_finish(call.call, 0);
        else
            orbis_finish(call.call, ORBIS_ERROR(ORBIS_EINVAL));
    }
    wake_sender(client, queue);
}

static void get_now(struct orbis_call *call, GQueue *messages)
{
    uint64_t queue = orbis_argument(call, "queue");
    uint32_t remaining = 0;
    bool has_timeout;

    if (!orbis_read_timeout(call, &has_timeout, &remaining))
        return;
    if (g_bytes_get_size(g_queue_peek_head(messages)) > orbis_argument(call, "max_size")) {
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_EINVAL));
        return;
    }
    answer_message(call, messages);
    if (has_timeout)
        orbis_answer_scalar(call->call, IPCTAP_SCALAR_TIMEOUT, orbis_argument(call, "timeout"),
                            remaining, 4);
    server_call_finish(call->call, 0);
    wake_sender(call->object, (uint32_t)queue);
}

static void wait_for_message(struct orbis_call *call)
{
    if (waits(call))
        orbis_wait_begin(call);
    else
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_EAGAIN));
}

void orbis_get_message(struct orbis_call *call)
{
    uint64_t queue = orbis_argument(call, "queue");
    struct orbis_object *client = call->object;

    orbis_target_client(call, NULL);
    if (!orbis_argument(call, "message") || !orbis_argument(call, "size"))
        orbis_finish_errno(call->call, ORBIS_EFAULT);
    else if (!has_queue(client, queue))
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_EINVAL));
    else if (!g_queue_is_empty(&client->messages[queue]))
        get_now(call, &client->messages[queue]);
    else if (!client->session_kid)
        orbis_finish(call->call, ORBIS_ERROR(ORBIS_ESRCH));
    else
        wait_for_message(call);
}

static size_t bytes_in(const GQueue *messages)
{
    size_t size = 0;

    for (const GList *link = messages->head; link; link = link->next)
        size += g_bytes_get_size(link->data);
    return size;
}

/** Whether a message of that size has to wait for others to be taken. */
static bool is_full(const struct orbis_object *client, const GQueue *messages, size_t size)
{
    return messages->length >= queue_depth(client) ||
           bytes_in(messages) + size > ORBIS_MAX_QUEUE_BYTES;
}

uint32_t orbis_queue_push(struct orbis_object *client, uint32_t queue, GBytes *message)
{
    size_t size = g_bytes_get_size(message);

    if (!has_queue(client, queue) || size > queue_size(client, queue) ||
        size > ORBIS_MAX_QUEUE_BYTES)
        return ORBIS_ERROR(ORBIS_EINVAL);
    if (is_full(client, &client->messages[queue], size))
        return ORBIS_ERROR(ORBIS_EAGAIN);
    g_queue_push_tail(&client->messages[queue], g_bytes_ref(message));
    return 0;
}

static GBytes *read_message(struct orbis_call *call)
{
    struct ipctap_section section;

    if (!orbis_contents(call, IPCTAP_IPMI_MESSAGE, (uint16_t)orbis_argument(call, "queue"),
                        orbis_argument(call, "message"), orbis_argument(call, "message_size"),
                        &section))
        return NULL;
    return g_bytes_new(section.bytes, section.captured_size);
}

void orbis_send_message(struct orbis_call *call)
{
    struct orbis_object *client =
        orbis_object_find(call->kernel, call->object->client_kid, SCEIPMI_CLIENT);
    uint32_t queue = (uint32_t)orbis_argument(call, "queue");
    g_autoptr(GBytes) message = NULL;
    uint32_t out;

    orbis_target_session(call, client);
    message = read_message(call);
    if (!message)
        return;
    out = client ? orbis_queue_push(client, queue, message) : ORBIS_ERROR(ORBIS_ESRCH);
    if (out == ORBIS_ERROR(ORBIS_EAGAIN) && call->arguments.op == SCEIPMI_SEND_MESSAGE) {
        orbis_wait_begin(call);
        return;
    }
    orbis_finish(call->call, out);
    if (!out)
        orbis_queue_wake(client, queue);
}

void orbis_empty_queue(struct orbis_call *call)
{
    struct orbis_object *client =
        orbis_object_find(call->kernel, call->object->client_kid, SCEIPMI_CLIENT);
    uint64_t queue = orbis_argument(call, "queue");
    bool exists = client && has_queue(client, queue);

    server_call_target(call->call, &(struct server_target){.service = call->object->name});
    if (exists)
        g_queue_clear_full(&client->messages[queue], (GDestroyNotify)g_bytes_unref);
    orbis_finish(call->call, exists ? 0 : ORBIS_ERROR(ORBIS_EINVAL));
}
