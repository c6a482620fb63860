/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file orbis_steps.h
 * PlayStation 4 scenarios that stand in files of their own.
 */
#ifndef IPCSHARK_TRAFFIC_ORBIS_STEPS_H
#define IPCSHARK_TRAFFIC_ORBIS_STEPS_H

#include "scenarios.h"

void orbis_run_day(struct traffic_run *run);
void orbis_run_large(struct traffic_run *run);
void orbis_run_sessions(struct traffic_run *run);
void orbis_run_malformed(struct traffic_run *run);

#endif
