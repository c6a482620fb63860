/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin.h"

void appmsg_register(void)
{
}

void appmsg_handoff(void)
{
}
