// SPDX-License-Identifier: Apache-2.0
#include "stats/hdr_encoding.h"

#include <gmock/gmock.h>
#include <zlib.h>

#include <memory>

#include "base/base64.h"
#include "stats/histogram.h"

namespace mailvoid::stats {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

SparseHistogram of(std::vector<std::pair<std::uint32_t, std::uint64_t>> counts) {
  SparseHistogram histogram;
  histogram.counts = std::move(counts);
  return histogram;
}

// The text of a histogram whose plain octets are these.
std::string packed(const std::string& plain) {
  std::string deflated(compressBound(plain.size()), '\0');
  uLongf size = deflated.size();
  compress(reinterpret_cast<Bytef*>(deflated.data()), &size, reinterpret_cast<const Bytef*>(plain.data()),
           plain.size());
  deflated.resize(size);
  const std::string length{'\0', '\0', static_cast<char>(size >> 8), static_cast<char>(size & 0xff)};
  return base64("\x1c\x84\x93\x14" + length + deflated);
}

std::string unpacked(const std::string& text) {
  std::string octets;
  EXPECT_TRUE(append_decoded_base64(text, octets));
  std::string plain(100'000, '\0');
  uLongf size = plain.size();
  EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(plain.data()), &size,
                       reinterpret_cast<const Bytef*>(octets.data() + 8), octets.size() - 8),
            Z_OK);
  plain.resize(size);
  return plain;
}

std::string with_header(const std::string& counts, char digits = 2) {
  std::string header("\x1c\x84\x93\x13\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\x23\xc3\x46\0", 32);
  header[7] = static_cast<char>(counts.size());
  header[15] = digits;
  return header + std::string("\x3f\xf0\0\0\0\0\0\0", 8) + counts;
}

TEST(HdrEncoding, WritesTheV2EncodingOctetByOctet) {
  const std::string text = hdr_text(of({{0, 1}, {2, 64}, {10, 3}}));
  EXPECT_THAT(text, StartsWith("HISTFAAAA"));
  // 1, one 0, 64 in two octets, seven 0s as -7, 3; each ZigZag.
  EXPECT_EQ(unpacked(text), with_header(std::string("\x02\x00\x80\x01\x0d\x06", 6)));
}

TEST(HdrEncoding, ReadsBackWhatItWrote) {
  const auto histogram = std::make_unique<Histogram>();
  for (std::int64_t i = 0; i < 100'000; ++i) histogram->record(std::chrono::microseconds(i * i));
  SparseHistogram all(histogram->snapshot());
  all.counts.front().second = 1'000'000'000'000'000;  // nine octets
  const auto back = parse_hdr_text(hdr_text(all));
  ASSERT_TRUE(back) << back.error();
  EXPECT_EQ(back->counts, all.counts);
  EXPECT_EQ(parse_hdr_text(hdr_text(SparseHistogram()))->counts, SparseHistogram().counts);
}

TEST(HdrEncoding, TakesCountsOf63Bits) {
  const SparseHistogram most = of({{3071, (std::uint64_t{1} << 63) - 1}});
  EXPECT_EQ(parse_hdr_text(hdr_text(most))->counts, most.counts);
}

TEST(HdrEncoding, RefusesWhatIsNoHistogram) {
  const std::string good = hdr_text(of({{5, 5}}));
  EXPECT_EQ(parse_hdr_text("HIST!").error(), "is not base64");
  EXPECT_THAT(parse_hdr_text("").error(), HasSubstr("no compressed V2 histogram"));
  EXPECT_THAT(parse_hdr_text(base64("\x1c\x84\x93\x04then something else")).error(),
              HasSubstr("no compressed"));
  std::string octets;
  ASSERT_TRUE(append_decoded_base64(good, octets));
  EXPECT_THAT(parse_hdr_text(base64(octets.substr(0, octets.size() - 3))).error(), HasSubstr("cut short"));
  octets.back() = static_cast<char>(octets.back() ^ 1);
  EXPECT_THAT(parse_hdr_text(base64(octets)).error(), HasSubstr("inflated"));
}

TEST(HdrEncoding, RefusesAnotherLayoutAndCountsBeyondIt) {
  EXPECT_TRUE(parse_hdr_text(packed(with_header("\x02"))));
  EXPECT_THAT(parse_hdr_text(packed(with_header("\x02", 3))).error(), HasSubstr("another layout"));
  EXPECT_THAT(parse_hdr_text(packed("short")).error(), HasSubstr("no V2 histogram"));
  EXPECT_THAT(parse_hdr_text(packed(with_header("\x80"))).error(), HasSubstr("inside of a number"));
  // -3,072 and then 1; ZigZag 6,143.
  EXPECT_THAT(parse_hdr_text(packed(with_header("\xff\x2f\x02"))).error(), HasSubstr("more counts"));
  // The least number there is: more 0s than any range.
  EXPECT_THAT(parse_hdr_text(packed(with_header("\xff\xff\xff\xff\xff\xff\xff\xff\xff"))).error(),
              HasSubstr("more counts"));
}

}  // namespace
}  // namespace mailvoid::stats
