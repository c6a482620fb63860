/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file toy.h
 * The services of the cases' sf.server and tipc.server areas; docs/kernel-cases.md has their
 * commands. They run inside the simulated kernel like fsp-srv or sm:.
 */
#ifndef IPCSHARK_TEST_TOY_H
#define IPCSHARK_TEST_TOY_H

#include <horizon/sf.h>
#include <horizon/tipc.h>

/** What the toy's objects share; belongs to the case. */
struct toy {
    struct horizon_object *copied; /**< What command 10 copies: handle 0x88002 in a case. */
    struct horizon_object *moved;  /**< What commands 10 and 14 move: 0x88003. */
    uint64_t name;                 /**< Of TIPC's Register. */
    uint32_t max;
    bool light;
    bool was_registered;
};

struct sf_object *toy_new(struct horizon_kernel *kernel, struct toy *toy);
struct sf_object *toy_tipc_new(struct horizon_kernel *kernel, struct toy *toy);

#endif
