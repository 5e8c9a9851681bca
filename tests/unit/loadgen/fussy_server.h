// SPDX-License-Identifier: Apache-2.0
// An SMTP or LMTP server on the simulated network that answers each command as a test says, and keeps what it
// takes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sim/sim_peer.h"

namespace mailvoid::loadgen {

class FussyServer {
 public:
  struct Mail {
    Instant at{};
    std::string from;
    std::vector<std::string> to;
    std::string text;
  };
  // What to answer, without line end; "" for what a server that likes everything says. A message is
  // asked about as ".", in LMTP for each recipient as ". <path>". A 421 ends the connection.
  using Answer = std::function<std::string(const std::string& command)>;

  FussyServer(sim::SimNetwork& network, const SocketAddress& address, Answer answer)
      : network_(network), answer_(std::move(answer)) {
    sim::serve(network, address, [this](std::unique_ptr<sim::SimPeer> peer) { accept(std::move(peer)); });
  }

  // Messages that were taken, in the order of their final replies; of LMTP with those it was taken for.
  [[nodiscard]] const std::vector<Mail>& mails() const { return mails_; }
  [[nodiscard]] std::size_t connections() const { return connections_.size(); }
  // All commands, with when they came.
  [[nodiscard]] const std::vector<std::pair<Instant, std::string>>& heard() const { return heard_; }

 private:
  struct Connection {
    std::unique_ptr<sim::SimPeer> peer;
    std::string input{};
    Mail mail{};
    bool lmtp = false;
    bool sender = false;
    bool data = false;
    bool over = false;
  };

  void accept(std::unique_ptr<sim::SimPeer> peer) {
    connections_.push_back(std::make_unique<Connection>(Connection{std::move(peer)}));
    Connection& connection = *connections_.back();
    connection.peer->on_change = [this, &connection] {
      connection.input += connection.peer->read();
      while (!connection.over && take(connection)) {}
    };
    say(connection, "connect", "220 ready");
  }

  // Whether it was a 2xx or 3xx.
  bool say(Connection& connection, const std::string& command, const std::string& usual) {
    std::string reply = answer_(command);
    if (reply.empty()) reply = usual;
    connection.peer->write(reply + "\r\n");
    if (reply.starts_with("421") || reply.starts_with("221")) {
      connection.over = true;
      connection.peer->close();
    }
    return reply[0] == '2' || reply[0] == '3';
  }

  bool take(Connection& connection) {
    const std::string end = connection.data ? "\r\n.\r\n" : "\r\n";
    const std::size_t at = connection.input.find(end);
    if (at == std::string::npos) return false;
    const std::string taken = connection.input.substr(0, at);
    connection.input.erase(0, at + end.size());
    if (connection.data) {
      end_message(connection, taken);
      return true;
    }
    heard_.emplace_back(network_.now(), taken);
    command(connection, taken);
    return true;
  }

  void command(Connection& connection, const std::string& line) {
    Mail& mail = connection.mail;
    const std::string path =
        line.substr(std::min(line.find('<'), line.size()), line.find('>') - line.find('<') + 1);
    if (line.starts_with("EHLO") || line.starts_with("LHLO")) {
      connection.lmtp = line[0] == 'L';
      say(connection, line, "250-server\r\n250 PIPELINING");
    } else if (line.starts_with("MAIL")) {
      mail = {{}, path, {}, {}};
      connection.sender = say(connection, line, "250 fine");
    } else if (line.starts_with("RCPT")) {
      if (!connection.sender) {
        say(connection, "", "503 no sender");
      } else if (say(connection, line, "250 fine")) {
        mail.to.push_back(path);
      }
    } else if (line == "DATA") {
      connection.data =
          !mail.to.empty() ? say(connection, line, "354 go on") : say(connection, "", "503 whom?");
    } else {
      say(connection, line, line == "QUIT" ? "221 bye" : "250 fine");
    }
  }

  void end_message(Connection& connection, const std::string& text) {
    connection.data = connection.sender = false;
    Mail mail = std::exchange(connection.mail, {});
    mail.at = network_.now();
    mail.text = text;
    if (connection.lmtp) {
      const std::vector<std::string> asked = std::exchange(mail.to, {});
      for (const std::string& path : asked) {
        if (connection.over) return;
        if (say(connection, ". " + path, "250 delivered")) mail.to.push_back(path);
      }
      if (!mail.to.empty()) mails_.push_back(mail);
    } else if (say(connection, ".", "250 queued")) {
      mails_.push_back(mail);
    }
  }

  sim::SimNetwork& network_;
  Answer answer_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Mail> mails_;
  std::vector<std::pair<Instant, std::string>> heard_;
};

}  // namespace mailvoid::loadgen
