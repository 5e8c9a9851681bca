// SPDX-License-Identifier: Apache-2.0
#include "tls/codec_bio.h"

#include <openssl/bio.h>

#include "tls/codec.h"

namespace mailvoid::tls {
namespace {

Codec& codec_of(BIO* bio) { return *static_cast<Codec*>(BIO_get_data(bio)); }

int read(BIO* bio, char* to, std::size_t octets_max, std::size_t* read) {
  BIO_clear_retry_flags(bio);
  *read = codec_of(bio).take_ciphertext(to, octets_max);
  if (*read > 0) return 1;
  BIO_set_retry_read(bio);
  return 0;
}

int write(BIO* bio, const char* from, std::size_t octets, std::size_t* written) {
  BIO_clear_retry_flags(bio);
  *written = codec_of(bio).queue_ciphertext({from, octets});
  if (*written > 0) return 1;
  BIO_set_retry_write(bio);
  return 0;
}

long control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* make_method() {
  BIO_METHOD* const method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "codec");
  if (method == nullptr) return nullptr;
  BIO_meth_set_read_ex(method, read);
  BIO_meth_set_write_ex(method, write);
  BIO_meth_set_ctrl(method, control);
  return method;
}

}  // namespace

BIO* make_codec_bio(Codec& codec) {
  static BIO_METHOD* const method = make_method();
  BIO* const bio = method == nullptr ? nullptr : BIO_new(method);
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, &codec);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace mailvoid::tls
