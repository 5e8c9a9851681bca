// SPDX-License-Identifier: Apache-2.0
#include "loadgen/mail_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "loadgen/address_list.h"
#include "loadgen/address_template.h"
#include "loadgen/content.h"
#include "loadgen/header_field.h"
#include "loadgen/size_units.h"
#include "loadgen/text_file.h"
#include "loadgen/zipf.h"

namespace mailvoid::loadgen {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr std::uint64_t kUsersMax = 1'000'000'000'000;

template <class T>
std::string fault_of(const std::expected<T, std::string>& parsed) {
  return parsed ? "" : parsed.error();
}

std::string check_nonempty(std::string_view text) { return text.empty() ? "is empty" : ""; }

std::string check_size(std::string_view text) { return fault_of(Distribution::parse(text, kSizeUnit)); }

std::string check_content(std::string_view text) { return fault_of(parse_content(text)); }

std::string check_recipients(std::string_view text) {
  return fault_of(Distribution::parse(text, kRecipientUnit));
}

std::string check_header(std::string_view text) { return fault_of(parse_header_field(text)); }

std::string check_subject(std::string_view text) {
  return fault_of(parse_header_field(fmt::format("Subject: {}", text)));
}

std::string check_from(std::string_view text) { return fault_of(AddressTemplate::parse(text)); }

// Whether {user} and {domain} may be used is seen when all options are known.
std::string check_to(std::string_view text) {
  if (text.empty()) return "is empty";
  return fault_of(AddressTemplate::parse(text, {.user = true, .domain_octets_max = 1}));
}

std::string check_domains(std::string_view text) { return fault_of(AddressList::parse_domains(text)); }

std::string check_zipf(std::string_view text) {
  return fault_of(read_decimal(text, "exponent", Zipf::kExponentMax));
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::string_view line = take_until(text, '\n');
    if (!line.empty()) lines.emplace_back(line);
  }
  return lines;
}

// Whether a field tells how a body is to be read.
bool is_of_mime(std::string_view field) {
  const std::string_view name = field.substr(0, field.find(':'));
  return same_field(name, "MIME-Version") || same_field(name.substr(0, 8), "Content-");
}

void describe_content(config::SettingTable& line, MailOptions& options) {
  line.value("size", options.size, config::text("SIZE", check_size),
             "generated messages of this size, header and text with CRLFs (RFC 1870): 10k; drawn: 1k..100k, "
             "4k=70,64k=30, lognormal:MEDIAN,SIGMA[,MAX], histogram:FILE (lines of size and weight), "
             "corpus:PATH (the sizes of those messages); excludes --mail");
  line.value(
      "content", options.content, config::text("KIND[=WEIGHT],...", check_content),
      "what generated messages are: plain, text without MIME; or MIME in many languages and forms: text, "
      "html, alternative, related, attachment, uuencode, nested, rfc822; several by weight, or all");
  line.value("mail", options.mail, config::text("PATH", check_nonempty),
             "send these instead: an .eml file, a directory of such files, an mbox or a Maildir (maildir:DIR "
             "insists on one)");
  line.value(
      "mail-order", options.mail_order, config::choice("ORDER", {"sequential", "shuffled", "random"}),
      "the order of --mail: as they stand, again and again; in an order that the seed gives, again and "
      "again; or each drawn anew");
  // A field may hold commas: in the environment each stands on a line of its own.
  line.list("header", options.headers, config::text("'NAME: TEXT'", check_header),
            "add this field to the header; {message}, {session}, {run}, {id}, {date}, {from}, {to} "
            "and {rand:N} become values. Of generated mail it replaces a field of that name")
      .split = lines_of;
  line.list("header-replace", options.replaced, config::text("'NAME: TEXT'", check_header),
            "likewise, and of --mail all fields of that name go")
      .split = lines_of;
  line.value("subject", options.subject, config::text("TEXT", check_subject),
             "short for --header-replace 'Subject: TEXT'");
  line.value("memory-limit", options.memory_max, config::bytes<std::uint64_t>(kMiB),
             "memory that messages may take");
}

}  // namespace

MailOptions default_mail() {
  MailOptions options;
  options.size = "4KiB";
  options.content = "plain";
  options.mail_order = "sequential";
  options.memory_max = 1024 * kMiB;
  options.recipients = "1";
  options.from = "sender@loadgen.example";
  options.to = "user{recipient}@sink.example";
  options.seed = 1;
  return options;
}

std::vector<std::string> beyond_ascii(const MailOptions& options) {
  const auto is_ascii = [](std::string_view text) {
    return std::ranges::all_of(text, [](char octet) { return (octet & 0x80) == 0; });
  };
  std::vector<std::string> names;
  const auto look = [&](const char* name, std::string_view text) {
    if (!is_ascii(text)) names.emplace_back(name);
  };
  look("from", options.from);
  look("to", options.to);
  look("to-domain", options.to_domain);
  look("subject", options.subject);
  for (const std::string& header : options.headers) look("header", header);
  for (const std::string& header : options.replaced) look("header-replace", header);
  return names;
}

void describe_mail(config::SettingTable& line, MailOptions& options) {
  describe_content(line, options);
  line.value("recipients", options.recipients, config::text("N", check_recipients),
             "recipients of a message: a number; drawn: 1..10, 1=80,5=15,100=5, zipf:S,MAX, histogram:FILE");
  line.value(
      "from", options.from, config::text("TEMPLATE", check_from),
      "the sender's address, <> if empty; {session}, {message}, {recipient} and {rand:N} become numbers");
  line.value("from-file", options.from_file, config::text("FILE", check_nonempty),
             "senders drawn from a file instead: a line is an address, or an address and its weight");
  line.value("to", options.to, config::text("TEMPLATE", check_to),
             "the recipients' addresses, likewise; with --to-users {user} is one of them, with --to-domain "
             "{domain}");
  line.value("to-file", options.to_file, config::text("FILE", check_nonempty),
             "recipients drawn from a file instead, all different within a message");
  line.value("to-domain", options.to_domain, config::text("DOMAIN=WEIGHT,...", check_domains),
             "{domain} in --to is one of these, drawn by weight");
  line.value("to-users", options.to_users, config::count<std::uint64_t>(0, kUsersMax),
             "{user} in --to is a number from 1 to this, drawn; all different within a message; 0 for none");
  line.value("to-zipf", options.to_zipf, config::text("S", check_zipf),
             "draw from --to-users or --to-file by Zipf's law: the k-th as often as k^-S");
  line.value("seed", options.seed, config::count<std::uint64_t>(0), "what is random follows from it");
}

std::pair<std::string, std::string> settle_mail(MailOptions& options,
                                                const std::function<bool(std::string_view)>& given) {
  using Field = TextTemplate::Field;
  const auto together = [](std::string_view other, std::string_view why) {
    return fmt::format("cannot be given together with --{}{}", other, why);
  };
  if (!options.mail.empty() && given("size"))
    return {"size", together("mail", ", whose messages have their own")};
  if (!options.mail.empty() && given("content"))
    return {"content", together("mail", ", whose messages have their own")};
  if (options.mail.empty() && options.content != "plain") {
    for (const auto& [name, texts] :
         {std::pair("header", &options.headers), std::pair("header-replace", &options.replaced)}) {
      for (const std::string& text : *texts) {
        if (is_of_mime(text)) return {name, fmt::format("'{}' is --content's to say", text)};
      }
    }
  }
  if (!options.from_file.empty() && given("from")) return {"from", together("from-file", "")};
  if (!options.to_file.empty()) {
    for (const char* const other : {"to", "to-domain", "to-users"}) {
      if (given(other)) return {other, together("to-file", "")};
    }
  }
  if (!options.to_zipf.empty() && options.to_users == 0 && options.to_file.empty())
    return {"to-zipf", "needs --to-users or --to-file"};
  if (!given("to") && (options.to_users > 0 || !options.to_domain.empty())) {
    options.to = fmt::format("user{{{}}}@{}", options.to_users > 0 ? "user" : "recipient",
                             options.to_domain.empty() ? "sink.example" : "{domain}");
  }
  const auto to = AddressTemplate::parse(options.to, {.user = true, .domain_octets_max = 1});
  struct Drawn {
    Field field;
    std::string_view placeholder, option;
    bool there;
  };
  for (const Drawn& drawn : {Drawn{Field::user, "{user}", "to-users", options.to_users > 0},
                             Drawn{Field::domain, "{domain}", "to-domain", !options.to_domain.empty()}}) {
    if (!to || to->uses(drawn.field) == drawn.there) continue;
    if (drawn.there) return {std::string(drawn.option), fmt::format("needs {} in --to", drawn.placeholder)};
    return {"to", fmt::format("has {}, which needs --{}", drawn.placeholder, drawn.option)};
  }
  return {};
}

}  // namespace mailvoid::loadgen
