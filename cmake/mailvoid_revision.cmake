# SPDX-License-Identifier: Apache-2.0
# MAILVOID_REVISION: the short commit hash, with "+" where the tree differs from it; "unknown" outside git.
execute_process(COMMAND git -C "${PROJECT_SOURCE_DIR}" describe --always --dirty=+ --abbrev=10
                OUTPUT_VARIABLE MAILVOID_REVISION OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
                RESULT_VARIABLE revision_failed)
if(revision_failed)
  set(MAILVOID_REVISION unknown)
endif()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/.git/HEAD")
