/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IPCSHARK_TRAFFIC_ORBIS_HENV_SCENARIO_H
#define IPCSHARK_TRAFFIC_ORBIS_HENV_SCENARIO_H

#include "scenarios.h"

void orbis_run_henv(struct traffic_run *run);

#endif
