// SPDX-License-Identifier: Apache-2.0
// Runs every scanner of this machine on the same octets, whole and split, and aborts on any difference from
// the oracle of the unit tests, or between two of them.
//
// The input: two octets that place a split, one that says how much room there is for spans, then the data.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "scan/data_scan.h"
#include "scan/line_find.h"
#include "scan/simd.h"
#include "tests/unit/scan/data_oracle.h"

namespace mailvoid::scan {
namespace {

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

struct Progress {
  DataState state = DataState::crlf;
  DataCounts counts = {};
  std::size_t consumed = 0;
  bool ended = false;
  std::string content = {};
};

// Pieces are copied to memory of their own size, so that the address sanitizer sees every octet too far.
void discard(Progress& progress, const std::vector<char>& piece) {
  if (!progress.ended) {
    const DataScan scan = discard_data({piece.data(), piece.size()}, progress.state, progress.counts);
    progress.consumed += scan.consumed;
    progress.ended = scan.ended;
    require(scan.ended || scan.consumed == piece.size());
  }
}

void deliver(Progress& progress, const std::vector<char>& piece, std::size_t room) {
  std::array<std::string_view, 4> spans;
  std::string_view rest{piece.data(), piece.size()};
  while (!progress.ended && !rest.empty()) {
    const DataDelivery delivery =
        deliver_data(rest, std::span(spans).first(room), progress.state, progress.counts);
    require(delivery.consumed > 0 || delivery.spans > 0);
    for (std::size_t i = 0; i < delivery.spans; ++i) {
      require(!spans[i].empty());
      progress.content += spans[i];
    }
    progress.consumed += delivery.consumed;
    progress.ended = delivery.ended;
    rest.remove_prefix(delivery.consumed);
  }
}

void require_expected(const Progress& progress, const DataExpectation& expected) {
  require(progress.counts == expected.counts && progress.state == expected.state);
  require(progress.consumed == expected.consumed && progress.ended == expected.ended);
}

void check_data(std::string_view in, std::size_t split, std::size_t room) {
  const DataExpectation expected = expect_data(in);
  for (const std::size_t first : {in.size(), split}) {
    const std::vector<char> head(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(first));
    const std::vector<char> tail(in.begin() + static_cast<std::ptrdiff_t>(first), in.end());
    Progress discarded;
    discard(discarded, head);
    discard(discarded, tail);
    require_expected(discarded, expected);
    Progress delivered;
    deliver(delivered, head, room);
    deliver(delivered, tail, room);
    require_expected(delivered, expected);
    require(delivered.content == expected.content);
  }
}

// Found whole, and again with a part of it seen before.
std::array<CommandLine, 2> find_line(std::string_view in, std::size_t split) {
  const std::vector<char> copy(in.begin(), in.end());
  const std::vector<char> head(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(split));
  const CommandLine whole = find_command_line({copy.data(), copy.size()});
  CommandLine resumed = find_command_line({head.data(), head.size()});
  if (!resumed.found()) {
    const CommandLine rest = find_command_line({copy.data(), copy.size()}, resumed.resume);
    resumed = {rest.length, rest.resume, resumed.has_control || rest.has_control,
               resumed.has_8bit || rest.has_8bit};
  }
  require(whole == resumed);
  return {whole, resumed};
}

void check_all(std::string_view in, std::size_t split, std::size_t room) {
  require(force_simd("scalar"));
  const auto line = find_line(in, split);
  require(line[0].length == in.find("\r\n"));
  for (const std::string_view simd : simd_available()) {
    require(force_simd(simd));
    check_data(in, split, room);
    require(find_line(in, split) == line);
  }
}

}  // namespace
}  // namespace mailvoid::scan

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size >= 3) {
    const std::string_view in(reinterpret_cast<const char*>(data) + 3, size - 3);
    const std::size_t split = (data[0] + 256U * data[1]) % (in.size() + 1);
    mailvoid::scan::check_all(in, split, 1U + data[2] % 4U);
  }
  return 0;
}
