// SPDX-License-Identifier: Apache-2.0
#include "loadgen/mime_language.h"

#include <array>

#include "loadgen/charset.h"
#include "loadgen/text_file.h"

namespace mailvoid::loadgen {
namespace {

using enum TransferEncoding;

constexpr std::string_view kEnglish =
    "the post came late this morning and with it a letter that nobody had been waiting for so it was put on "
    "the "
    "shelf beside the clock where it stayed until the evening";
constexpr std::string_view kGerman =
    "über den Dächern hängt noch der Nebel als der Briefträger müde seine Runde beginnt und für jede Straße "
    "größere Stöße von Post aus der Tasche zieht";
constexpr std::string_view kFrench =
    "à l'heure où la ville s'éveille le facteur a déjà trié les lettres et le café refroidit près de la "
    "fenêtre "
    "où l'été s'achève";
constexpr std::string_view kRussian =
    "почтальон пришёл рано утром и принёс письмо которого никто уже не ждал оно долго лежало на столе у окна";

constexpr std::array kLanguages{
    Language{"us-ascii", seven_bit, "Mary Miller", "The minutes of our meeting on Thursday", kEnglish},
    Language{"utf-8", quoted_printable, "Jürgen Größe", "Änderungen für die nächste Überprüfung", kGerman},
    Language{"utf-8", eight_bit, "Zoë Lefèvre", "Le résumé de la réunion a été envoyé", kFrench},
    Language{"utf-8", base64, "Γιώργος Νικολάου", "Σημειώσεις από τη σημερινή συνάντηση",
             "ο ταχυδρόμος ήρθε νωρίς το πρωί και έφερε ένα γράμμα που κανείς δεν περίμενε πια"},
    Language{
        "iso-8859-1", quoted_printable, "José Núñez", "Información sobre el próximo año",
        "el cartero llegó más temprano que nunca con un montón de cartas y señales de un país que aún no "
        "conocíamos"},
    Language{"iso-8859-15", eight_bit, "Hélène Cœur", "Votre facture de 1.250 € est prête", kFrench},
    Language{
        "windows-1252", quoted_printable, "Seán O’Brien", "“Final” offer – only €99 until Friday",
        "it’s “only” a letter – nobody’s fault that it came late… we’ll pay the €20 and be done with it"},
    Language{"koi8-r", eight_bit, "Иван Петров", "Отчёт о вчерашней встрече и планы", kRussian},
    Language{"windows-1251", base64, "Ольга Иванова", "Счёт за прошлый месяц готов к оплате", kRussian},
    Language{
        "iso-8859-2", quoted_printable, "Łukasz Żółć", "Zażółć gęślą jaźń przed świętami",
        "listonosz przyszedł wcześnie rano i przyniósł list którego nikt już się nie spodziewał więc leżał "
        "długo na półce"},
    Language{"iso-2022-jp", seven_bit, "山田 太郎", "明日の 会議の 資料を お送り します",
             "郵便屋さんが 朝早く 手紙を 持って きました が 誰も それを 待って いません でした"},
    Language{"gb18030", base64, "王 小明", "关于 明天 会议 的 通知",
             "邮递员 今天 早上 很早 就 来了 他 带来 一封 没有人 在等 的 信"},
    Language{"euc-kr", eight_bit, "김 민수", "내일 회의 자료를 보내 드립니다",
             "우체부가 아침 일찍 와서 아무도 기다리지 않던 편지를 한 통 두고 갔습니다"},
};

std::expected<std::vector<std::string>, std::string> words_of(std::string_view text,
                                                              const std::string& charset) {
  std::vector<std::string> words;
  while (!text.empty()) {
    auto word = in_charset(take_until(text, ' '), charset);
    if (!word) return std::unexpected(word.error());
    words.push_back(std::move(*word));
  }
  return words;
}

}  // namespace

std::string_view to_string(TransferEncoding encoding) {
  static constexpr std::array<std::string_view, 4> kNames{"7bit", "8bit", "quoted-printable", "base64"};
  return kNames[static_cast<std::size_t>(encoding)];
}

std::span<const Language> languages() { return kLanguages; }

std::expected<Vocabulary, std::string> vocabulary_of(const Language& language) {
  Vocabulary made{std::string(language.charset), language.encoding, {}, {}, {}};
  using Field = std::pair<std::vector<std::string>*, std::string_view>;
  for (const auto& [words, text] : {Field{&made.name, language.name}, Field{&made.subject, language.subject},
                                    Field{&made.text, language.text}}) {
    auto converted = words_of(text, made.charset);
    if (!converted) return std::unexpected(converted.error());
    *words = std::move(*converted);
  }
  return made;
}

}  // namespace mailvoid::loadgen
