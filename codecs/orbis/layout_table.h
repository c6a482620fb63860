/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file layout_table.h
 * How the tables of fields are written: one line a field, offsets and sizes in bytes.
 */
#ifndef IPCSHARK_ORBIS_LAYOUT_TABLE_H
#define IPCSHARK_ORBIS_LAYOUT_TABLE_H

#include <ipcshark/sceipmi.h>

#define FIELD(name, label, offset, size, kind)                                                     \
    {                                                                                              \
        name, label, offset, size, SCEIPMI_FIELD_##kind, SCEIPMI_ROLE_NONE                         \
    }
#define POINTER(name, label, offset, role)                                                         \
    {                                                                                              \
        name, label, offset, 8, SCEIPMI_FIELD_POINTER, SCEIPMI_ROLE_##role                         \
    }

#define FIELD_COUNT(fields) (sizeof(fields) / sizeof *(fields))
#define LAYOUT(name, size, fields)                                                                 \
    {                                                                                              \
        name, size, (uint8_t)FIELD_COUNT(fields), fields                                           \
    }

#endif
