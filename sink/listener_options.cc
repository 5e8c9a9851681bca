// SPDX-License-Identifier: Apache-2.0
#include "sink/listener_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "config/address_text.h"
#include "config/nearest.h"
#include "smtp/address.h"
#include "smtp/feature.h"

namespace mailvoid::sink {
namespace {

using config::choice;
using config::SettingTable;
using std::unexpected;

std::string check_hostname(std::string_view name) {
  return config::valid_domain(name) ? ""
                                    : "is not a domain name: letters, digits and inner hyphens between dots";
}

std::string check_user(std::string_view text) {
  return text.contains('<') && !text.ends_with('>') ? "lacks its >" : "";
}

std::string check_list(std::string_view text) {
  return text.contains('=') ? "" : "is not name=mailbox mailbox ...";
}

std::string check_feature(std::string_view name) {
  if (smtp::feature_named(name)) return "";
  std::vector<std::string> names;
  for (const smtp::FeatureName& known : smtp::feature_names()) names.emplace_back(known.name);
  std::string upper(name);
  std::ranges::transform(upper, upper.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
  const std::string near = config::nearest(upper, names);
  return near.empty() ? fmt::format("is nothing that can be switched off: {}", fmt::join(names, ", "))
                      : fmt::format("is nothing that can be switched off; did you mean {}?", near);
}

void describe_limits(SettingTable& table, ListenerOptions& listener) {
  table.value("hostname", listener.hostname, config::text("NAME", check_hostname),
              "our name in the greeting and in the reply to EHLO");
  table.value("max-message-size", listener.message_octets_max, config::bytes<std::uint64_t>(0),
              "announced as SIZE; more is answered 552 to MAIL or after the final dot; 0 for no limit");
  table.value("max-recipients", listener.recipients_max,
              config::count<std::uint32_t>(1, smtp::kRecipientsMax),
              "recipients of one message, announced in LIMITS; more are answered 452, earlier ones are kept");
  table.value("max-transactions", listener.transactions_max, config::count<std::uint16_t>(0),
              "messages of one session, announced in LIMITS; then 421 and close; 0 for no limit");
}

void describe_protocol(SettingTable& table, ListenerOptions& listener) {
  table.value(
      "protocol", listener.protocol, choice("smtp|lmtp|rfc821", {"smtp", "lmtp", "rfc821"}),
      "lmtp: LHLO, and a reply for each recipient; rfc821: the world of 1982, its verbs, 7-bit data and "
      "limits");
  table.value(
      "eight-bit", listener.eight_bit, choice("mask|refuse", {"mask", "refuse"}),
      "with rfc821, data that has octets over 127: accepted with the eighth bit cleared, or 554 after "
      "the dot");
  table
      .list("disable", listener.disable, config::text("NAME", check_feature),
            "neither announce nor serve this verb or extension: PIPELINING, CHUNKING, VRFY and so on, with "
            "commas between them")
      .commas = true;
  table.flag("no-mail", listener.no_mail, "greet with 521 and take no mail (RFC 7504)");
  table
      .list("null-mx", listener.null_mx, config::text("DOMAIN", check_hostname),
            "answer recipients in this domain 556: it takes no mail (RFC 7505)")
      .commas = true;
  table.list("vrfy-user", listener.users, config::text("USER", check_user),
             "a user whom VRFY knows: 'Full Name <mailbox>' or a mailbox");
  table.list("expn-list", listener.lists, config::text("LIST", check_list),
             "a mailing list that EXPN knows: 'name=mailbox mailbox ...'");
}

void describe_policies(SettingTable& table, ListenerOptions& listener) {
  table.flag("strict-syntax", listener.strict_syntax,
             "refuse what RFC 5321 does not allow but old clients do: 'MAIL FROM: <a>', missing brackets, "
             "parameters after HELO");
  table.value("bare-lf-commands", listener.bare_lf_commands, choice("strict|lenient", {"strict", "lenient"}),
              "whether a line feed alone ends a command; it never ends data");
  table.value("bare-lf-data", listener.bare_lf_data, choice("accept|refuse", {"accept", "refuse"}),
              "a message that has a line feed alone: accepted and counted, or 554 after the dot");
  table.value("early-talkers", listener.early_talkers, choice("serve|refuse", {"serve", "refuse"}),
              "clients that send before they are greeted: served in order, or 554 and close");
  table.flag("tls-required", listener.tls_required,
             "outside TLS answer 530 to all but EHLO, NOOP, QUIT and STARTTLS");
}

// Everything that the listener may be told, for the texts and tables that name one.
void describe_all(SettingTable& table, ListenerOptions& listener) {
  describe_listener_only(table, listener);
  describe_listener(table, listener);
}

// REQUIRES: check_user() and check_list() had nothing to say.
smtp::DirectoryOptions directory_of(const ListenerOptions& listener) {
  smtp::DirectoryOptions directory;
  for (const std::string& text : listener.users) {
    const std::size_t open = text.find('<');
    if (open == std::string::npos) {
      directory.users.push_back({text, ""});
      continue;
    }
    std::string name = text.substr(0, open);
    name.erase(name.find_last_not_of(' ') + 1);
    directory.users.push_back({text.substr(open + 1, text.size() - open - 2), std::move(name)});
  }
  for (const std::string& text : listener.lists) {
    const std::size_t equals = text.find('=');
    smtp::DirectoryList list{text.substr(0, equals), {}};
    for (std::size_t at = equals + 1; at < text.size();) {
      const std::size_t end = std::min(text.find(' ', at), text.size());
      if (end > at) list.members.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    directory.lists.push_back(std::move(list));
  }
  return directory;
}

}  // namespace

void describe_listener(SettingTable& table, ListenerOptions& listener) {
  table.group("What listeners offer, unless one differs (--listen ADDR,KEY=VALUE)");
  describe_limits(table, listener);
  describe_protocol(table, listener);
  describe_policies(table, listener);
  describe_peers(table, listener.peers);
}

void describe_listener_only(SettingTable& table, ListenerOptions& listener) {
  table.value("tls", listener.tls, choice("starttls|implicit|off", {"starttls", "implicit", "off"}),
              "how TLS begins, where there is a certificate");
}

config::Value<ListenText> listen_text() {
  return {"ADDR[,KEY=VALUE]...",
          [](std::string_view text) -> config::Parsed<ListenText> {
            const std::size_t end = std::min(text.find(','), text.size());
            const auto address = config::parse_socket_address(text.substr(0, end));
            if (!address) return unexpected(address.error());
            ListenText listen{*address, {}};
            text.remove_prefix(std::min(end + 1, text.size()));
            while (!text.empty()) {
              const std::string_view setting = text.substr(0, text.find(','));
              text.remove_prefix(std::min(setting.size() + 1, text.size()));
              const std::size_t equals = setting.find('=');
              listen.settings.emplace_back(
                  setting.substr(0, equals),
                  equals == std::string_view::npos ? "true" : std::string(setting.substr(equals + 1)));
            }
            return listen;
          },
          [](const ListenText& listen) {
            std::string text = listen.address.text();
            for (const auto& [key, value] : listen.settings) text += fmt::format(",{}={}", key, value);
            return text;
          }};
}

std::vector<std::string> split_listen_texts(std::string_view text) {
  std::vector<std::string> texts;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    // Every address has a colon, no key has.
    if (!texts.empty() && !part.substr(0, part.find('=')).contains(':')) {
      texts.back() += fmt::format(",{}", part);
    } else {
      texts.emplace_back(part);
    }
  }
  return texts;
}

std::expected<ListenerOptions, std::string> listener_of(const ListenText& text,
                                                        const ListenerOptions& defaults) {
  ListenerOptions listener = defaults;
  listener.address = text.address;
  SettingTable table;
  describe_all(table, listener);
  // A key that is given several times is one list.
  std::map<std::string, std::vector<std::string>> given;
  for (const auto& [key, value] : text.settings) given[key].push_back(value);
  for (const auto& [key, values] : given) {
    if (const std::string wrong = table.assign(key, values); !wrong.empty()) {
      return unexpected(fmt::format("{}: {}: {}", text.address.text(), key, wrong));
    }
  }
  return listener;
}

std::expected<ListenerOptions, config::FileFault> listener_of(const config::FileTable& file,
                                                              const ListenerOptions& defaults) {
  ListenerOptions listener = defaults;
  listener.address = {};
  SettingTable table;
  table.value("address", listener.address, config::socket_address(), "where it listens");
  describe_all(table, listener);
  if (const auto assigned = table.assign(file.entries); !assigned) return unexpected(assigned.error());
  if (listener.address.empty()) {
    return unexpected(config::FileFault{file.line, file.name, "has no address = \"ADDR:PORT\""});
  }
  return listener;
}

std::string listener_table_text(const ListenerOptions& listener, std::string_view origin) {
  ListenerOptions shown = listener;
  SettingTable table;
  table.value("address", shown.address, config::socket_address(), "");
  describe_all(table, shown);
  return config::config_table_text("listener", origin, table.settings());
}

smtp::ServerOptions server_options(const ListenerOptions& listener) {
  smtp::ServerOptions options;
  options.hostname = listener.hostname;
  options.message_octets_max = listener.message_octets_max;
  options.recipients_max = listener.recipients_max;
  options.transactions_max = listener.transactions_max;
  for (const std::string& name : listener.disable) options.disabled |= *smtp::feature_named(name);
  if (listener.protocol == "lmtp") options.protocol = smtp::Protocol::lmtp;
  if (listener.protocol == "rfc821") options.protocol = smtp::Protocol::rfc821;
  options.eight_bit = listener.eight_bit == "refuse" ? smtp::EightBit::refused : smtp::EightBit::masked;
  options.strict_syntax = listener.strict_syntax;
  options.bare_lf_ends_commands = listener.bare_lf_commands == "lenient";
  options.bare_lf_in_data_refused = listener.bare_lf_data == "refuse";
  options.early_talkers_refused = listener.early_talkers == "refuse";
  options.no_mail = listener.no_mail;
  options.null_mx_domains = listener.null_mx;
  options.tls_required = listener.tls_required;
  options.xclient = options.xforward = !listener.peers.xclient_from.empty();
  options.directory = directory_of(listener);
  return options;
}

}  // namespace mailvoid::sink
