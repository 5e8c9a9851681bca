// SPDX-License-Identifier: Apache-2.0
// Why a run cannot begin.
#pragma once

#include <string>
#include <utility>

namespace mailvoid::loadgen {

struct StartFault {
  // NOLINTNEXTLINE(google-explicit-constructor): what fails below says so in a line of text
  StartFault(std::string what, bool is_usage = false) : text(std::move(what)), usage(is_usage) {}

  std::string text;    // one line for the user; names the option
  bool usage = false;  // what was asked for makes no sense, whatever the machine and the target
};

}  // namespace mailvoid::loadgen
