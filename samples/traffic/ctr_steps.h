/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctr_steps.h
 * What several 3DS scenarios do, and those scenarios that stand in files of their own.
 */
#ifndef IPCSHARK_TRAFFIC_CTR_STEPS_H
#define IPCSHARK_TRAFFIC_CTR_STEPS_H

#include "ctr_client.h"

#define CTR_STEPS_APPLICATION 0x0004000000123400u
/* Memory that ctr_steps_memory() gives a process. */
#define CTR_STEPS_PATH 0x08000100u
#define CTR_STEPS_DATA 0x08001234u /* Not at a page's start, on purpose. */
#define CTR_STEPS_BACK 0x08005F00u

/** A process; NULL if there is none. */
struct ctr_client *ctr_steps_client(struct traffic_run *run, const char *name, uint64_t program_id);
void ctr_steps_memory(struct ctr_client *client);

/** A request whose result and reply's result must be 0. */
bool ctr_steps_request(struct traffic_run *run, struct ctr_client *client, uint32_t handle,
                       const char *what);

/** A registered session of srv:. */
uint32_t ctr_steps_srv(struct traffic_run *run, struct ctr_client *client);
uint32_t ctr_steps_service(struct traffic_run *run, struct ctr_client *client, uint32_t srv,
                           const char *name);

/** OpenArchive of the SD card; the handle is in words 2 and 3. */
void ctr_steps_archive(struct traffic_run *run, struct ctr_client *client, uint32_t fs,
                       uint32_t archive[2]);
void ctr_steps_set_path(struct ctr_client *client, const char *name);
/** OpenFile, its result in word 1, the moved session in word 3. */
uint32_t ctr_steps_open_file(struct ctr_client *client, uint32_t fs, const uint32_t archive[2],
                             const char *name, uint32_t flags);

void ctr_run_day(struct traffic_run *run);
void ctr_run_large(struct traffic_run *run);
void ctr_run_sessions(struct traffic_run *run);
void ctr_run_events(struct traffic_run *run);
void ctr_run_malformed(struct traffic_run *run);

#endif
