/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file file_sum.h
 * What tells whether an installed file is still what was installed.
 */
#ifndef IPCSHARK_FILE_SUM_H
#define IPCSHARK_FILE_SUM_H

#include <glib.h>

/**
 * The SHA-256 of a file's bytes; of a profile's `preferences` that of its settings, since Wireshark
 * writes that file anew with every setting there is, those in force as comments, as soon as a
 * dialog is closed.
 *
 * @return in hex; NULL if the file cannot be read.
 */
char *file_sum(const char *path);

#endif
