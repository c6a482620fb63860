/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file checks.h
 * What `ipcshark doctor` looks at. Each check says what it found, and for a problem the command
 * that mends it.
 */
#ifndef IPCSHARK_CHECKS_H
#define IPCSHARK_CHECKS_H

#include "wireshark.h"

struct doctor {
    struct wireshark *wireshark;
    guint problems;
    char *loaded; /**< Path of the plugin that tshark loads; NULL: none. */
    char *loaded_version;
    char *loading_errors; /**< What tshark says about plugins on standard error. */
};

void doctor_good(const char *format, ...) G_GNUC_PRINTF(1, 2);
void doctor_note(const char *format, ...) G_GNUC_PRINTF(1, 2);
/** `mend`: a command, or what to do. */
void doctor_problem(struct doctor *doctor, const char *mend, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

void check_user(struct doctor *doctor);
void check_own_plugin(struct doctor *doctor);
void check_loaded_plugin(struct doctor *doctor);
void check_installed_plugins(struct doctor *doctor);
void check_helper(struct doctor *doctor);
void check_capturing(struct doctor *doctor);
void check_profile(struct doctor *doctor);
void check_link_types(struct doctor *doctor);
/** Copies of the plugin that keep Wireshark from starting. */
void check_copies(struct doctor *doctor);
/** Other versions beside the one that is looked at. */
void check_other_wiresharks(struct doctor *doctor);

#endif
