# SPDX-License-Identifier: Apache-2.0
# Run at each build (lib/base/CMakeLists.txt): writes FROM to TO with MAILVOID_REVISION filled in, and leaves TO alone
# when it would be the same. The revision is the short commit hash, with "+" where the tree differs from it;
# "unknown" outside git.
execute_process(COMMAND git -C "${SOURCE_DIR}" describe --always --dirty=+ --abbrev=10
                OUTPUT_VARIABLE MAILVOID_REVISION OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
                RESULT_VARIABLE revision_failed)
if(revision_failed)
  set(MAILVOID_REVISION unknown)
endif()
configure_file("${FROM}" "${TO}" @ONLY)
