/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin.h"

void sceipmi_register(void)
{
}

void sceipmi_handoff(void)
{
}
