# SPDX-License-Identifier: GPL-2.0-or-later
# Debian packages, `cpack -G DEB` in a build folder that was configured with the prefix /usr:
#
#     ipcshark                the program, its manual pages, completion and documents
#     ipcshark-wireshark-4.0  plugin, capture helper and profile, for one version of Wireshark
#     libipcshark-dev         the libraries, for other programs
set(CPACK_GENERATOR DEB)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/debian/compress.cmake)
set(CPACK_PACKAGE_VENDOR ipcshark)
set(CPACK_PACKAGE_CONTACT "ipcshark maintainers <maintainers@ipcshark.invalid>" CACHE STRING
  "Maintainer of the Debian packages")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
# Each package has its own summary, the first line of its description.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_COMPONENTS_ALL development)
if(IPCSHARK_PROGRAM)
  list(APPEND CPACK_COMPONENTS_ALL tools)
endif()
if(IPCSHARK_PLUGIN)
  list(APPEND CPACK_COMPONENTS_ALL plugin)
endif()
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS OFF)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME ipcshark)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION net)
set(CPACK_DEBIAN_TOOLS_PACKAGE_RECOMMENDS "ipcshark-wireshark, tshark | wireshark")
set(CPACK_DEBIAN_TOOLS_DESCRIPTION "console IPC captured, imported, replayed and explained
Records, imports, decodes and compares the messages that programs of the
Nintendo Switch (HIPC, CMIF, TIPC), the Nintendo 3DS (command buffers) and
the PlayStation 4 (IPMI, App Messaging) send to the services of their systems,
as emulators and debuggers see them. A reference server with three simulated
kernels makes sample traffic.")

# A package of the plugin is complete: the program is linked as the capture helper, and the profile
# lies where Wireshark looks for those of all users. Elsewhere `ipcshark install` does that.
if(IPCSHARK_PLUGIN)
  set(CPACK_DEBIAN_PLUGIN_PACKAGE_NAME ipcshark-wireshark-${IPCSHARK_PLUGIN_WIRESHARK})
  set(CPACK_DEBIAN_PLUGIN_PACKAGE_SECTION net)
  set(CPACK_DEBIAN_PLUGIN_PACKAGE_PROVIDES ipcshark-wireshark)
  set(CPACK_DEBIAN_PLUGIN_PACKAGE_DEPENDS "ipcshark (>= ${PROJECT_VERSION})")
  set(CPACK_DEBIAN_PLUGIN_DESCRIPTION "console IPC in Wireshark ${IPCSHARK_PLUGIN_WIRESHARK}
The dissectors of the messages that programs of the Nintendo Switch, the
Nintendo 3DS and the PlayStation 4 send to the services of their systems, with
names, arguments, results and times, the capture interfaces \"Console IPC\" and
a profile with columns, colours and filter buttons.")
  file(RELATIVE_PATH extcap_dir ${Wireshark_INSTALL_PREFIX} ${Wireshark_EXTCAP_INSTALL_DIR})
  file(RELATIVE_PATH to_program /${extcap_dir} /${CMAKE_INSTALL_BINDIR}/ipcshark)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/debian/extcap)
  file(CREATE_LINK ${to_program} ${CMAKE_BINARY_DIR}/debian/extcap/ipcshark SYMBOLIC)
  install(FILES ${CMAKE_BINARY_DIR}/debian/extcap/ipcshark DESTINATION ${extcap_dir} COMPONENT plugin
    EXCLUDE_FROM_ALL)
  install(DIRECTORY ${CMAKE_SOURCE_DIR}/capture/install/profile/
    DESTINATION "${CMAKE_INSTALL_DATADIR}/wireshark/profiles/Console IPC" COMPONENT plugin
    EXCLUDE_FROM_ALL)
endif()

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libipcshark-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libc6-dev")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "codecs and capture shim for console IPC
Static libraries and headers: libipcshark decodes and encodes HIPC, CMIF and
TIPC of the Nintendo Switch, command buffers of the Nintendo 3DS, and IPMI and
App Messaging of the PlayStation 4; libipctap lets an emulator or a hook send
what it sees to a recorder or straight into Wireshark.")

# What Debian wants in every package: who may copy it, and what changed.
string(TIMESTAMP IPCSHARK_CHANGELOG_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
find_program(GZIP_PROGRAM gzip)
foreach(component ${CPACK_COMPONENTS_ALL})
  string(TOUPPER ${component} upper)
  set(package ${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
  set(folder ${CMAKE_BINARY_DIR}/debian/${package})
  configure_file(${CMAKE_CURRENT_LIST_DIR}/debian/changelog.in ${folder}/changelog @ONLY)
  execute_process(COMMAND ${GZIP_PROGRAM} -9nf ${folder}/changelog)
  install(FILES ${CMAKE_CURRENT_LIST_DIR}/debian/copyright ${folder}/changelog.gz
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package} COMPONENT ${component})
endforeach()
include(CPack)
