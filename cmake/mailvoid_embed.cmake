# SPDX-License-Identifier: Apache-2.0
# Octets of files in a program.
#
# mailvoid_embed(TARGET HEADER header NAMESPACE namespace [NAME name] FILES name file...): adds a source to TARGET that defines
# `const std::string_view namespace::name` as the octets of `file` for each pair; `header` declares them. A file that
# changes is compiled in anew. A target that embeds twice gives each a NAME.
#
# Run as a script (cmake -P) this file writes that source.
if(CMAKE_SCRIPT_MODE_FILE)
  set(source "// Made by cmake/mailvoid_embed.cmake.\n#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\n")
  while(FILES)
    list(POP_FRONT FILES name file)
    file(READ "${file}" octets HEX)
    string(LENGTH "${octets}" digits)
    math(EXPR size "${digits} / 2")
    string(REGEX REPLACE "(..)" "0x\\1," octets "${octets}")
    string(APPEND source
      "namespace {\nconst unsigned char ${name}_octets[] = {${octets}0};\n}\n"
      "const std::string_view ${name}(reinterpret_cast<const char*>(${name}_octets), ${size});\n")
  endwhile()
  file(WRITE "${TO}" "${source}}  // namespace ${NAMESPACE}\n")
  return()
endif()

set(mailvoid_embed_script "${CMAKE_CURRENT_LIST_FILE}")

function(mailvoid_embed target)
  cmake_parse_arguments(arg "" "HEADER;NAMESPACE;NAME" "FILES" ${ARGN})
  set(source "${CMAKE_CURRENT_BINARY_DIR}/${target}${arg_NAME}_embedded.cc")
  if(arg_NAME)
    set(arg_NAME "_${arg_NAME}")
  endif()
  set(pairs ${arg_FILES})
  set(absolute)
  set(files)
  while(pairs)
    list(POP_FRONT pairs name file)
    file(REAL_PATH "${file}" path)
    list(APPEND absolute "${name}" "${path}")
    list(APPEND files "${path}")
  endwhile()
  add_custom_command(OUTPUT "${source}"
    COMMAND "${CMAKE_COMMAND}" "-DHEADER=${arg_HEADER}" "-DNAMESPACE=${arg_NAMESPACE}" "-DFILES=${absolute}" "-DTO=${source}"
            -P "${mailvoid_embed_script}"
    DEPENDS ${files} "${mailvoid_embed_script}"
    COMMENT "Embedding files in ${target}"
    VERBATIM)
  target_sources(${target} PRIVATE "${source}")
endfunction()
