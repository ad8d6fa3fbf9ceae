# libpq::libpq, static, from libpq.sh beside this file. Built while configuring, kept outside the
# build directories so that all of them share it.
execute_process(
  COMMAND ${CMAKE_COMMAND} -E env "CC=${CMAKE_C_COMPILER}"
          ${CMAKE_CURRENT_LIST_DIR}/libpq.sh ${PROJECT_SOURCE_DIR}/build/deps ${PGORDINAL_POSTGRES_SOURCE}
  OUTPUT_VARIABLE libpq_directory
  OUTPUT_STRIP_TRAILING_WHITESPACE
  COMMAND_ERROR_IS_FATAL ANY)

add_library(libpq::libpq STATIC IMPORTED)
set_target_properties(libpq::libpq PROPERTIES
  IMPORTED_LOCATION ${libpq_directory}/lib/libpq.a
  INTERFACE_INCLUDE_DIRECTORIES ${libpq_directory}/include)
target_link_libraries(libpq::libpq INTERFACE
  ${libpq_directory}/lib/libpgcommon_shlib.a
  ${libpq_directory}/lib/libpgport_shlib.a
  OpenSSL::SSL
  OpenSSL::Crypto)
