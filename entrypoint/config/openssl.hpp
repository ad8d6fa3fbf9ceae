#pragma once

namespace config {

/// OpenSSL reads no configuration file in this process: an image's openssl.cnf may name modules,
/// which a static binary must not load. Called by main before anything uses OpenSSL (libpq, the
/// derived password).
void ignore_openssl_configuration();

}  // namespace config
