/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file scenarios.h
 * The scenarios of `ipcshark traffic`, by platform.
 */
#ifndef IPCSHARK_TRAFFIC_SCENARIOS_H
#define IPCSHARK_TRAFFIC_SCENARIOS_H

#include "client.h"

/** One run of one scenario. */
struct traffic_run {
    const char *address; /**< The server's. */
    GRand *random;       /**< The same numbers for the same seed and scenario. */
    unsigned int calls;  /**< Added up by traffic_run_disconnect(). */
    unsigned int checks;
    unsigned int failures;
    GPtrArray *messages; /**< What went wrong, one text each. */
};

struct traffic_scenario {
    const char *name;    /**< "horizon-files" */
    const char *summary; /**< "sm:, fsp-srv as a domain, a file written and read back" */
    void (*run)(struct traffic_run *run);
};

/** Ended by an entry without a name. */
extern const struct traffic_scenario horizon_scenarios[];
extern const struct traffic_scenario ctr_scenarios[];
extern const struct traffic_scenario orbis_scenarios[];

/** Connects and says Hello; a failure is counted and NULL returned. */
struct traffic_client *traffic_run_connect(struct traffic_run *run, uint8_t platform,
                                           const char *name, uint64_t program_id);
void traffic_run_disconnect(struct traffic_run *run, struct traffic_client *client);

/** Counts a check; one that failed is reported with the text. @return `condition`. */
bool traffic_expect(struct traffic_run *run, bool condition, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/** traffic_expect() on two numbers, saying both. */
bool traffic_expect_equal(struct traffic_run *run, uint64_t actual, uint64_t expected,
                          const char *what);

#endif
