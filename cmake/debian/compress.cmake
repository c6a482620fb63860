# SPDX-License-Identifier: GPL-2.0-or-later
# Debian wants manual pages compressed; everybody else gets them as they are.
file(GLOB_RECURSE pages ${CPACK_TEMPORARY_DIRECTORY}/*.1)
foreach(page ${pages})
  execute_process(COMMAND gzip -9nf ${page} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
