/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file session_path.h
 * How the vectors of Horizon's messages say which session a message is for.
 */
#ifndef IPCSHARK_TESTS_SESSION_PATH_H
#define IPCSHARK_TESTS_SESSION_PATH_H

/** Follows "nifm:u/5/4" from the service through what each command gives back: an interface, or
 *  NULL. */
const char *session_interface(const char *session);

#endif
