/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes (applications) and what their threads are busy with. */
#include "orbis.h"

#include <stdarg.h>

static void thread_free(gpointer data)
{
    struct orbis_thread *thread = data;

    orbis_thread_drop_packet(thread, ORBIS_ERROR(ORBIS_ESRCH));
    g_free(thread);
}

struct orbis_app *orbis_app_new(struct orbis_kernel *kernel, struct server_process *process)
{
    struct orbis_app *app = g_new0(struct orbis_app, 1);

    app->process = process;
    app->threads = g_hash_table_new_full(NULL, NULL, NULL, thread_free);
    process->data = app;
    g_ptr_array_add(kernel->apps, app);
    return app;
}

void orbis_app_free(struct orbis_app *app)
{
    g_hash_table_unref(app->threads);
    g_free(app);
}

struct orbis_app *orbis_app_find(struct orbis_kernel *kernel, uint32_t app_id)
{
    for (guint i = 0; app_id && i < kernel->apps->len; i++) {
        struct orbis_app *app = g_ptr_array_index(kernel->apps, i);

        if ((uint32_t)app->process->program_id == app_id)
            return app;
    }
    return NULL;
}

static gboolean is_idle(gpointer tid, gpointer data, gpointer user_data)
{
    const struct orbis_thread *thread = data;

    (void)tid;
    (void)user_data;
    return !thread->packet && !thread->connecting;
}

struct orbis_thread *orbis_thread_of(const struct server_call *call)
{
    struct orbis_app *app = call->process->data;
    gpointer tid = GUINT_TO_POINTER(call->record.header.tid);
    struct orbis_thread *thread = g_hash_table_lookup(app->threads, tid);

    if (!thread) {
        if (g_hash_table_size(app->threads) >= ORBIS_MAX_THREADS)
            g_hash_table_foreach_remove(app->threads, is_idle, NULL);
        thread = g_new0(struct orbis_thread, 1);
        g_hash_table_insert(app->threads, tid, thread);
    }
    return thread;
}

void orbis_note(const struct server_process *process, const char *format, ...)
{
    struct record_builder note;
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    server_log(process->server, "%s (%u): %s", process->name, process->pid, text);
    if (!server_tap_begin(&note, process, IPCTAP_NOTE, IPCTAP_SNAPSHOT))
        return;
    record_builder_add_text(&note, IPCTAP_COMMENT, 0, text);
    server_tap_end(process->server, &note);
}
