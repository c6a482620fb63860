/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "horizon.h"

static struct horizon_object *pseudo_object(const struct horizon_process *sender, uint32_t thread,
                                            uint32_t handle)
{
    struct horizon_object *object;

    if (handle == HORIZON_PSEUDO_THREAD) {
        object = horizon_object_new(HORIZON_THREAD);
        object->id = thread;
        object->pid = sender->process->pid;
        return object;
    }
    object = horizon_object_new(HORIZON_PROCESS);
    object->id = sender->process->pid;
    return object;
}

/* A reference to what a copy handle stands for; NULL if to nothing, as interrupt events are. */
static struct horizon_object *find_copied(const struct horizon_process *sender, uint32_t thread,
                                          uint32_t handle)
{
    struct horizon_object *object;

    if (handle == HORIZON_PSEUDO_THREAD || handle == HORIZON_PSEUDO_PROCESS)
        return pseudo_object(sender, thread, handle);
    object = horizon_handle_find(&sender->handles, handle);
    return object && object->type != HORIZON_INTERRUPT_EVENT ? horizon_object_ref(object) : NULL;
}

/* "a moved handle is removed from the server in every case": also when this or an earlier fails. */
static struct horizon_object *find_moved(struct horizon_process *sender, uint32_t handle)
{
    struct horizon_object *object = horizon_handle_find(&sender->handles, handle);

    if (!object)
        return NULL;
    horizon_object_ref(object);
    horizon_handle_close(&sender->handles, handle);
    return object;
}

/* Takes the reference. */
static uint32_t give(struct horizon_process *receiver, struct horizon_object *object,
                     uint32_t *handle)
{
    uint32_t result = object ? horizon_handle_add(&receiver->handles, object, handle)
                             : HORIZON_INVALID_HANDLE;

    horizon_object_unref(object);
    return result;
}

static void take_back(struct horizon_process *receiver, uint32_t *handle, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++) {
        horizon_handle_close(&receiver->handles, handle[i]);
        handle[i] = 0;
    }
}

/* "After the first failure the loop continues and writes 0 for the rest." */
static void translate(struct horizon_process *sender, uint32_t thread,
                      struct horizon_process *receiver, bool is_move, uint32_t *handle,
                      uint32_t *result)
{
    struct horizon_object *object;
    uint32_t old = *handle;

    *handle = 0;
    if (old == 0)
        return;
    if (!is_move && *result != 0)
        return;
    object = is_move ? find_moved(sender, old) : find_copied(sender, thread, old);
    if (*result == 0)
        *result = give(receiver, object, handle);
    else
        horizon_object_unref(object);
}

/* "a value with top 16 bits 0xFFFE is passed through without them", if that is asked for. */
static uint64_t translate_pid(const struct horizon_process *sender, uint64_t pid)
{
    if (sender->kernel->passes_tagged_pids && pid >> 48 == 0xFFFE)
        return pid & ((UINT64_C(1) << 48) - 1);
    return sender->process->pid;
}

uint32_t horizon_translate_special(struct horizon_process *sender, uint32_t sender_thread,
                                   struct horizon_process *receiver, bool moves_allowed,
                                   struct hipc_special *special)
{
    uint32_t result = 0;

    if (special->has_pid)
        special->pid = translate_pid(sender, special->pid);
    for (unsigned int i = 0; i < special->copy_count; i++)
        translate(sender, sender_thread, receiver, false, &special->copy[i], &result);
    for (unsigned int i = 0; moves_allowed && i < special->move_count; i++)
        translate(sender, sender_thread, receiver, true, &special->move[i], &result);
    if (result != 0) {
        take_back(receiver, special->copy, special->copy_count);
        take_back(receiver, special->move, special->move_count);
        special->pid = 0;
    }
    return result;
}
