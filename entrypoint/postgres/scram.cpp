#include <memory>

#include <libpq-fe.h>

#include "postgres/sql.hpp"

namespace postgres::sql {

std::expected<std::string, std::string> scram_verifier(const std::string& password) {
  // PQencryptPasswordConn wants a handle and, with the algorithm given, no server. A conninfo that
  // does not parse gives a handle without any attempt to connect.
  const std::unique_ptr<PGconn, decltype(&PQfinish)> handle(PQconnectStart("="), PQfinish);
  const std::unique_ptr<char, decltype(&PQfreemem)> verifier(
      PQencryptPasswordConn(handle.get(), password.c_str(), "", "scram-sha-256"), PQfreemem);
  if (!verifier)
    return std::unexpected("cannot make a SCRAM verifier: out of memory or of randomness");
  return std::string(verifier.get());
}

}  // namespace postgres::sql
