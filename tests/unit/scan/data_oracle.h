// SPDX-License-Identifier: Apache-2.0
// What a scan of DATA must give, worked out the slow way: look for the end in the whole message, cut it into
// lines, strip a dot from each. It shares nothing with the scanner, neither code nor the idea of a state
// machine.
#pragma once

#include <string>
#include <string_view>

#include "scan/data_scan.h"

namespace mailvoid::scan {

struct DataExpectation {
  std::string content = {};
  DataCounts counts = {};
  DataState state = DataState::crlf;
  std::size_t consumed = 0;
  bool ended = false;
};

inline std::size_t count_of(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + what.size())) {
    ++count;
  }
  return count;
}

// `in` begins where the data begin.
inline DataExpectation expect_data(std::string_view in) {
  DataExpectation expected;
  std::string_view lines = in;
  if (in.starts_with(".\r\n")) {
    expected.ended = true;
    lines = "";
  } else if (const std::size_t end = in.find("\r\n.\r\n"); end != in.npos) {
    expected.ended = true;
    lines = in.substr(0, end + 2);
  }
  expected.consumed = expected.ended ? lines.size() + 3 : in.size();

  std::string_view line;
  for (std::string_view rest = lines; !rest.empty(); rest.remove_prefix(line.size())) {
    const std::size_t crlf = rest.find("\r\n");
    line = crlf == rest.npos ? rest : rest.substr(0, crlf + 2);
    if (line == "." || line == ".\r") {
      break;  // undecided
    }
    const bool stuffed = line.starts_with('.');
    expected.counts.stuffed_dots += stuffed;
    expected.content += line.substr(stuffed);
  }

  // A CR at the very end may get its LF yet.
  const std::string& content = expected.content;
  expected.counts.octets = content.size();
  expected.counts.lines = count_of(content, "\r\n");
  expected.counts.bare_lf = count_of(content, "\n") - expected.counts.lines;
  expected.counts.bare_cr = count_of(content, "\r") - expected.counts.lines - content.ends_with('\r');

  if (expected.ended || lines.empty() || lines.ends_with("\r\n")) {
    expected.state = DataState::crlf;
  } else if (line == ".") {
    expected.state = DataState::crlf_dot;
  } else if (line == ".\r") {
    expected.state = DataState::crlf_dot_cr;
  } else {
    expected.state = line.ends_with('\r') ? DataState::cr : DataState::text;
  }
  return expected;
}

}  // namespace mailvoid::scan
