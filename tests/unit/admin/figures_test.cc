// SPDX-License-Identifier: Apache-2.0
#include "admin/figures.h"

#include <gtest/gtest.h>

#include <cmath>

#include "stats/histogram.h"

namespace mailvoid::admin {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

struct Source {
  double open = 0;
};

constexpr MetricRow<Source> kTable[] = {
    {"open",
     "Open now.",
     MetricType::gauge,
     {},
     [](const Source& source, MetricSamples& out) { out.add(source.open); }},
    {"replies_total",
     "Replies.",
     MetricType::counter,
     {{"step", "code"}},
     [](const Source&, MetricSamples& out) {
       out.add({"mail", "250"}, 5);
       out.add({"mail", "4xx"}, 1);
       out.add({"rcpt", "251"}, 2);
     }},
    {"odd_total",
     "Labels that need care.",
     MetricType::counter,
     {{"name"}},
     [](const Source&, MetricSamples& out) { out.add({"a\"b\\c\nd"}, 1); }},
};

std::vector<Figure> figures_of(std::vector<FigureRow> rows, const Source& source = {}) {
  std::vector<Figure> figures;
  append_figures("x_", std::span<const MetricRow<Source>>(kTable), std::span<const FigureRow>(rows), source,
                 figures);
  return figures;
}

TEST(Figures, AreTheSamplesOfTheRowsAskedForInTheirOrder) {
  EXPECT_EQ(figures_of({{"replies_total"}, {"open"}}, {.open = 7}),
            (std::vector<Figure>{{"x_replies_total{step=\"mail\",code=\"250\"}", MetricType::counter, 5},
                                 {"x_replies_total{step=\"mail\",code=\"4xx\"}", MetricType::counter, 1},
                                 {"x_replies_total{step=\"rcpt\",code=\"251\"}", MetricType::counter, 2},
                                 {"x_open", MetricType::gauge, 7}}));
}

TEST(Figures, OfRepliesAreSummedByClassWhateverElseTheyAreBy) {
  EXPECT_EQ(figures_of({{"open"}, {"replies_total", Fold::reply_class}}),
            (std::vector<Figure>{{"x_open", MetricType::gauge, 0},
                                 {"x_replies_total{class=\"2xx\"}", MetricType::counter, 7},
                                 {"x_replies_total{class=\"4xx\"}", MetricType::counter, 1}}));
}

TEST(Figures, AreNamedAsTheTextFormatNamesThem) {
  EXPECT_EQ(figures_of({{"odd_total"}}).at(0).name, "x_odd_total{name=\"a\\\"b\\\\c\\nd\"}");
}

class Latencies : public testing::Test {
 protected:
  // The values of 0.5, 0.99 and 1.
  std::vector<Figure> read(const stats::HistogramSnapshot& snapshot) {
    std::vector<Figure> figures;
    latencies_.append(snapshot, figures);
    return figures;
  }

  LatencyFigures latencies_{"x_seconds"};
};

TEST_F(Latencies, AreOfWhatCameSinceTheLastReading) {
  stats::Histogram histogram;
  histogram.record(milliseconds(100));
  EXPECT_NEAR(read(histogram.snapshot()).at(2).value, 0.1, 0.001);
  for (int i = 0; i < 99; ++i) histogram.record(microseconds(10));
  histogram.record(microseconds(40));
  const auto recent = read(histogram.snapshot());
  ASSERT_EQ(recent.size(), 3U);
  EXPECT_EQ(recent[0], (Figure{"x_seconds{quantile=\"0.5\"}", MetricType::gauge, 10e-6}));
  EXPECT_EQ(recent[1], (Figure{"x_seconds{quantile=\"0.99\"}", MetricType::gauge, 10e-6}));
  EXPECT_EQ(recent[2], (Figure{"x_seconds{quantile=\"1\"}", MetricType::gauge, 40e-6}));
}

TEST_F(Latencies, AreNoNumbersWhereNothingCame) {
  stats::Histogram histogram;
  histogram.record(milliseconds(100));
  read(histogram.snapshot());
  for (const Figure& figure : read(histogram.snapshot())) EXPECT_TRUE(std::isnan(figure.value));
}

TEST_F(Latencies, OfAnotherHistogramBeginAnew) {
  stats::Histogram one;
  for (int i = 0; i < 3; ++i) one.record(milliseconds(100));
  read(one.snapshot());
  stats::Histogram other;
  other.record(microseconds(7));
  EXPECT_EQ(read(other.snapshot()).at(0).value, 7e-6);
}

}  // namespace
}  // namespace mailvoid::admin
