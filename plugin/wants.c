/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file wants.c What nobody looks at is not made. See plugin.h. */
#include "plugin.h"
#include "subdissectors.h"

#include <epan/tap.h>

/* Payloads go to JSON and lines of text: a filter for them needs ours to run. So does the list of
 * protocols, which has those that made a tree. */
static const char *const names[] = {"ipctap",          "hipc",      "cmif",
                                    "htipc",           "ctripc",    "sceipmi",
                                    "appmsg",          "json",      "data-text-lines",
                                    "frame.protocols", "_ws.expert"};

static int proto_ipctap = -1;
static const header_field_info *field[array_length(names)]; /* Of those names that there are. */
static size_t field_count;
static int expert_tap = -1;
static bool has_subdissectors;

static void look_up(void)
{
    field_count = 0;
    for (size_t n = 0; n < array_length(names); n++) {
        int id = proto_registrar_get_id_byname(names[n]);

        if (id >= 0)
            field[field_count++] = proto_registrar_get_nth((unsigned int)id);
    }
}

void wants_handoff(void)
{
    proto_ipctap = proto_get_id_by_filter_name("ipctap");
    look_up();
}

/* Other plugins and scripts are asked for late: they register after this one. */
static void look_for_others(void)
{
    has_subdissectors = subdissectors_exist();
}

void wants_register(void)
{
    register_init_routine(look_for_others);
}

/* Wireshark registers expert infos when the first capture is opened, behind everybody else. */
static void look_for_experts(void)
{
    static bool are_known;

    if (are_known)
        return;
    expert_tap = find_tap_id("expert");
    are_known = expert_tap > 0 && proto_registrar_get_id_byname("_ws.expert") >= 0;
    look_up();
}

/* Asked for each packet: whether a filter or column refers to one of ours. */
static bool is_referenced(void)
{
    for (size_t n = 0; n < field_count; n++) {
        if (field[n]->ref_type != HF_REF_TYPE_NONE)
            return true;
    }
    return false;
}

/* It is visible, or all of it is made. */
static bool is_read(const packet_info *pinfo, proto_tree *tree)
{
    return is_referenced() || col_get_writable(pinfo->cinfo, COL_EXPERT) ||
           proto_field_is_referenced(tree, proto_ipctap);
}

/* tshark's `-z expert` asks for no tree; others' dissectors may write columns, too. */
enum plugin_wanted plugin_wanted(const packet_info *pinfo, proto_tree *tree)
{
    look_for_experts();
    if (has_subdissectors || have_tap_listener(expert_tap))
        return tree ? WANTED_TREE : WANTED_WITHOUT_TREE;
    return tree && is_read(pinfo, tree) ? WANTED_TREE : WANTED_NOTHING;
}
