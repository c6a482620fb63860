/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin.h"

void ctripc_register(void)
{
}

void ctripc_handoff(void)
{
}
