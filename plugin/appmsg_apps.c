/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file appmsg_apps.c
 * Which process an app id belongs to: "the app id of a process" stands in the headers of its
 * records.
 */
#include "appmsg_internal.h"
#include "keep.h"

struct app_key {
    uint64_t scope;
    uint32_t source;
    uint32_t app;
};

/** An id that is given out again is another process's from that frame on. */
struct app {
    const char *process;
    const struct app *before;
    uint32_t frame; /**< Where its first record stands. */
    uint32_t count; /**< How many processes had the id so far. */
};

/** Ids are hardly ever given out again; more often than this they say nothing. */
#define MAX_PROCESSES 16

static wmem_map_t *apps; /**< struct app_key -> const struct app * */

static unsigned int key_hash(const void *pointer)
{
    const struct app_key *key = (const struct app_key *)pointer;
    uint64_t mixed = plugin_mix(key->scope, (uint64_t)key->source << 48);

    mixed = plugin_mix(mixed, key->app);
    return (unsigned int)(mixed >> 32);
}

static gboolean key_equal(const void *pointer_a, const void *pointer_b)
{
    const struct app_key *a = (const struct app_key *)pointer_a;
    const struct app_key *b = (const struct app_key *)pointer_b;

    return a->scope == b->scope && a->source == b->source && a->app == b->app;
}

void appmsg_apps_register(void)
{
    apps = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), key_hash, key_equal);
}

static struct app_key make_key(const struct call_context *context, uint32_t app)
{
    return (struct app_key){context->scope, context->header->source, app};
}

void appmsg_learn_app(const struct call_context *context)
{
    struct app_key key = make_key(context, (uint32_t)context->header->program_id);
    const struct app *known = key.app ? (const struct app *)wmem_map_lookup(apps, &key) : NULL;
    struct app *app;

    if (!key.app ||
        (known && (known->process == context->learnt->process || known->count == MAX_PROCESSES)))
        return;
    app = keep_new0(struct app);
    app->process = context->learnt->process;
    app->before = known;
    app->frame = context->pinfo->num;
    app->count = known ? known->count + 1 : 1;
    wmem_map_insert(apps, keep_copy(&key, sizeof key), app);
}

const char *appmsg_app_process(const struct call_context *context, uint32_t id)
{
    struct app_key key = make_key(context, id);
    const struct app *app = id ? (const struct app *)wmem_map_lookup(apps, &key) : NULL;

    while (app && app->frame > context->pinfo->num)
        app = app->before;
    return app ? app->process : NULL;
}

void appmsg_add_app_text(const struct call_context *context, uint32_t id)
{
    const char *process = appmsg_app_process(context, id);

    text_add_upper_hex(context->info, id);
    if (!process)
        return;
    text_add(context->info, " ");
    text_add(context->info, process);
}

void appmsg_add_app(const struct call_context *context, proto_tree *tree, int field, tvbuff_t *tvb,
                    int offset, uint32_t id)
{
    bool is_sender = field == appmsg_field.sender;
    const char *process = appmsg_app_process(context, id);
    proto_item *item = proto_tree_add_uint(tree, field, tvb, offset, 4, id);

    if (!process)
        return;
    proto_item_append_text(item, " (%s)", process);
    plugin_add_generated_string(
        tree, is_sender ? appmsg_field.sender_process : appmsg_field.destination_process, tvb,
        process);
}
