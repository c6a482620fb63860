# SPDX-License-Identifier: GPL-2.0-or-later
# What other projects find of the libraries: CMake targets and pkg-config files. Both are relocatable.
#
#     cmake --install BUILD --component development --prefix PREFIX
include(CMakePackageConfigHelpers)

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ipcshark)
configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/ipcshark-config.cmake.in ${CMAKE_BINARY_DIR}/ipcshark-config.cmake
  INSTALL_DESTINATION ${config_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/ipcshark-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(EXPORT ipcshark FILE ipcshark-targets.cmake NAMESPACE ipcshark::
  DESTINATION ${config_dir} COMPONENT development)
install(FILES ${CMAKE_BINARY_DIR}/ipcshark-config.cmake
  ${CMAKE_BINARY_DIR}/ipcshark-config-version.cmake
  DESTINATION ${config_dir} COMPONENT development)

file(RELATIVE_PATH IPCSHARK_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" IPCSHARK_PC_PREFIX "${IPCSHARK_PC_PREFIX}")
foreach(package ipcshark ipctap)
  if(package STREQUAL ipctap AND NOT TARGET ipctap)
    continue()
  endif()
  configure_file(${CMAKE_CURRENT_LIST_DIR}/${package}.pc.in ${CMAKE_BINARY_DIR}/${package}.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/${package}.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
endforeach()
