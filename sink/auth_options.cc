// SPDX-License-Identifier: Apache-2.0
#include "sink/auth_options.h"

#include <fmt/format.h>

#include <algorithm>

namespace mailvoid::sink {
namespace {

using config::Parsed;

constexpr std::string_view kFile = "file:";

// What --auth takes.
struct Choice {
  AuthMode mode = AuthMode::off;
  std::string path;
};

Parsed<Choice> parse_choice(std::string_view text) {
  if (text == "off") return Choice{AuthMode::off, ""};
  if (text == "accept") return Choice{AuthMode::accept, ""};
  if (text == "fail") return Choice{AuthMode::fail, ""};
  if (!text.starts_with(kFile)) return std::unexpected("is none of accept, file:PATH, fail and off");
  if (text == kFile) return std::unexpected("names no file: write file:/etc/mailvoid/users");
  return Choice{AuthMode::file, std::string(text.substr(kFile.size()))};
}

std::string choice_text(const Choice& choice) {
  switch (choice.mode) {
    case AuthMode::off: return "off";
    case AuthMode::accept: return "accept";
    case AuthMode::fail: return "fail";
    case AuthMode::file: return std::string(kFile) + choice.path;
  }
  return "";
}

Parsed<sasl::Mechanism> parse_mechanism(std::string_view text) {
  const auto mechanism = sasl::find_mechanism(text);
  if (!mechanism) return std::unexpected("is unknown; it can be " + offered_mechanisms({}).names());
  return *mechanism;
}

config::Value<sasl::Mechanism> mechanism() {
  return {"NAME", parse_mechanism, [](const sasl::Mechanism& m) { return std::string(sasl::facts(m).name); }};
}

}  // namespace

sasl::MechanismSet offered_mechanisms(const std::vector<sasl::Mechanism>& asked) {
  sasl::MechanismSet set;
  for (std::size_t i = 0; i < sasl::kMechanismCount; ++i) {
    const auto mechanism = static_cast<sasl::Mechanism>(i);
    if (asked.empty() || std::ranges::find(asked, mechanism) != asked.end()) set.add(mechanism);
  }
  return set;
}

void describe_auth(config::CommandLine& line, AuthOptions& options) {
  line.group("Who may log in");
  config::Value<AuthOptions> kind{"accept|file:PATH|fail|off",
                                  [&options](std::string_view text) -> Parsed<AuthOptions> {
                                    auto choice = parse_choice(text);
                                    if (!choice) return std::unexpected(choice.error());
                                    AuthOptions changed = options;
                                    changed.mode = choice->mode;
                                    changed.path = std::move(choice->path);
                                    return changed;
                                  },
                                  [](const AuthOptions& o) { return choice_text({o.mode, o.path}); }};
  line.value("auth", options, kind,
             "offer AUTH. accept: any user and password (but no SCRAM, for which the server must know the "
             "password); file:PATH: lines of USER:PASSWORD, or of USER:SCRAM-SHA-256$... as PostgreSQL keeps "
             "them, # "
             "begins a comment, read again on SIGHUP; fail: every attempt is answered 535");
  line.list("auth-mechanisms", options.mechanisms, mechanism(),
            fmt::format("which to offer, with commas between them; without it all that can succeed of {}",
                        offered_mechanisms({}).names()))
      .commas = true;
  line.flag(
      "auth-requires-tls", options.requires_tls,
      "offer AUTH inside TLS only. Without it PLAIN and LOGIN are offered in the clear as well: this is a "
      "test server, and clients that refuse to send passwords so do it by themselves");
  line.flag("auth-required", options.required, "no mail before AUTH has succeeded: 530");
}

std::pair<std::string, std::string> auth_fault(const config::CommandLine& line, const AuthOptions& options,
                                               bool tls) {
  if (options.mode == AuthMode::off) {
    for (const char* name : {"auth-mechanisms", "auth-requires-tls", "auth-required"}) {
      if (line.given(name)) return {name, "means nothing without --auth"};
    }
    return {};
  }
  for (const sasl::Mechanism mechanism : options.mechanisms) {
    const sasl::MechanismFacts& facts = sasl::facts(mechanism);
    if (facts.knows_password && options.mode == AuthMode::accept) {
      return {"auth-mechanisms",
              fmt::format("{} needs --auth file:PATH: the server must know the password", facts.name)};
    }
    if (facts.binds_channel && !tls) {
      return {"auth-mechanisms",
              fmt::format("{} binds to TLS: give --tls-cert or --tls-self-signed", facts.name)};
    }
  }
  return {};
}

}  // namespace mailvoid::sink
