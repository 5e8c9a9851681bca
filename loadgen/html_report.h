// SPDX-License-Identifier: Apache-2.0
// The result of a run as a page for people: one file that needs nothing else.
#pragma once

#include <string>
#include <string_view>

namespace mailvoid::loadgen {

// An HTML document that shows the result of a run or of find-limit (docs/results.md, as JSON), and holds it
// whole. Results of older programs are shown as far as they go. Nothing that a server has said, or that
// stands in the mail, is taken for more than text. REQUIRES: `result` is JSON, an object; `target` is what
// the run went against, for the title.
[[nodiscard]] std::string html_report(std::string_view result, std::string_view target);

}  // namespace mailvoid::loadgen
