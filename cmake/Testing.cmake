# SPDX-License-Identifier: GPL-2.0-or-later
set(IPCSHARK_TEST_PATIENCE 1 CACHE STRING "How many times longer than usual a test may take")
math(EXPR ipcshark_test_seconds "120 * ${IPCSHARK_TEST_PATIENCE}")
math(EXPR ipcshark_script_test_seconds "300 * ${IPCSHARK_TEST_PATIENCE}")

# ipcshark_test(NAME SOURCES file… [LIBRARIES target…] [LABELS label…])
# A GLib test program (g_test, TAP output), one ctest entry.
function(ipcshark_test name)
  cmake_parse_arguments(PARSE_ARGV 1 TEST "" "" "SOURCES;LIBRARIES;LABELS")
  add_executable(test_${name} ${TEST_SOURCES})
  set_target_properties(test_${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(test_${name} PRIVATE ${TEST_LIBRARIES} PkgConfig::GLIB ipcshark_warnings)
  target_compile_definitions(test_${name} PRIVATE
    TEST_SOURCE_DIR="${CMAKE_SOURCE_DIR}/tests" TEST_BINARY_DIR="${CMAKE_BINARY_DIR}")
  add_test(NAME ${name} COMMAND test_${name} --tap)
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ipcshark_test_seconds})
  if(TEST_LABELS)
    set_tests_properties(${name} PROPERTIES LABELS "${TEST_LABELS}")
  endif()
endfunction()

# ipcshark_script_test(NAME script argument…)
# A test that is a script; it finds the build through IPCSHARK_BUILD and the tree through
# IPCSHARK_SOURCE.
function(ipcshark_script_test name)
  add_test(NAME ${name} COMMAND ${ARGN})
  set_tests_properties(${name} PROPERTIES
    ENVIRONMENT "IPCSHARK_BUILD=${CMAKE_BINARY_DIR};IPCSHARK_SOURCE=${CMAKE_SOURCE_DIR}"
    TIMEOUT ${ipcshark_script_test_seconds})
endfunction()
