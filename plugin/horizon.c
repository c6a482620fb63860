/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin.h"

void horizon_register(void)
{
}

void horizon_handoff(void)
{
}
