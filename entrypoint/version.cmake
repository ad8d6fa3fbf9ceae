# What --version prints and the SBOM lists: this program and everything linked into it, from one table.
#
# Included by CMakeLists.txt it finds the versions and makes the target build_version; run by that target, at each build, it
# asks git for the source's version and writes what has changed:
#   <build>/include/build_version/build_version.hpp
#   <build>/pgordinal.spdx.json                        SPDX 2.3

if(CMAKE_SCRIPT_MODE_FILE)
  cmake_minimum_required(VERSION 3.25)  # before the functions, which keep its policies
endif()

# One row for each: name | licence (SPDX) | static archives, none where only headers are used | version.
# tests/integration/test_version.py holds the rows to the link map and to the headers that were read.
function(pgordinal_components result)
  set(headers_of_c ${OPENSSL_INCLUDE_DIR} /usr/include/${CMAKE_LIBRARY_ARCHITECTURE} /usr/include)
  find_file(glibc_header features.h PATHS ${headers_of_c} REQUIRED)
  version_in(glibc ${glibc_header} "__GLIBC__[ \t]+([0-9]+)" "__GLIBC_MINOR__[ \t]+([0-9]+)")
  version_in(spdlog ${SPDLOG_INCLUDE_DIR}/spdlog/version.h "VER_MAJOR ([0-9]+)" "VER_MINOR ([0-9]+)" "VER_PATCH ([0-9]+)")
  version_in(cli11 ${CLI11_INCLUDE_DIR}/CLI/Version.hpp "VERSION_MAJOR ([0-9]+)" "VERSION_MINOR ([0-9]+)" "VERSION_PATCH ([0-9]+)")
  version_in(fmt ${FMT_VERSION_FILE} "FMT_VERSION ([0-9]+)")
  math(EXPR fmt_major "${fmt} / 10000")
  math(EXPR fmt_minor "${fmt} / 100 % 100")
  math(EXPR fmt_patch "${fmt} % 100")
  find_file(toml_version NAMES toml++/impl/version.hpp toml++/impl/version.h PATHS ${TOMLPLUSPLUS_INCLUDE_DIR} REQUIRED)
  version_in(toml ${toml_version} "LIB_MAJOR[ \t]+([0-9]+)" "LIB_MINOR[ \t]+([0-9]+)" "LIB_PATCH[ \t]+([0-9]+)")
  string(REGEX MATCH "libpq-([0-9.]+)" _ "${libpq_directory}")
  set(libpq ${CMAKE_MATCH_1})
  set(${result}
    "libpq|PostgreSQL|libpq.a libpgcommon_shlib.a libpgport_shlib.a|${libpq}"
    "OpenSSL|Apache-2.0|libssl.a libcrypto.a|${OPENSSL_VERSION}"
    "Boost|BSL-1.0|libasio.a libasio_ssl.a libboost_json.a libboost_process.a|${Boost_VERSION_STRING}"
    "spdlog|MIT||${spdlog}"
    "fmt|MIT||${fmt_major}.${fmt_minor}.${fmt_patch}"
    "toml++|MIT|libtomlplusplus.a|${toml}"
    "CLI11|BSD-3-Clause||${cli11}"
    "glibc|LGPL-2.1-or-later|libc.a libm.a|${glibc}"
    "libstdc++|GPL-3.0-or-later WITH GCC-exception-3.1|libstdc++.a libgcc.a libgcc_eh.a|${CMAKE_CXX_COMPILER_VERSION}"
    PARENT_SCOPE)
endfunction()

# The numbers that the patterns find in a header, with dots between them.
function(version_in result file)
  file(READ ${file} text)
  set(numbers "")
  foreach(pattern IN LISTS ARGN)
    string(REGEX MATCH "${pattern}" found "${text}")
    if(NOT found)
      message(FATAL_ERROR "${file} does not say its version: nothing fits ${pattern}")
    endif()
    list(APPEND numbers ${CMAKE_MATCH_1})
  endforeach()
  list(JOIN numbers . joined)
  set(${result} ${joined} PARENT_SCOPE)
endfunction()

# The source's version, and its date in seconds since 1970: given, or of the commit, or unknown.
function(source_version revision epoch)
  set(found "${REVISION}")
  set(date "$ENV{SOURCE_DATE_EPOCH}")
  find_program(GIT git)
  if(GIT AND EXISTS ${SOURCE}/.git)
    if(NOT found)
      execute_process(COMMAND ${GIT} -C ${SOURCE} describe --always --dirty --abbrev=12 OUTPUT_VARIABLE found
                      OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    endif()
    if(date STREQUAL "")
      execute_process(COMMAND ${GIT} -C ${SOURCE} log -1 --format=%ct OUTPUT_VARIABLE date
                      OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    endif()
  endif()
  if(NOT found)
    set(found unknown)
  endif()
  if(date STREQUAL "")
    set(date 0)
  endif()
  set(${revision} ${found} PARENT_SCOPE)
  set(${epoch} ${date} PARENT_SCOPE)
endfunction()

# One package of the SBOM, and its relation to ours, appended to two variables of the caller.
function(spdx_package to_packages to_relations name licence archives version)
  string(REGEX REPLACE "[^A-Za-z0-9.]" "-" id ${name})
  string(TOLOWER ${name} purl)
  string(REPLACE "+" "%2B" purl ${purl})
  set(info "its headers are compiled in")
  if(archives)
    set(info "statically linked: ${archives}")
  endif()
  string(APPEND ${to_packages} ",
    {
      \"SPDXID\": \"SPDXRef-${id}\", \"name\": \"${name}\", \"versionInfo\": \"${version}\",
      \"downloadLocation\": \"NOASSERTION\", \"filesAnalyzed\": false, \"copyrightText\": \"NOASSERTION\",
      \"licenseConcluded\": \"NOASSERTION\", \"licenseDeclared\": \"${licence}\", \"sourceInfo\": \"${info}\",
      \"externalRefs\": [{\"referenceCategory\": \"PACKAGE-MANAGER\", \"referenceType\": \"purl\",
                        \"referenceLocator\": \"pkg:generic/${purl}@${version}\"}]
    }")
  string(APPEND ${to_relations} ",
    {\"spdxElementId\": \"SPDXRef-pgordinal\", \"relationshipType\": \"STATIC_LINK\", \"relatedSpdxElement\": \"SPDXRef-${id}\"}")
  set(${to_packages} "${${to_packages}}" PARENT_SCOPE)
  set(${to_relations} "${${to_relations}}" PARENT_SCOPE)
endfunction()

function(write_both)
  source_version(revision epoch)
  set(ENV{SOURCE_DATE_EPOCH} ${epoch})
  string(TIMESTAMP created "%Y-%m-%dT%H:%M:%SZ" UTC)
  set(rows "")
  set(packages "")
  set(relations "")
  foreach(row IN LISTS COMPONENTS)
    string(REPLACE "|" ";" row "${row}")
    list(GET row 0 name)
    list(GET row 1 licence)
    list(GET row 2 archives)
    list(GET row 3 version)
    string(APPEND rows "\n    BuildComponent{\"${name}\", \"${version}\", \"${licence}\"},")
    spdx_package(packages relations "${name}" "${licence}" "${archives}" "${version}")
  endforeach()
  file(CONFIGURE OUTPUT ${HEADER} @ONLY CONTENT "#pragma once

#include <array>

// Written by entrypoint/version.cmake, for --version.

// The project's version as CMakeLists.txt has it, and which source that was.
inline constexpr char BUILD_VERSION[] = \"@VERSION@\";
inline constexpr char BUILD_REVISION[] = \"@revision@\";

// What is linked in, with its licence as SPDX names it.
struct BuildComponent {
  const char* name;
  const char* version;
  const char* licence;
};
inline constexpr std::array BUILD_COMPONENTS = {@rows@
};
")
  file(CONFIGURE OUTPUT ${SBOM} @ONLY CONTENT "{
  \"spdxVersion\": \"SPDX-2.3\", \"dataLicense\": \"CC0-1.0\", \"SPDXID\": \"SPDXRef-DOCUMENT\", \"name\": \"pgordinal-@VERSION@\",
  \"documentNamespace\": \"https://spdx.org/spdxdocs/pgordinal-@VERSION@-@revision@\",
  \"creationInfo\": {\"created\": \"@created@\", \"creators\": [\"Tool: pgordinal-entrypoint-version.cmake\"]},
  \"packages\": [
    {
      \"SPDXID\": \"SPDXRef-pgordinal\", \"name\": \"pgordinal\", \"versionInfo\": \"@VERSION@\", \"sourceInfo\": \"revision @revision@\",
      \"downloadLocation\": \"NOASSERTION\", \"filesAnalyzed\": false, \"copyrightText\": \"NOASSERTION\",
      \"licenseConcluded\": \"NOASSERTION\", \"licenseDeclared\": \"NOASSERTION\", \"primaryPackagePurpose\": \"APPLICATION\"
    }@packages@
  ],
  \"relationships\": [
    {\"spdxElementId\": \"SPDXRef-DOCUMENT\", \"relationshipType\": \"DESCRIBES\", \"relatedSpdxElement\": \"SPDXRef-pgordinal\"}@relations@
  ]
}
")
endfunction()

if(CMAKE_SCRIPT_MODE_FILE)
  include(${TABLE})
  write_both()
  return()
endif()

# Through a file: a list does not survive a command line.
pgordinal_components(components)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/components.cmake @ONLY CONTENT
"set(COMPONENTS [==[@components@]==])
set(VERSION @PROJECT_VERSION@)
set(REVISION \"@PGORDINAL_REVISION@\")
set(SOURCE [==[@PROJECT_SOURCE_DIR@]==])
set(HEADER [==[@PROJECT_BINARY_DIR@/include/build_version/build_version.hpp]==])
set(SBOM [==[@PROJECT_BINARY_DIR@/pgordinal.spdx.json]==])
")
add_custom_target(write_build_version
  COMMAND ${CMAKE_COMMAND} -DTABLE=${PROJECT_BINARY_DIR}/components.cmake -P ${CMAKE_CURRENT_LIST_FILE}
  BYPRODUCTS ${PROJECT_BINARY_DIR}/include/build_version/build_version.hpp ${PROJECT_BINARY_DIR}/pgordinal.spdx.json
  COMMENT "Version and SBOM")
add_library(build_version INTERFACE)
add_dependencies(build_version write_build_version)
target_include_directories(build_version INTERFACE ${PROJECT_BINARY_DIR}/include/build_version)
