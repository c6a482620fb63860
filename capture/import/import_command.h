/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file import_command.h The program's `import` command. */
#ifndef IPCSHARK_IMPORT_COMMAND_H
#define IPCSHARK_IMPORT_COMMAND_H

/** argv[0] is "ipcshark import"; the exit status is 0, 1 (nothing read of some file) or 2
 *  (usage). */
int ipcshark_import_command(int argc, char **argv);

#endif
