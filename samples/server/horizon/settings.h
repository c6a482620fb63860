/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file settings.h
 * The system settings that set:sys and set share.
 */
#ifndef IPCSHARK_SERVER_HORIZON_SETTINGS_H
#define IPCSHARK_SERVER_HORIZON_SETTINGS_H

#include "sf.h"

/* Settings without a Get command of their own in set:sys; all others have its id. */
#define SETTINGS_LANGUAGE              0x10000u
#define SETTINGS_REGION                0x10001u
#define SETTINGS_NICKNAME              0x10002u
#define SETTINGS_OF_DEVICE(id, device) (0x20000u + ((id) << 4) + ((device)&15))

#define SETTINGS_NICKNAME_SIZE 0x80

struct settings *settings_new(void);
void settings_free(struct settings *settings);

void settings_store(struct settings *settings, uint32_t id, const void *bytes, size_t size);
/** Zeros behind what is stored. @return how much is. */
size_t settings_load(const struct settings *settings, uint32_t id, void *bytes, size_t size);

/** GetDeviceNickname of both services. */
uint32_t settings_get_nickname(struct sf_context *context);

#endif
