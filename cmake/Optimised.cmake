# SPDX-License-Identifier: GPL-2.0-or-later
# The plugin is the part that must be fast: unless it is built for debugging, it and the codecs in it are
# optimised as far as the compiler can, and as a whole. The library's objects have ordinary code as well.
# What that gains: docs/performance.md.
include(CheckCCompilerFlag)
set(whole -flto=auto -ffat-lto-objects)
string(JOIN " " whole_flags ${whole})
check_c_compiler_flag("${whole_flags}" IPCSHARK_HAS_FAT_OBJECTS)

add_library(ipcshark_optimised_objects INTERFACE)
add_library(ipcshark_optimised INTERFACE)
target_link_libraries(ipcshark_optimised INTERFACE ipcshark_optimised_objects)
if(IPCSHARK_PLUGIN AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_options(ipcshark_optimised_objects INTERFACE -O3 -fno-plt
    $<$<BOOL:${IPCSHARK_HAS_FAT_OBJECTS}>:${whole}>)
  target_link_options(ipcshark_optimised INTERFACE $<$<BOOL:${IPCSHARK_HAS_FAT_OBJECTS}>:-flto=auto>)
endif()
