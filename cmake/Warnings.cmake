# SPDX-License-Identifier: GPL-2.0-or-later
# The warnings that every target of this project is built with.
add_library(ipcshark_warnings INTERFACE)
target_compile_options(ipcshark_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings
  -Wvla -Wformat=2
  $<$<BOOL:${IPCSHARK_WERROR}>:-Werror>)
