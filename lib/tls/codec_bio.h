// SPDX-License-Identifier: Apache-2.0
// How OpenSSL reaches the ciphertext of a codec: a BIO over the span that is being pumped and the queue of
// what is to be sent. OpenSSL's own memory BIO copies once more and keeps what it grew.
#pragma once

#include <openssl/types.h>

namespace mailvoid::tls {

class Codec;

// nullptr when there is no memory. The codec outlives it.
[[nodiscard]] BIO* make_codec_bio(Codec& codec);

}  // namespace mailvoid::tls
