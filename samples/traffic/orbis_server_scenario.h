/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file orbis_server_scenario.h An application that serves: both sides of every call are
 *  clients. */
#ifndef IPCSHARK_TRAFFIC_ORBIS_SERVER_SCENARIO_H
#define IPCSHARK_TRAFFIC_ORBIS_SERVER_SCENARIO_H

#include "scenarios.h"

void orbis_run_server(struct traffic_run *run);

#endif
