/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file findings.c
 * Every finding of the codecs as an expert info: name, severity and sentence come from the codecs'
 * own table, so that a new finding needs nothing here.
 */
#include "plugin.h"

#include <string.h>

static expert_field finding_field[IPCSHARK_FINDING_COUNT];
static ei_register_info finding_info[IPCSHARK_FINDING_COUNT];

/* Least severity that is told; above all of them: nothing. */
#define NOTHING (IPCSHARK_ERROR + 1)

static int least_severity = IPCSHARK_NOTE;

void findings_register_preferences(module_t *module)
{
    static const enum_val_t choices[] = {
        {"all", "All findings", IPCSHARK_NOTE},
        {"warnings", "Warnings and errors", IPCSHARK_WARNING},
        {"errors", "Errors", IPCSHARK_ERROR},
        {"none", "None", NOTHING},
        {NULL, NULL, 0},
    };

    prefs_register_enum_preference(
        module, "strictness", "Findings to tell",
        "Rules that a message breaks: notes are of what consoles accept, "
        "warnings of what looks wrong, errors of what they refuse",
        &least_severity, choices, FALSE);
}

static int expert_severity(enum ipcshark_severity severity)
{
    switch (severity) {
    case IPCSHARK_ERROR:
        return PI_ERROR;
    case IPCSHARK_WARNING:
        return PI_WARN;
    default:
        return PI_NOTE;
    }
}

/* The sentence for all cases of a finding: Expert Information and -G fields show it where no packet
 * fills in the numbers. */
static const char *summary_of(enum ipcshark_finding_code code)
{
    char **pieces = g_regex_split_simple("\\{[^}]*\\}", ipcshark_finding_sentence(code), 0, 0);
    char *joined = g_strjoinv("\u2026", pieces);
    const char *summary = wmem_strdup(wmem_epan_scope(), joined);

    g_strfreev(pieces);
    g_free(joined);
    return summary;
}

static void register_finding(expert_module_t *module, enum ipcshark_finding_code code)
{
    static const expert_field unregistered = EI_INIT;
    ei_register_info *info = &finding_info[code];

    finding_field[code] = unregistered;
    info->ids = &finding_field[code];
    info->eiinfo.name = ipcshark_finding_name(code);
    info->eiinfo.group = PI_PROTOCOL;
    info->eiinfo.severity = expert_severity(ipcshark_finding_severity(code));
    info->eiinfo.summary = summary_of(code);
    info->eiinfo.hf_info.p_id = NULL;
    expert_register_field_array(module, info, 1);
}

void findings_register(int protocol)
{
    char *prefix = g_strconcat(proto_get_protocol_filter_name(protocol), ".", NULL);
    expert_module_t *module = expert_register_protocol(protocol);

    for (int code = IPCSHARK_FINDING_NONE + 1; code < IPCSHARK_FINDING_COUNT; code++) {
        if (g_str_has_prefix(ipcshark_finding_name((enum ipcshark_finding_code)code), prefix))
            register_finding(module, (enum ipcshark_finding_code)code);
    }
    g_free(prefix);
}

static void add_finding(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb,
                        const struct ipcshark_finding *finding)
{
    uint32_t size = tvb_captured_length(tvb);
    uint32_t offset = MIN(finding->offset, size);
    uint32_t length = MIN(finding->length, size - offset);
    char text[512];

    if (finding->code == IPCSHARK_FINDING_NONE || finding->code >= IPCSHARK_FINDING_COUNT)
        return;
    if ((int)ipcshark_finding_severity((enum ipcshark_finding_code)finding->code) < least_severity)
        return;
    ipcshark_finding_format(finding, text, sizeof text);
    proto_tree_add_expert_format(tree, pinfo, &finding_field[finding->code], tvb, (int)offset,
                                 (int)length, "%s", text);
}

void plugin_add_findings(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb,
                         const struct ipcshark_findings *findings)
{
    for (unsigned int i = 0; i < findings->count && i < IPCSHARK_MAX_FINDINGS; i++)
        add_finding(pinfo, tree, tvb, &findings->item[i]);
}
