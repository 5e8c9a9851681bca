// SPDX-License-Identifier: Apache-2.0
#include "sink/listener_options.h"

#include <gmock/gmock.h>

namespace mailvoid::sink {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

ListenerOptions defaults() {
  ListenerOptions listener;
  listener.hostname = "sink.example";
  return listener;
}

std::string error_of(std::string_view text) {
  const auto listen = listen_text().parse(text);
  if (!listen) return listen.error();
  const auto listener = listener_of(*listen, defaults());
  if (!listener) return listener.error();
  return "";
}

ListenerOptions listener(std::string_view text) {
  return listener_of(listen_text().parse(text).value(), defaults()).value();
}

TEST(ListenTextTest, IsAnAddressAndWhatDiffersThere) {
  const auto listen = listen_text().parse("[::1]:25,protocol=lmtp,no-mail");
  ASSERT_TRUE(listen);
  EXPECT_EQ(listen->address.text(), "[::1]:25");
  EXPECT_THAT(listen->settings, ElementsAre(Pair("protocol", "lmtp"), Pair("no-mail", "true")));
  EXPECT_EQ(listen_text().format(*listen), "[::1]:25,protocol=lmtp,no-mail=true");
  EXPECT_FALSE(listen_text().parse("25,protocol=lmtp"));
}

TEST(ListenTextTest, CommasOfAVariablePartListenersAndTheirSettings) {
  EXPECT_THAT(split_listen_texts("127.0.0.1:25,tls=off,no-mail,[::1]:25,unix:/run/x,protocol=lmtp"),
              ElementsAre("127.0.0.1:25,tls=off,no-mail", "[::1]:25", "unix:/run/x,protocol=lmtp"));
  EXPECT_THAT(split_listen_texts("127.0.0.1:25"), ElementsAre("127.0.0.1:25"));
}

TEST(ListenerOptionsTest, KeepsTheDefaultsOfWhatIsNotSaid) {
  ListenerOptions few = defaults();
  few.recipients_max = 7;
  const auto listener = listener_of(listen_text().parse("127.0.0.1:25,hostname=mx.example").value(), few);
  ASSERT_TRUE(listener);
  EXPECT_EQ(listener->hostname, "mx.example");
  EXPECT_EQ(listener->recipients_max, 7u);
  EXPECT_EQ(listener->protocol, "smtp");
}

TEST(ListenerOptionsTest, TakesEverySettingOfTheEngine) {
  const ListenerOptions given = listener(
      "127.0.0.1:25,protocol=rfc821,eight-bit=refuse,disable=VRFY,disable=chunking,strict-syntax,"
      "bare-lf-commands=lenient,bare-lf-data=refuse,early-talkers=refuse,no-mail,null-mx=a.example,"
      "max-transactions=3,max-recipients=5,max-message-size=1k");
  const smtp::ServerOptions options = server_options(given);
  EXPECT_EQ(options.protocol, smtp::Protocol::rfc821);
  EXPECT_EQ(options.eight_bit, smtp::EightBit::refused);
  EXPECT_EQ(options.disabled, *smtp::feature_named("VRFY") | *smtp::feature_named("BDAT"));
  EXPECT_TRUE(options.strict_syntax);
  EXPECT_TRUE(options.bare_lf_ends_commands);
  EXPECT_TRUE(options.bare_lf_in_data_refused);
  EXPECT_TRUE(options.early_talkers_refused);
  EXPECT_TRUE(options.no_mail);
  EXPECT_THAT(options.null_mx_domains, ElementsAre("a.example"));
  EXPECT_EQ(options.transactions_max, 3u);
  EXPECT_EQ(options.recipients_max, 5u);
  EXPECT_EQ(options.message_octets_max, 1024u);
  EXPECT_EQ(options.hostname, "sink.example");
}

TEST(ListenerOptionsTest, KnowsUsersAndLists) {
  ListenerOptions given = defaults();
  given.users = {"Ann Example <ann@sink.example>", "bob@sink.example"};
  given.lists = {"staff=ann@sink.example  bob@sink.example"};
  const smtp::ServerOptions options = server_options(given);
  ASSERT_EQ(options.directory.users.size(), 2u);
  EXPECT_EQ(options.directory.users[0].mailbox, "ann@sink.example");
  EXPECT_EQ(options.directory.users[0].full_name, "Ann Example");
  EXPECT_EQ(options.directory.users[1].full_name, "");
  ASSERT_EQ(options.directory.lists.size(), 1u);
  EXPECT_EQ(options.directory.lists[0].name, "staff");
  EXPECT_THAT(options.directory.lists[0].members, ElementsAre("ann@sink.example", "bob@sink.example"));
}

TEST(ListenerOptionsTest, NamesTheSettingThatIsWrong) {
  EXPECT_EQ(error_of("127.0.0.1:25,protcol=lmtp"),
            "127.0.0.1:25: protcol: there is no setting of that name; did you mean protocol?");
  EXPECT_EQ(error_of("127.0.0.1:25,protocol=x"),
            "127.0.0.1:25: protocol: 'x' is unknown; it can be smtp, lmtp, rfc821");
  EXPECT_EQ(error_of("127.0.0.1:25,protocol=smtp,protocol=lmtp"), "127.0.0.1:25: protocol: is given twice");
  EXPECT_THAT(error_of("127.0.0.1:25,disable=CHUNKNG"), HasSubstr("did you mean CHUNKING?"));
  EXPECT_EQ(error_of("127.0.0.1:25,expn-list=staff"),
            "127.0.0.1:25: expn-list: 'staff' is not name=mailbox mailbox ...");
  EXPECT_EQ(error_of("127.0.0.1:25,vrfy-user=Ann <a@b"), "127.0.0.1:25: vrfy-user: 'Ann <a@b' lacks its >");
}

TEST(ListenerOptionsTest, ATableOfAFileIsAListener) {
  config::FileTable table{"listener", 3, {}};
  const auto none = listener_of(table, defaults());
  ASSERT_FALSE(none);
  EXPECT_EQ(config::fault_text("f", none.error()), "f:3: listener: has no address = \"ADDR:PORT\"");

  using Type = config::FileEntry::Type;
  table.entries = {{"address", Type::string, false, {"127.0.0.1:25"}, 4},
                   {"protocol", Type::string, false, {"lmtp"}, 5},
                   {"disable", Type::string, true, {"VRFY", "EXPN"}, 6}};
  const auto given = listener_of(table, defaults());
  ASSERT_TRUE(given);
  EXPECT_EQ(given->address.text(), "127.0.0.1:25");
  EXPECT_EQ(given->protocol, "lmtp");
  EXPECT_THAT(given->disable, ElementsAre("VRFY", "EXPN"));

  table.entries.push_back({"shards", Type::number, false, {"3"}, 7});
  const auto wrong = listener_of(table, defaults());
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().line, 7u);
}

TEST(ListenerOptionsTest, ItsTextReadsBack) {
  const std::string text = listener_table_text(listener("127.0.0.1:25,protocol=lmtp"), "f:1");
  EXPECT_THAT(text, HasSubstr("[[listener]]  # f:1\naddress = \"127.0.0.1:25\"\n"));
  EXPECT_THAT(text, HasSubstr("protocol = \"lmtp\"\n"));
}

}  // namespace
}  // namespace mailvoid::sink
