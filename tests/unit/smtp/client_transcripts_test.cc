// SPDX-License-Identifier: Apache-2.0
// Replays tests/transcripts/client/*.txt (format: the README.md there) however input and output are cut.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "client_bench.h"

namespace mailvoid::smtp {
namespace {

using Kind = ClientEvent::Kind;

struct Mail {
  std::string from;
  std::vector<std::string> to;
  bool eight_bit = false;
  std::string envelope_id{};
};

struct Step {
  enum class What { server, client, event, end, timeout } what;
  std::string text;
  std::vector<std::string> sends;  // of `client`: one string a send
};

struct Transcript {
  ClientConfig config{.ehlo_name = "client.example"};
  std::vector<Mail> mails;
  std::vector<Step> steps;
  bool one_at_a_time = false;
  bool quit = true;
  bool together = false;
  std::vector<std::string> responses;  // to `auth`: "-" for none, "*" to cancel
  std::string preamble;
};

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> words;
  std::stringstream stream(text);
  for (std::string word; std::getline(stream, word, separator);) words.push_back(word);
  return words;
}

std::string unescaped(const std::string& text) {
  std::string octets;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      octets += text[i];
      continue;
    }
    const char letter = text[++i];
    octets += letter == 'r' ? '\r' : letter == 'n' ? '\n' : letter == '0' ? '\0' : letter;
  }
  return octets;
}

std::string bare_path(const std::string& word) { return word == "<>" ? "" : word; }

Mail read_mail(const std::vector<std::string>& words) {
  Mail mail{bare_path(words.at(1)), split(words.at(2), ',')};
  for (std::size_t i = 3; i < words.size(); ++i) {
    if (words[i] == "8bit") mail.eight_bit = true;
    if (words[i].starts_with("envid=")) mail.envelope_id = words[i].substr(6);
  }
  return mail;
}

void read_dsn(const std::vector<std::string>& words, ClientDsn& dsn) {
  for (const std::string& word : words) {
    if (word.starts_with("ret=")) dsn.ret = word.substr(4);
    if (word.starts_with("notify=")) dsn.notify = word.substr(7);
    if (word == "orcpt") dsn.original_recipient = true;
    if (word == "envid") dsn.envelope_id = true;
  }
}

using Words = std::vector<std::string>;

struct Setting {
  std::string_view name;
  void (*apply)(const Words&, Transcript&);
};

const Setting kSettings[] = {
    {"no-pipelining", [](const Words&, Transcript& to) { to.config.pipelining = false; }},
    {"ehlo", [](const Words& words, Transcript& to) { to.config.ehlo_name = words.at(1); }},
    {"reply-line",
     [](const Words& words, Transcript& to) { to.config.reply_line_octets_max = std::stoul(words.at(1)); }},
    {"reply-lines",
     [](const Words& words, Transcript& to) {
       to.config.reply_lines_max = static_cast<std::uint32_t>(std::stoul(words.at(1)));
     }},
    {"mail", [](const Words& words, Transcript& to) { to.mails.push_back(read_mail(words)); }},
    {"one-at-a-time", [](const Words&, Transcript& to) { to.one_at_a_time = true; }},
    {"no-quit", [](const Words&, Transcript& to) { to.quit = false; }},
    {"together", [](const Words&, Transcript& to) { to.together = true; }},
    {"lmtp", [](const Words&, Transcript& to) { to.config.lmtp = true; }},
    {"degrade", [](const Words&, Transcript& to) { to.config.degrade = true; }},
    {"starttls", [](const Words&, Transcript& to) { to.config.tls = ClientTls::starttls; }},
    {"implicit-tls", [](const Words&, Transcript& to) { to.config.tls = ClientTls::implicit; }},
    {"chunks", [](const Words& words, Transcript& to) { to.config.chunk_octets = std::stoul(words.at(1)); }},
    {"7bit", [](const Words&, Transcript& to) { to.config.body = ClientBody::seven_bit; }},
    {"8bitmime", [](const Words&, Transcript& to) { to.config.body = ClientBody::eight_bit_mime; }},
    {"binarymime", [](const Words&, Transcript& to) { to.config.body = ClientBody::binary_mime; }},
    {"smtputf8", [](const Words&, Transcript& to) { to.config.smtp_utf8 = true; }},
    {"requiretls", [](const Words&, Transcript& to) { to.config.require_tls = true; }},
    {"dsn", [](const Words& words, Transcript& to) { read_dsn(words, to.config.dsn); }},
    {"xclient",
     [](const Words& words, Transcript& to) {
       for (std::size_t i = 1; i < words.size(); ++i) to.config.xclient += (i > 1 ? " " : "") + words[i];
     }},
    {"auth", [](const Words& words,
                Transcript& to) { to.config.auth_mechanisms.assign(words.begin() + 1, words.end()); }},
    {"respond",
     [](const Words& words, Transcript& to) { to.responses.push_back(words.size() > 1 ? words[1] : ""); }},
    {"preamble", [](const Words& words, Transcript& to) { to.preamble = words.at(1) + "\r\n"; }},
};

void read_setting(const std::string& line, Transcript& transcript) {
  const Words words = split(line, ' ');
  for (const Setting& setting : kSettings) {
    if (setting.name == words.at(0)) return setting.apply(words, transcript);
  }
  FAIL() << "unknown setting: " << line;
}

void append(Transcript& transcript, Step::What what, const std::string& text) {
  if (transcript.steps.empty() || transcript.steps.back().what != what || what == Step::What::event) {
    transcript.steps.push_back({what, {}, {}});
  }
  Step& step = transcript.steps.back();
  step.text += text;
  if (what != Step::What::client) return;
  if (step.sends.empty()) step.sends.emplace_back();
  step.sends.back() += text;
}

Transcript read_transcript(const std::filesystem::path& path) {
  Transcript transcript;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::string tag = line.substr(0, 2);
    const std::string text = line.size() > 3 ? line.substr(3) : "";
    if (tag == "S:") {
      append(transcript, Step::What::server, text + "\r\n");
    } else if (tag == "s:") {
      append(transcript, Step::What::server, unescaped(text));
    } else if (tag == "C:") {
      append(transcript, Step::What::client, text + "\r\n");
    } else if (tag == "c:") {
      append(transcript, Step::What::client, unescaped(text));
    } else if (tag == "--") {
      transcript.steps.back().sends.emplace_back();
    } else if (tag == "E:") {
      append(transcript, Step::What::event, text);
    } else if (tag == "X:") {
      transcript.steps.push_back({text == "end" ? Step::What::end : Step::What::timeout, {}, {}});
    } else if (tag == "! ") {
      read_setting(line.substr(2), transcript);
    } else if (!line.empty() && line[0] != '#') {
      ADD_FAILURE() << "unknown line: " << line;
    }
  }
  return transcript;
}

std::string described(const ClientEvent& event) {
  const std::string step(name_of(event.step));
  const std::string code = std::to_string(event.code);
  switch (event.kind) {
    case Kind::need_input:
    case Kind::reply: return "";
    case Kind::start_tls: return "start-tls";
    case Kind::auth:
      return "auth " + (event.code == 0 ? std::string() : code + " ") + std::string(event.text);
    case Kind::unsupported: return "unsupported " + std::string(name_of(event.extension));
    case Kind::ready: return "ready";
    case Kind::transaction_done: {
      const std::uint32_t answered = event.recipients_accepted + event.recipients_refused;
      const bool accepted = event.outcome == ClientOutcome::accepted;
      return "done " + std::to_string(event.cookie) + (accepted ? " accepted " : " rejected " + step + " ") +
             code + " recipients " + std::to_string(event.recipients_accepted) + "/" +
             std::to_string(answered);
    }
    case Kind::refused: return "refused " + step + " " + code;
    case Kind::closed_by_421: return "closed-by-421 " + step;
    case Kind::protocol_error: return "protocol-error " + std::string(name_of(event.error)) + " " + step;
    case Kind::finished: return "finished";
    case Kind::connection_lost: return "connection-lost " + step;
    case Kind::timed_out: return "timed-out " + step;
  }
  return "?";
}

// How one replay cuts the octets.
struct Cut {
  std::size_t at =
      std::numeric_limits<std::size_t>::max();  // once, at this octet of all that the server sends
  std::size_t piece = std::numeric_limits<std::size_t>::max();  // and every so many octets
  std::size_t send = std::numeric_limits<std::size_t>::max();   // octets a send takes
  bool late = false;  // the completion of a send is seen after the next octets from the server
};

class Replay {
 public:
  Replay(const Transcript& transcript, const Cut& cut)
      : transcript_(transcript), cut_(cut), bench_(transcript.config, 2, transcript.preamble) {
    EXPECT_TRUE(validate(transcript.config)) << validate(transcript.config).error();
    std::uint64_t cookie = 0;
    for (const Mail& mail : transcript.mails) {
      mails_.emplace_back(mail.from, mail.to, std::vector<std::string>{"Subject: hi\r\n\r\n", "hello\r\n"},
                          ++cookie);
      mails_.back().transaction.eight_bit = mail.eight_bit;
      mails_.back().transaction.envelope_id = mail.envelope_id;
    }
  }

  void run() {
    pump("");
    flush();
    for (const Step& step : transcript_.steps) {
      take(step);
      if (testing::Test::HasFatalFailure()) return;
    }
    expect_nothing_more();
  }

 private:
  void take(const Step& step) {
    switch (step.what) {
      case Step::What::server: return receive(step.text);
      case Step::What::client:
        ASSERT_EQ(sent_, step.text);
        if (cut_.send > step.text.size() && !cut_.late && uncut()) {
          EXPECT_EQ(sends_, step.sends);
        }
        sent_.clear();
        sends_.clear();
        return;
      case Step::What::event:
        ASSERT_FALSE(events_.empty()) << "expected: " << step.text;
        ASSERT_EQ(events_.front(), step.text);
        events_.erase(events_.begin());
        return;
      case Step::What::end: complete(); return note(bench_.session->on_end_of_input());
      case Step::What::timeout: complete(); return note(bench_.session->on_reply_timeout());
    }
  }

  void receive(const std::string& text) {
    ASSERT_EQ(sent_, "") << "sent before: " << text;
    ASSERT_THAT(events_, testing::IsEmpty()) << "before: " << text;
    std::size_t begin = 0;
    while (begin < text.size()) {
      std::size_t end = begin + std::min(cut_.piece, text.size() - begin);
      if (cut_.at > received_ && cut_.at < received_ + (end - begin)) end = begin + (cut_.at - received_);
      received_ += end - begin;
      pump(text.substr(begin, end - begin));
      begin = end;
      if (transcript_.together && begin < text.size()) continue;
      complete();
      top_up();
      flush();
    }
  }

  void pump(const std::string& octets) {
    const std::size_t seen = bench_.seen.size();
    bench_.feed(octets);
    for (std::size_t i = seen; i < bench_.seen.size(); ++i) {
      ClientEvent event = bench_.seen[i].event;
      event.text = bench_.seen[i].text;
      note(event);
    }
  }

  void note(const ClientEvent& event) {
    const std::string text = described(event);
    if (!text.empty()) events_.push_back(text);
    replies_ += event.kind == Kind::reply ? 1 : 0;
    if (event.kind == Kind::start_tls) bench_.session->on_tls_established({});
    if (event.kind == Kind::auth) respond();
  }

  void respond() {
    ASSERT_LT(responded_, transcript_.responses.size());
    const std::string& response = transcript_.responses[responded_++];
    if (response == "*") return bench_.session->auth_cancel();
    bench_.session->auth_respond(response == "-" ? std::nullopt : std::optional<std::string_view>(response));
  }

  void top_up() {
    ClientSession& session = *bench_.session;
    while (next_ < mails_.size() && session.can_begin() &&
           !(transcript_.one_at_a_time && session.transactions_open() > 0)) {
      session.begin_transaction(mails_[next_++].transaction);
    }
    if (next_ == mails_.size() && transcript_.quit) session.quit();
  }

  void flush() {
    while (!bench_.session->send_in_flight()) {
      const std::string octets = bench_.gather();
      if (octets.empty()) return;
      const std::string taken = octets.substr(0, cut_.send);
      sent_ += taken;
      sends_.push_back(taken);
      in_flight_ = taken.size();
      if (cut_.late && taken.size() == octets.size()) return;
      complete();
    }
  }

  void complete() {
    if (!bench_.session->send_in_flight()) return;
    bench_.session->sent(in_flight_);
    pump("");
  }

  void expect_nothing_more() {
    EXPECT_EQ(sent_, "");
    EXPECT_THAT(events_, testing::IsEmpty());
    complete();
    pump("");
    EXPECT_EQ(bench_.blocks.in_use(), 0U);
    std::uint64_t counted = 0;
    for (std::uint16_t code = kReplyCodeMin; code <= kReplyCodeMax; ++code)
      counted += bench_.tally.replies_with(code);
    EXPECT_GE(counted, replies_);
    const std::size_t lost = bench_.session->transactions_open();
    EXPECT_EQ(bench_.tally.transactions_accepted.value() + bench_.tally.transactions_rejected.value() + lost,
              next_);
    EXPECT_EQ(bench_.tally.transactions_lost.value(), bench_.session->over() ? lost : 0);
  }

  [[nodiscard]] bool uncut() const { return cut_.piece > 1'000'000 && cut_.at > 1'000'000; }

  const Transcript& transcript_;
  const Cut cut_;
  ClientBench bench_;
  std::deque<TestMail> mails_;
  std::size_t next_ = 0;
  std::size_t responded_ = 0;
  std::size_t received_ = 0;
  std::size_t in_flight_ = 0;
  std::uint64_t replies_ = 0;
  std::string sent_;
  std::vector<std::string> sends_;
  std::vector<std::string> events_;
};

std::vector<std::filesystem::path> transcript_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(MAILVOID_CLIENT_TRANSCRIPTS)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

class ClientTranscript : public testing::TestWithParam<std::filesystem::path> {
 protected:
  void replay(const Cut& cut) { Replay(transcript_, cut).run(); }
  [[nodiscard]] std::size_t server_octets() const {
    std::size_t sum = 0;
    for (const Step& step : transcript_.steps) sum += step.what == Step::What::server ? step.text.size() : 0;
    return sum;
  }

  const Transcript transcript_ = read_transcript(GetParam());
};

TEST_P(ClientTranscript, Whole) { replay({}); }
TEST_P(ClientTranscript, OctetByOctet) { replay({.piece = 1}); }
TEST_P(ClientTranscript, WithSendsOfOneOctet) { replay({.send = 1}); }
TEST_P(ClientTranscript, OctetByOctetWithSendsOfOneOctet) { replay({.piece = 1, .send = 1}); }
TEST_P(ClientTranscript, WithLateCompletions) { replay({.late = true}); }
TEST_P(ClientTranscript, OctetByOctetWithLateCompletions) { replay({.piece = 1, .late = true}); }

TEST_P(ClientTranscript, CutAtEveryOctet) {
  for (std::size_t at = 1; at < server_octets(); ++at) {
    SCOPED_TRACE("cut at " + std::to_string(at));
    replay({.at = at});
    replay({.at = at, .send = 7});
    replay({.at = at, .late = true});
    if (HasFailure()) return;
  }
}

std::string file_stem(const testing::TestParamInfo<std::filesystem::path>& file) {
  return file.param.stem().string();
}

INSTANTIATE_TEST_SUITE_P(Files, ClientTranscript, testing::ValuesIn(transcript_files()), file_stem);

}  // namespace
}  // namespace mailvoid::smtp
