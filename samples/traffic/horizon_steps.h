/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file horizon_steps.h
 * What several Horizon scenarios do, and those scenarios that stand in files of their own. Steps
 * count their own checks.
 */
#ifndef IPCSHARK_TRAFFIC_HORIZON_STEPS_H
#define IPCSHARK_TRAFFIC_HORIZON_STEPS_H

#include "horizon_client.h"
#include "scenarios.h"

/** A process with a registered session of sm:. */
bool horizon_steps_connect(struct traffic_run *run, const char *name, struct horizon_service *sm);
bool horizon_steps_service(struct traffic_run *run, const struct horizon_service *sm,
                           const char *name, struct horizon_service *service);

/** fsp-srv as a domain, and the SD card's file system in it. */
bool horizon_steps_file_system(struct traffic_run *run, const struct horizon_service *sm,
                               struct horizon_service *fsp, struct horizon_service *file_system);

/** A command on one path with data in front; its result, not checked. */
uint32_t horizon_steps_path(const struct horizon_service *service, uint32_t id, const void *data,
                            uint16_t size, const char *path, struct horizon_command *command);

struct horizon_service horizon_steps_object(const struct horizon_service *domain, uint32_t id);
void horizon_steps_close_object(struct traffic_run *run, const struct horizon_service *object);

/** One command of echo with `size` bytes there and back through a pair of buffers. */
void horizon_steps_echo(struct traffic_run *run, const struct horizon_service *service, uint32_t id,
                        enum horizon_argument_kind in, enum horizon_argument_kind out,
                        uint8_t attribute, uint32_t size, const char *what);

void horizon_run_day(struct traffic_run *run);
void horizon_run_large(struct traffic_run *run);
void horizon_run_sessions(struct traffic_run *run);
void horizon_run_domains(struct traffic_run *run);
void horizon_run_async(struct traffic_run *run);
void horizon_run_malformed(struct traffic_run *run);

#endif
