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

static const header_field_info *field[array_length(names)];
static int expert_tap = -1;
static bool has_subdissectors;

static void look_up(void)
{
    static const header_field_info nothing = {.ref_type = HF_REF_TYPE_NONE};

    for (size_t n = 0; n < array_length(names); n++) {
        int id = proto_registrar_get_id_byname(names[n]);

        field[n] = id >= 0 ? proto_registrar_get_nth((unsigned int)id) : &nothing;
    }
}

void wants_handoff(void)
{
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

/* Asked for each packet: whether a filter or column refers to one of ours. Mostly none does, so
 * that all are looked at. */
static bool is_referenced(void)
{
    unsigned int any = HF_REF_TYPE_NONE;

    for (size_t n = 0; n < array_length(names); n++)
        any |= field[n]->ref_type;
    return any != HF_REF_TYPE_NONE;
}

/* It is visible, or all of it is made (what proto_field_is_referenced() says of a protocol), or
 * something of it is asked for. */
static bool is_read(const packet_info *pinfo, proto_tree *tree)
{
    return PTREE_DATA(tree)->visible || !PTREE_DATA(tree)->fake_protocols || is_referenced() ||
           col_get_writable(pinfo->cinfo, COL_EXPERT);
}

/* tshark's `-z expert` asks for no tree; others' dissectors may write columns, too. */
enum plugin_wanted plugin_wanted(const packet_info *pinfo, proto_tree *tree)
{
    look_for_experts();
    if (has_subdissectors || have_tap_listener(expert_tap))
        return tree ? WANTED_TREE : WANTED_WITHOUT_TREE;
    return tree && is_read(pinfo, tree) ? WANTED_TREE : WANTED_NOTHING;
}
