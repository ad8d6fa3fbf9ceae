#include "config/openssl.hpp"

#include <openssl/crypto.h>

namespace config {

void ignore_openssl_configuration() {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
}

}  // namespace config
