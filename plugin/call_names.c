/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call_names.c
 * What each record is about, in fields that are the same for all systems: who filters by them need
 * not know which protocol a service speaks. Each protocol shows the same in its own words, too.
 */
#include "plugin.h"

static int hf_service = -1;
static int hf_interface = -1;
static int hf_command = -1;
static int hf_object = -1;
static int hf_result = -1;
static int hf_file = -1;
static int hf_opened_in = -1;
static int hf_closed_in = -1;

static void add_frame(const struct call_context *context, int hf, uint32_t frame)
{
    if (frame)
        plugin_add_generated_uint(context->tree, hf, context->tvb, frame);
}

void call_names_add(const struct call_context *context)
{
    const struct call_names *names = context->names;
    const struct session *session = context->target->session;

    plugin_add_generated_string(context->tree, hf_service, context->tvb, names->service);
    plugin_add_generated_string(context->tree, hf_interface, context->tvb, names->interface_name);
    plugin_add_generated_string(context->tree, hf_command, context->tvb, names->command);
    plugin_add_generated_string(context->tree, hf_object, context->tvb, names->object);
    plugin_add_generated_string(context->tree, hf_result, context->tvb, names->result);
    plugin_add_generated_string(context->tree, hf_file, context->tvb, names->file);
    if (!session)
        return;
    add_frame(context, hf_opened_in, session_opened_in(session));
    add_frame(context, hf_closed_in, session_closed_in(session));
}

void call_names_register(int protocol)
{
    static hf_register_info fields[] = {
        {&hf_service,
         {"Service", "ipctap.call.service", FT_STRING, BASE_NONE, NULL, 0,
          "That the call goes to, or whose session a system call opens, closes or waits for",
          HFILL}},
        {&hf_interface,
         {"Interface", "ipctap.call.interface", FT_STRING, BASE_NONE, NULL, 0,
          "Of the object that is called; where services have no interfaces, the service or the "
          "kind "
          "of its session",
          HFILL}},
        {&hf_command,
         {"Command", "ipctap.call.command", FT_STRING, BASE_NONE, NULL, 0,
          "Command, method, function or system call", HFILL}},
        {&hf_object,
         {"Object", "ipctap.call.object", FT_STRING, BASE_NONE, NULL, 0,
          "\"IFile#3\": of several in a session, or what the session or kid itself is", HFILL}},
        {&hf_result,
         {"Result", "ipctap.call.result", FT_STRING, BASE_NONE, NULL, 0,
          "What the caller gets, in words: \"ok\", or as the Info column has it", HFILL}},
        {&hf_file,
         {"File", "ipctap.call.file", FT_STRING, BASE_NONE, NULL, 0,
          "Path that the file or directory which is called was opened for", HFILL}},
        {&hf_opened_in,
         {"Session opened in", "ipctap.session_opened_in", FT_FRAMENUM, BASE_NONE, NULL, 0,
          "Where the handle or kid was given out", HFILL}},
        {&hf_closed_in,
         {"Session closed in", "ipctap.session_closed_in", FT_FRAMENUM, BASE_NONE, NULL, 0, NULL,
          HFILL}},
    };

    proto_register_field_array(protocol, fields, array_length(fields));
}
