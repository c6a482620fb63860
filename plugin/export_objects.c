/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"
#include <epan/export_object.h>
/** @file export_objects.c Where Export Objects listens. */
static tap_packet_status add_objects(void *list _U_, packet_info *pinfo _U_,
                                     epan_dissect_t *edt _U_, const void *data _U_,
                                     tap_flags_t flags _U_)
{
    return TAP_PACKET_DONT_REDRAW;
}
int export_objects_register(int protocol)
{
    return register_export_object(protocol, add_objects, NULL);
}
