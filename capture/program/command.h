/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file command.h
 * The subcommands of the `ipcshark` program. Each parses its own options (GOption) from
 * argv[0] = "ipcshark NAME" on and returns an exit status: 0 success, 1 failure or something in the
 * input could not be read, 2 wrong usage.
 */
#ifndef IPCSHARK_COMMAND_H
#define IPCSHARK_COMMAND_H

int ipcshark_decode_command(int argc, char **argv);
int ipcshark_encode_command(int argc, char **argv);
/** Whether Wireshark is calling its capture helper: the first arguments are extcap's. */
int ipcshark_is_extcap_call(int argc, char **argv);
int ipcshark_extcap_command(int argc, char **argv);

int ipcshark_doctor_command(int argc, char **argv);
int ipcshark_install_command(int argc, char **argv);

int ipcshark_export_command(int argc, char **argv);
int ipcshark_import_command(int argc, char **argv);
int ipcshark_record_command(int argc, char **argv);
int ipcshark_replay_command(int argc, char **argv);
int ipcshark_stats_command(int argc, char **argv);
int ipcshark_server_command(int argc, char **argv);
int ipcshark_traffic_command(int argc, char **argv);

#endif
