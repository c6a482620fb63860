/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file orbis_layout.h
 * What the files of the PlayStation 4 part share.
 */
#ifndef IPCSHARK_JSON_ORBIS_LAYOUT_H
#define IPCSHARK_JSON_ORBIS_LAYOUT_H

#include "orbis.h"

/** As "what" says it: "appmsg_call". */
const char *orbis_what_name(enum orbis_what what);

/** The table of fields that the bytes are, or begin with; NULL if they are something else. */
const struct sceipmi_layout *orbis_layout(const struct orbis_view *view);

/** What there is to say of a create's configuration; nothing of other structures. */
void orbis_check_config(const struct orbis_view *view, struct ipcshark_findings *findings);

/** A manager call that the block may be of, as far as it is known. */
struct sceipmi_call orbis_block_call(const struct orbis_view *view);

#endif
