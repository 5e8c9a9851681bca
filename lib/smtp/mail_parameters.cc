// SPDX-License-Identifier: Apache-2.0
#include "smtp/mail_parameters.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>

#include "smtp/ascii.h"
#include "smtp/date_time.h"
#include "smtp/utf8.h"
#include "smtp/xtext.h"

namespace mailvoid::smtp {
namespace {

using std::unexpected;

constexpr std::size_t kSizeDigitsMax = 20;    // RFC 1870 4
constexpr std::size_t kSecondsDigitsMax = 9;  // RFC 4865 4, RFC 2852 4

bool is_digit(char c) { return '0' <= c && c <= '9'; }
bool is_alphanumeric(char c) { return is_digit(c) || ('a' <= (c | 0x20) && (c | 0x20) <= 'z'); }
bool is_eight_bit(char c) { return static_cast<unsigned char>(c) >= 0x80; }

// esmtp-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
bool is_keyword(std::string_view text) {
  return !text.empty() && is_alphanumeric(text.front()) &&
         std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

// esmtp-value = 1*(%d33-60 / %d62-126), and with SMTPUTF8 whatever is not ASCII.
bool is_value(std::string_view text, bool utf8) {
  const auto fits = [&](char c) { return ('!' <= c && c <= '~' && c != '=') || (utf8 && is_eight_bit(c)); };
  return !text.empty() && std::ranges::all_of(text, fits);
}

struct Word {
  std::string_view keyword;
  std::optional<std::string_view> value;
};

// The next parameter, taken off the front of `text`, which is not empty and starts with no space.
std::optional<Word> take_word(std::string_view& text, bool utf8) {
  const std::string_view all = text.substr(0, text.find(' '));
  text.remove_prefix(all.size());
  skip_spaces(text);
  const std::size_t equals = all.find('=');
  Word word{all.substr(0, equals), std::nullopt};
  if (equals != std::string_view::npos) word.value = all.substr(equals + 1);
  if (!is_keyword(word.keyword) || (word.value && !is_value(*word.value, utf8))) return std::nullopt;
  return word;
}

std::optional<std::uint64_t> parse_digits(std::string_view text, std::size_t digits_max) {
  if (text.empty() || text.size() > digits_max) return std::nullopt;
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t number = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    number = number > (kMost - digit) / 10 ? kMost : number * 10 + digit;
  }
  return number;
}

// One of a parameter's values, "" for a parameter without one; false if it is none.
using Value = std::string_view;

template <class Parameters>
struct Row {
  std::string_view keyword;
  FeatureSet feature;  // any of these is needed
  ReplyId fault;
  bool (*read)(Value, const ParameterRules&, Parameters&);
};

bool read_size(Value value, const ParameterRules&, MailParameters& mail) {
  const auto size = parse_digits(value, kSizeDigitsMax);
  mail.size_octets = size.value_or(0);
  mail.size_declared = true;
  return size.has_value();
}

bool read_body(Value value, const ParameterRules& rules, MailParameters& mail) {
  struct Type {
    std::string_view name;
    FeatureSet feature;
    BodyType body;
  };
  static constexpr Type kTypes[] = {
      {"7BIT", Extension::eight_bit_mime, BodyType::seven_bit},
      {"8BITMIME", Extension::eight_bit_mime, BodyType::eight_bit_mime},
      {"BINARYMIME", Extension::binary_mime, BodyType::binary_mime},
  };
  for (const Type& type : kTypes) {
    if (!equals_ignoring_case(value, type.name) || !rules.served.has(type.feature)) continue;
    mail.body = type.body;
    return true;
  }
  return false;
}

bool read_ret(Value value, const ParameterRules&, MailParameters& mail) {
  if (equals_ignoring_case(value, "FULL")) {
    mail.ret = DsnReturn::full;
  } else if (equals_ignoring_case(value, "HDRS")) {
    mail.ret = DsnReturn::headers;
  } else {
    return false;
  }
  return true;
}

bool read_envelope_id(Value value, const ParameterRules&, MailParameters& mail) {
  mail.envelope_id = value;
  return !value.empty() && value.size() <= kEnvelopeIdOctetsMax && is_printable_xtext(value);
}

bool read_smtputf8(Value value, const ParameterRules&, MailParameters& mail) {
  mail.smtputf8 = true;
  return value.empty();
}

bool read_require_tls(Value value, const ParameterRules&, MailParameters& mail) {
  mail.require_tls = true;
  return value.empty();
}

bool read_hold_for(Value value, const ParameterRules&, MailParameters& mail) {
  const auto seconds = parse_digits(value, kSecondsDigitsMax);
  mail.hold_for = static_cast<std::uint32_t>(seconds.value_or(0));
  return mail.hold_for > 0 && !mail.hold_until_given;
}

bool read_hold_until(Value value, const ParameterRules&, MailParameters& mail) {
  const auto when = parse_date_time(value);
  mail.hold_until = when.value_or(0);
  mail.hold_until_given = true;
  return when.has_value() && mail.hold_for == 0;
}

// priority-value = (["-"] NZDIGIT) / "0"
bool read_mt_priority(Value value, const ParameterRules&, MailParameters& mail) {
  const bool negative = value.starts_with('-');
  if (negative) value.remove_prefix(1);
  if (value.size() != 1 || !is_digit(value.front()) || (negative && value == "0")) return false;
  const int priority = value.front() - '0';
  mail.mt_priority = static_cast<std::int8_t>(negative ? -priority : priority);
  mail.mt_priority_given = true;
  return true;
}

// by-value = by-time ";" by-mode [by-trace]; a mail that is to be returned must have time left.
bool read_deliver_by(Value value, const ParameterRules&, MailParameters& mail) {
  const bool negative = value.starts_with('-');
  if (negative || value.starts_with('+')) value.remove_prefix(1);
  const std::size_t semicolon = value.find(';');
  if (semicolon == std::string_view::npos) return false;
  const auto seconds = parse_digits(value.substr(0, semicolon), kSecondsDigitsMax);
  std::string_view mode = value.substr(semicolon + 1);
  if (!seconds || mode.empty()) return false;
  mail.deliver_by = static_cast<std::int32_t>(*seconds) * (negative ? -1 : 1);
  switch (to_upper_ascii(mode.front())) {
    case 'R': mail.deliver_by_mode = DeliverByMode::return_mail; break;
    case 'N': mail.deliver_by_mode = DeliverByMode::notify; break;
    default: return false;
  }
  mode.remove_prefix(1);
  mail.deliver_by_trace = equals_ignoring_case(mode, "T");
  return (mode.empty() || mail.deliver_by_trace) &&
         (mail.deliver_by > 0 || mail.deliver_by_mode == DeliverByMode::notify);
}

bool read_auth(Value value, const ParameterRules&, MailParameters& mail) {
  mail.auth = value;
  return !value.empty() && is_xtext(value);
}

constexpr Row<MailParameters> kMailRows[] = {
    {"SIZE", Extension::size, ReplyId::bad_size_value, read_size},
    {"BODY", FeatureSet(Extension::eight_bit_mime) | Extension::binary_mime, ReplyId::bad_body_value,
     read_body},
    {"RET", Extension::dsn, ReplyId::bad_ret_value, read_ret},
    {"ENVID", Extension::dsn, ReplyId::bad_envid_value, read_envelope_id},
    {"SMTPUTF8", Extension::smtputf8, ReplyId::no_value_allowed, read_smtputf8},
    {"REQUIRETLS", Extension::require_tls, ReplyId::no_value_allowed, read_require_tls},
    {"HOLDFOR", Extension::future_release, ReplyId::bad_hold_value, read_hold_for},
    {"HOLDUNTIL", Extension::future_release, ReplyId::bad_hold_value, read_hold_until},
    {"MT-PRIORITY", Extension::mt_priority, ReplyId::bad_priority_value, read_mt_priority},
    {"BY", Extension::deliver_by, ReplyId::bad_by_value, read_deliver_by},
    {"AUTH", Verb::auth, ReplyId::bad_auth_value, read_auth},
};

// "NEVER" alone, or some of the others, separated by commas.
bool read_notify(Value value, const ParameterRules&, RecipientParameters& recipient) {
  struct When {
    std::string_view name;
    std::uint8_t bit;
  };
  static constexpr When kWhens[] = {
      {"SUCCESS", kNotifySuccess}, {"FAILURE", kNotifyFailure}, {"DELAY", kNotifyDelay}};
  if (equals_ignoring_case(value, "NEVER")) {
    recipient.notify = kNotifyNever;
    return true;
  }
  for (bool more = true; more;) {
    const std::size_t comma = value.find(',');
    const std::string_view word = value.substr(0, comma);
    const auto* when = std::ranges::find_if(
        kWhens, [&](const When& candidate) { return equals_ignoring_case(word, candidate.name); });
    if (when == std::end(kWhens)) return false;
    recipient.notify |= when->bit;
    more = comma != std::string_view::npos;
    if (more) value.remove_prefix(comma + 1);
  }
  return true;
}

bool read_original_recipient(Value value, const ParameterRules& rules, RecipientParameters& recipient) {
  const std::size_t semicolon = value.find(';');
  if (semicolon == std::string_view::npos || value.size() > kOriginalRecipientOctetsMax) return false;
  recipient.original_type = value.substr(0, semicolon);
  recipient.original_recipient = value.substr(semicolon + 1);
  if (!is_keyword(recipient.original_type) || recipient.original_recipient.empty()) return false;
  if (rules.utf8 && equals_ignoring_case(recipient.original_type, "UTF-8")) {
    return is_utf8(recipient.original_recipient);
  }
  return is_xtext(recipient.original_recipient);
}

constexpr Row<RecipientParameters> kRecipientRows[] = {
    {"NOTIFY", Extension::dsn, ReplyId::bad_notify_value, read_notify},
    {"ORCPT", Extension::dsn, ReplyId::bad_orcpt_value, read_original_recipient},
};

template <class Parameters>
std::expected<void, ReplyId> parse(std::string_view text, const ParameterRules& rules,
                                   std::span<const Row<Parameters>> rows, Parameters& parameters) {
  std::uint32_t seen = 0;
  while (!text.empty()) {
    const auto word = take_word(text, rules.utf8);
    if (!word) return unexpected(ReplyId::parameter_syntax);
    const auto row = std::ranges::find_if(
        rows, [&](const auto& candidate) { return equals_ignoring_case(word->keyword, candidate.keyword); });
    if (row == rows.end() || !rules.served.has(row->feature)) return unexpected(ReplyId::parameter_unknown);
    const std::uint32_t bit = 1u << static_cast<unsigned>(row - rows.begin());
    if ((seen & bit) != 0) return unexpected(ReplyId::parameter_twice);
    seen |= bit;
    if (!row->read(word->value.value_or(Value{}), rules, parameters)) return unexpected(row->fault);
  }
  return {};
}

}  // namespace

std::expected<void, ReplyId> parse_mail_parameters(std::string_view text, const ParameterRules& rules,
                                                   MailParameters& parameters) {
  parameters = {};
  return parse<MailParameters>(text, rules, kMailRows, parameters);
}

std::expected<void, ReplyId> parse_recipient_parameters(std::string_view text, const ParameterRules& rules,
                                                        RecipientParameters& parameters) {
  parameters = {};
  return parse<RecipientParameters>(text, rules, kRecipientRows, parameters);
}

}  // namespace mailvoid::smtp
