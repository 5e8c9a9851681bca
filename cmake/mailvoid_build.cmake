# SPDX-License-Identifier: Apache-2.0
# How every target of ours is compiled, and the functions that declare one.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

# Warnings are errors with the compiler that CI uses; a newer one may warn of what nobody has seen yet, and must
# not keep a user from building.
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  option(MAILVOID_WERROR "treat warnings as errors" ON)
else()
  option(MAILVOID_WERROR "treat warnings as errors" OFF)
endif()

add_library(mailvoid_options INTERFACE)
target_compile_options(mailvoid_options INTERFACE
  -Wall -Wextra -Wpedantic $<$<BOOL:${MAILVOID_WERROR}>:-Werror> -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wimplicit-fallthrough -fno-omit-frame-pointer
  # GCC 12 sees overlapping copies in std::string that are not there (GCC bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
target_include_directories(mailvoid_options INTERFACE "${PROJECT_SOURCE_DIR}/lib" "${PROJECT_SOURCE_DIR}")
if(MAILVOID_SANITIZE)
  target_compile_options(mailvoid_options INTERFACE -fsanitize=${MAILVOID_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(mailvoid_options INTERFACE -fsanitize=${MAILVOID_SANITIZE})
endif()

# Link-time optimisation crosses from the shards into the engines, some 15 % of our own instructions a message.
# Libraries carry ordinary code as well, so that the many test binaries link without it.
option(MAILVOID_LTO "optimise the programs at link time" OFF)
if(MAILVOID_LTO)
  set(mailvoid_lto_compile -flto=auto -ffat-lto-objects)
  set(mailvoid_lto_link -flto=auto)
  # Without being told so the linker's plugin would take the other code all the same; GCC 14's then loses symbols.
  set(mailvoid_no_lto_link -fno-lto)
endif()

# mailvoid_library(NAME SOURCES ... [DEPS ...]): the layer lib/NAME, or a part of a program, as target
# mailvoid_NAME.
function(mailvoid_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  if(arg_SOURCES)
    add_library(mailvoid_${name} STATIC ${arg_SOURCES})
    target_link_libraries(mailvoid_${name} PUBLIC mailvoid_options ${arg_DEPS})
    target_compile_options(mailvoid_${name} PRIVATE ${mailvoid_lto_compile})
  else()
    add_library(mailvoid_${name} INTERFACE)
    target_link_libraries(mailvoid_${name} INTERFACE mailvoid_options ${arg_DEPS})
  endif()
endfunction()

# mailvoid_unit_test(NAME [THREADS] SOURCES ... [DEPS ...]): one GoogleTest binary, every case of it a ctest
# test labelled `unit`. THREADS: it starts threads. The thread sanitizer finds nothing in the others, so its
# preset does without them.
function(mailvoid_unit_test name)
  cmake_parse_arguments(arg "THREADS" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE mailvoid_options ${arg_DEPS} GTest::gmock_main)
  target_link_options(${name} PRIVATE ${mailvoid_no_lto_link})
  if(MAILVOID_SANITIZE STREQUAL thread AND NOT arg_THREADS)
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
    return()
  endif()
  gtest_discover_tests(${name} PROPERTIES LABELS unit TIMEOUT 120 DISCOVERY_TIMEOUT 60)
endfunction()

# mailvoid_benchmark(NAME SOURCES ... [DEPS ...]): one Google Benchmark binary.
function(mailvoid_benchmark name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE mailvoid_options ${arg_DEPS} benchmark::benchmark_main)
  target_link_options(${name} PRIVATE ${mailvoid_lto_link})
endfunction()

# mailvoid_program(NAME SOURCES ... [DEPS ...]): a program of ours, with mimalloc unless a sanitizer brings
# its own allocator.
function(mailvoid_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE mailvoid_options ${arg_DEPS})
  target_link_options(${name} PRIVATE ${mailvoid_lto_link})
  if(NOT MAILVOID_SANITIZE)
    target_link_libraries(${name} PRIVATE mimalloc)
  endif()
endfunction()
