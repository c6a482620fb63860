/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file own_program.h Where the running program lies, to run it again or find what is beside
 *  it. */
#ifndef IPCSHARK_OWN_PROGRAM_H
#define IPCSHARK_OWN_PROGRAM_H

/** The program's file itself, links resolved; to be freed. NULL if it cannot be told. */
char *ipcshark_own_program(void);

#endif
