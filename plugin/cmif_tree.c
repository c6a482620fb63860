/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file cmif_tree.c The tree of a CMIF payload: domain header, CMIF header, arguments, objects. */
#include "horizon.h"
#include "ipctap.h"
#include "subdissectors.h"

static int proto_cmif = -1;
static int hf_domain = -1;
static int hf_kind = -1;
static int hf_in_object_count = -1;
static int hf_in_raw_size = -1;
static int hf_object_id = -1;
static int hf_domain_reserved = -1;
static int hf_domain_token = -1;
static int hf_out_object_count = -1;
static int hf_object = -1;
static int hf_header = -1;
static int hf_magic = -1;
static int hf_version = -1;
static int hf_reserved = -1;
static int hf_method_id = -1;
static int hf_token = -1;
static struct horizon_result_fields hf_result = {-1, -1, -1};
static int hf_interface_id = -1;
static int hf_data = -1;
static int hf_control = -1;
static int hf_control_object_id = -1;
static int hf_control_tag = -1;
static int hf_control_pointer_buffer_size = -1;
static int hf_interface = -1;
static int hf_interface_name = -1;
static int hf_command = -1;
static int hf_object_path = -1;
static int hf_object_stream = -1;
static int hf_object_file = -1;
static int hf_outcome = -1;
static gint ett_cmif = -1;
static gint ett_header = -1;

/* ---- Domain header ---- */

/* " (IFile#5 of fsp-srv, opened in frame 9)": whom the request is for. */
static void describe_target(const struct horizon_message *message, proto_item *item)
{
    const struct horizon_memo *memo = &message->memo;

    if (!memo->object || !memo->object_path)
        return;
    proto_item_append_text(item, " (%s", memo->object_path);
    if (memo->service)
        proto_item_append_text(item, " of %s", memo->service);
    if (memo->object->opened_in)
        proto_item_append_text(item, ", opened in frame %u", memo->object->opened_in);
    proto_item_append_text(item, ")");
}

static void add_domain_request(const struct horizon_message *message, proto_tree *tree)
{
    const struct cmif_domain *domain = &message->cmif.domain;
    tvbuff_t *tvb = message->tvb;
    int offset = (int)domain->offset;

    proto_tree_add_uint(tree, hf_kind, tvb, offset, 1, domain->kind);
    proto_tree_add_uint(tree, hf_in_object_count, tvb, offset + 1, 1, domain->object_count);
    proto_tree_add_uint(tree, hf_in_raw_size, tvb, offset + 2, 2, domain->in_raw_size);
    describe_target(message,
                    proto_tree_add_uint(tree, hf_object_id, tvb, offset + 4, 4, domain->object_id));
    proto_tree_add_uint(tree, hf_domain_reserved, tvb, offset + 8, 4, domain->reserved[0]);
    proto_tree_add_uint(tree, hf_domain_token, tvb, offset + 12, 4, domain->token);
}

static void add_domain_reply(proto_tree *tree, tvbuff_t *tvb, const struct cmif_domain *domain)
{
    int offset = (int)domain->offset;

    proto_tree_add_uint(tree, hf_out_object_count, tvb, offset, 4, domain->object_count);
    for (int n = 0; n < 3; n++)
        proto_tree_add_uint(tree, hf_domain_reserved, tvb, offset + 4 + 4 * n, 4,
                            domain->reserved[n]);
}

static void add_domain(const struct horizon_message *message, proto_tree *tree)
{
    const struct cmif_domain *domain = &message->cmif.domain;
    proto_item *item = proto_tree_add_none_format(tree, hf_domain, message->tvb,
                                                  (int)domain->offset, CMIF_DOMAIN_HEADER_SIZE,
                                                  "Domain header");
    proto_tree *subtree = proto_item_add_subtree(item, ett_header);

    if (message->cmif.is_reply)
        add_domain_reply(subtree, message->tvb, domain);
    else
        add_domain_request(message, subtree);
}

/* What a domain object id stands for is known from the session, on the first pass only: of a reply
 * with one object its Info says it. */
static void describe_object(const struct horizon_message *message, proto_item *item, uint32_t id)
{
    const char *opened = horizon_opened_object(message);

    if (!opened)
        handles_describe_object(message->context, item, message->tvb, id);
    else if (message->memo.service)
        proto_item_append_text(item, " (%s of %s, opened here)", opened, message->memo.service);
    else
        proto_item_append_text(item, " (%s, opened here)", opened);
}

static void add_object(const struct horizon_message *message, proto_tree *tree, uint32_t n)
{
    uint32_t id = cmif_domain_object(message->bytes, message->length, &message->cmif, n);
    proto_item *item = proto_tree_add_uint(
        tree, hf_object, message->tvb, (int)(message->cmif.domain.objects_offset + 4 * n), 4, id);

    describe_object(message, item, id);
}

static void add_objects(const struct horizon_message *message, proto_tree *tree)
{
    const struct cmif_domain *domain = &message->cmif.domain;

    if (!message->cmif.has_domain || (message->cmif.is_reply && !domain->objects_known))
        return;
    for (uint32_t n = 0; n < domain->objects_captured; n++)
        add_object(message, tree, n);
}

/* ---- CMIF header ---- */

static void add_interface_id(proto_tree *tree, tvbuff_t *tvb, uint32_t offset, uint32_t id)
{
    const char *name = id ? names_interface_by_id(id) : NULL;
    proto_item *item = proto_tree_add_uint(tree, hf_interface_id, tvb, (int)offset, 4, id);

    if (name)
        proto_item_append_text(item, " (%s)", name);
}

static void add_header(const struct horizon_message *message, proto_tree *tree)
{
    const struct cmif_message *cmif = &message->cmif;
    tvbuff_t *tvb = message->tvb;
    int offset = (int)cmif->offset;
    proto_item *item =
        proto_tree_add_none_format(tree, hf_header, tvb, offset, CMIF_HEADER_SIZE,
                                   cmif->is_reply ? "CMIF out header" : "CMIF in header");
    proto_tree *subtree = proto_item_add_subtree(item, ett_header);

    proto_tree_add_item(subtree, hf_magic, tvb, offset, 4, ENC_ASCII | ENC_NA);
    proto_tree_add_uint(subtree, hf_version, tvb, offset + 4, 2, cmif->version);
    proto_tree_add_uint(subtree, hf_reserved, tvb, offset + 6, 2, cmif->reserved);
    if (cmif->is_reply) {
        horizon_add_result(subtree, &hf_result, tvb, cmif->offset + 8, cmif->result);
        add_interface_id(subtree, tvb, cmif->offset + 12, cmif->interface_id);
    } else {
        proto_tree_add_uint(subtree, hf_method_id, tvb, offset + 8, 4, cmif->method_id);
        proto_tree_add_uint(subtree, hf_token, tvb, offset + 12, 4, cmif->token);
    }
}

/* ---- Control commands ---- */

static proto_item *add_control_value(const struct horizon_message *message, proto_tree *tree,
                                     int hf, uint32_t size)
{
    if (message->cmif.data_size < size)
        return NULL;
    return proto_tree_add_item(tree, hf, message->tvb, (int)message->cmif.data_offset, (int)size,
                               ENC_LITTLE_ENDIAN);
}

static void add_control_input(const struct horizon_message *message, proto_tree *tree)
{
    uint32_t id = message->cmif.method_id;

    if (id == CMIF_COPY_FROM_CURRENT_DOMAIN)
        handles_describe_object(message->context,
                                add_control_value(message, tree, hf_control_object_id, 4),
                                message->tvb, message->memo.copied_id);
    else if (id == CMIF_CLONE_CURRENT_OBJECT_EX)
        add_control_value(message, tree, hf_control_tag, 4);
}

static void add_control_output(const struct horizon_message *message, proto_tree *tree)
{
    uint32_t id = message->request ? horizon_method_id(message->request) : 0;

    if (!message->request || message->cmif.result)
        return;
    if (id == CMIF_CONVERT_CURRENT_OBJECT_TO_DOMAIN)
        add_control_value(message, tree, hf_control_object_id, 4);
    else if (id == CMIF_QUERY_POINTER_BUFFER_SIZE)
        add_control_value(message, tree, hf_control_pointer_buffer_size, 2);
}

static void add_control(const struct horizon_message *message, proto_tree *tree)
{
    if (!message->memo.is_control)
        return;
    plugin_add_generated_string(tree, hf_control, message->tvb, message->memo.command);
    if (message->cmif.is_reply)
        add_control_output(message, tree);
    else
        add_control_input(message, tree);
}

/* ---- The whole ---- */

static void add_names(const struct horizon_message *message, tvbuff_t *tvb, proto_tree *tree)
{
    const struct horizon_memo *memo = &message->memo;

    if (memo->interface_name && !memo->is_control) {
        plugin_add_generated_string(tree, hf_interface, tvb,
                                    horizon_short_name(memo->interface_name));
        plugin_add_generated_string(tree, hf_interface_name, tvb, memo->interface_name);
    }
    plugin_add_generated_string(tree, hf_command, tvb, memo->command);
    if (memo->is_domain || memo->interface_name)
        plugin_add_generated_string(tree, hf_object_path, tvb, memo->object_path);
    if (memo->object && !memo->is_control)
        plugin_add_generated_uint(tree, hf_object_stream, tvb, memo->object->stream);
    if (memo->object)
        plugin_add_generated_string(tree, hf_object_file, tvb, memo->object->file);
    plugin_add_generated_string(tree, hf_outcome, tvb, memo->outcome);
    if (!memo->is_control)
        wiki_add(message->context, tree,
                 memo->interface_name ? horizon_short_name(memo->interface_name) : memo->service,
                 memo->command);
}

static void describe(const struct horizon_message *message, proto_item *item)
{
    static const char *const kinds[] = {
        [CMIF_NONE] = "no payload", [CMIF_REQUEST] = "request",
        [CMIF_REPLY] = "reply",     [CMIF_CONTROL] = "control",
        [CMIF_RELEASE] = "close",   [CMIF_DOMAIN_CLOSE] = "close of a domain object",
    };

    if ((size_t)message->cmif.kind < array_length(kinds))
        proto_item_append_text(item, ", %s", kinds[message->cmif.kind]);
    if (message->memo.command)
        proto_item_append_text(item, ", %s", message->memo.command);
}

/* A call that was refused has no reply message; what it was is known from its request. */
static void add_without_message(const struct horizon_message *message)
{
    proto_item *item =
        proto_tree_add_item(message->top, proto_cmif, message->context->tvb, 0, 0, ENC_NA);

    proto_item_append_text(item, ", no message");
    add_names(message, message->context->tvb, proto_item_add_subtree(item, ett_cmif));
}

static void add_payload(const struct horizon_message *message, proto_tree *tree)
{
    const struct cmif_message *cmif = &message->cmif;

    if (cmif->has_domain)
        add_domain(message, tree);
    if (cmif->has_header)
        add_header(message, tree);
    if (cmif->has_header && cmif->data_size)
        proto_tree_add_item(tree, hf_data, message->tvb, (int)cmif->data_offset,
                            (int)cmif->data_size, ENC_NA);
    horizon_add_arguments(message, tree);
    add_objects(message, tree);
    add_control(message, tree);
}

/* By the interface's short or full name, or by the service where nobody has named the interface. */
static void call_others(const struct horizon_message *message, proto_tree *tree)
{
    const struct horizon_memo *memo = &message->memo;
    const struct cmif_message *cmif = &message->cmif;
    tvbuff_t *data;

    if (memo->is_control || !cmif->has_header)
        return;
    data = tvb_new_subset_length(message->tvb, (int)cmif->data_offset, (int)cmif->data_size);
    if (memo->interface_name &&
        (subdissector_by_name(message->context, SUBDISSECTOR_HORIZON,
                              horizon_short_name(memo->interface_name), data, tree) ||
         subdissector_by_name(message->context, SUBDISSECTOR_HORIZON, memo->interface_name, data,
                              tree)))
        return;
    subdissector_by_name(message->context, SUBDISSECTOR_HORIZON, memo->service, data, tree);
}

void cmif_add_tree(const struct horizon_message *message)
{
    int start = (int)MIN(message->cmif.payload_offset, message->length);
    proto_item *item;
    proto_tree *tree;

    if (!message->tvb) {
        add_without_message(message);
        return;
    }
    item = proto_tree_add_item(message->top, proto_cmif, message->tvb, start,
                               (int)message->length - start, ENC_NA);
    tree = proto_item_add_subtree(item, ett_cmif);
    describe(message, item);
    add_payload(message, tree);
    add_names(message, message->tvb, tree);
    call_others(message, tree);
    plugin_add_findings(message->pinfo, tree, message->tvb, &message->findings);
}

static const value_string kinds[] = {
    {CMIF_REQUEST_KIND_SEND, "Send"},
    {CMIF_REQUEST_KIND_CLOSE, "Close"},
    {0, NULL},
};

static hf_register_info fields[] = {
    {&hf_domain, {"Domain header", "cmif.domain", FT_NONE, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_kind,
     {"Request kind", "cmif.domain.kind", FT_UINT8, BASE_DEC, VALS(kinds), 0, NULL, HFILL}},
    {&hf_in_object_count,
     {"In objects", "cmif.domain.in_object_count", FT_UINT8, BASE_DEC, NULL, 0, NULL, HFILL}},
    {&hf_in_raw_size,
     {"In raw size", "cmif.domain.in_raw_size", FT_UINT16, BASE_DEC, NULL, 0,
      "CMIF header and arguments, in bytes", HFILL}},
    {&hf_object_id,
     {"Object id", "cmif.domain.object_id", FT_UINT32, BASE_DEC, NULL, 0,
      "The object that the request is for", HFILL}},
    {&hf_domain_reserved,
     {"Reserved", "cmif.domain.reserved", FT_UINT32, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&hf_domain_token,
     {"Token", "cmif.domain.token", FT_UINT32, BASE_HEX, NULL, 0, "Context token, 5.0.0+", HFILL}},
    {&hf_out_object_count,
     {"Out objects", "cmif.domain.out_object_count", FT_UINT32, BASE_DEC, NULL, 0, NULL, HFILL}},
    {&hf_object,
     {"Object", "cmif.domain.object", FT_UINT32, BASE_DEC, NULL, 0,
      "Id of an object passed or returned", HFILL}},
    {&hf_header, {"CMIF header", "cmif.header", FT_NONE, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_magic, {"Magic", "cmif.magic", FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_version, {"Version", "cmif.version", FT_UINT16, BASE_DEC, NULL, 0, NULL, HFILL}},
    {&hf_reserved, {"Reserved", "cmif.reserved", FT_UINT16, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&hf_method_id, {"Method id", "cmif.method_id", FT_UINT32, BASE_DEC, NULL, 0, NULL, HFILL}},
    {&hf_token,
     {"Token", "cmif.token", FT_UINT32, BASE_HEX, NULL, 0, "Context token, 5.0.0+", HFILL}},
    {&hf_result.result, {"Result", "cmif.result", FT_UINT32, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&hf_result.module,
     {"Module", "cmif.result.module", FT_UINT32, BASE_DEC, NULL, 0x000001FF, NULL, HFILL}},
    {&hf_result.description,
     {"Description", "cmif.result.description", FT_UINT32, BASE_DEC, NULL, 0x003FFE00, NULL,
      HFILL}},
    {&hf_interface_id,
     {"Interface id", "cmif.interface_id", FT_UINT32, BASE_HEX, NULL, 0,
      "14.0.0+: the first four bytes of the SHA-256 of the interface's name", HFILL}},
    {&hf_data,
     {"Data", "cmif.data", FT_BYTES, BASE_NONE, NULL, 0, "Arguments or return values", HFILL}},
    {&hf_control, {"Control command", "cmif.control", FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_control_object_id,
     {"Object id", "cmif.control.object_id", FT_UINT32, BASE_DEC, NULL, 0,
      "Domain object to copy, or that the session's object became", HFILL}},
    {&hf_control_tag, {"Tag", "cmif.control.tag", FT_UINT32, BASE_DEC, NULL, 0, NULL, HFILL}},
    {&hf_control_pointer_buffer_size,
     {"Pointer buffer size", "cmif.control.pointer_buffer_size", FT_UINT16, BASE_DEC, NULL, 0, NULL,
      HFILL}},
    {&hf_interface,
     {"Interface", "cmif.interface", FT_STRING, BASE_NONE, NULL, 0, "Without its namespaces",
      HFILL}},
    {&hf_interface_name,
     {"Interface, full name", "cmif.interface_name", FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_command, {"Command", "cmif.command", FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&hf_object_stream,
     {"Object stream", "cmif.object_stream", FT_UINT32, BASE_DEC, NULL, 0,
      "Numbers objects, those of domains and those that are sessions of their own, from 0; for "
      "Follow",
      HFILL}},
    {&hf_object_file,
     {"Opened for", "cmif.file", FT_STRING, BASE_NONE, NULL, 0,
      "The path in the request that opened the object", HFILL}},
    {&hf_outcome,
     {"Outcome", "cmif.outcome", FT_STRING, BASE_NONE, NULL, 0,
      "What a reply opened: domain objects, handles", HFILL}},
    {&hf_object_path,
     {"Object", "cmif.object_path", FT_STRING, BASE_NONE, NULL, 0, "Interface and object id",
      HFILL}},
};

void cmif_register(void)
{
    static gint *trees[] = {&ett_cmif, &ett_header};

    proto_cmif = proto_register_protocol("Console IPC: CMIF", "CMIF", "cmif");
    proto_register_field_array(proto_cmif, fields, array_length(fields));
    proto_register_subtree_array(trees, array_length(trees));
}
