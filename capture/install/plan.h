/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file plan.h
 * Putting files in their places and taking them away again, by the manifest, or only saying so.
 */
#ifndef IPCSHARK_PLAN_H
#define IPCSHARK_PLAN_H

#include "manifest.h"
#include "wireshark.h"

struct plan {
    struct manifest *manifest;
    gboolean is_dry; /**< Says what it would do, and does nothing. */
};

struct plan_file {
    const char *what; /**< "plugin" */
    const char *source;
    const char *target;
    int mode;
    gboolean is_users; /**< Not overwritten and not removed once the user has changed it. */
};

/** Each folder that is missing, down to this one, noting them. */
gboolean plan_make_folders(struct plan *plan, const char *folder, GError **error);

gboolean plan_put(struct plan *plan, const struct plan_file *file, GError **error);

/** All that the manifest has. What could not be removed stays in it, and is said. */
gboolean plan_remove_all(struct plan *plan, GError **error);

#endif
