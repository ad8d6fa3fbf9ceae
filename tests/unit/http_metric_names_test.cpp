#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/metrics.hpp"
#include "http_status_fixture.hpp"

namespace {

using namespace http_test;
using Names = std::set<std::string>;

std::string text_of(const std::string& file) {
  std::ifstream in(std::string(PGORDINAL_SOURCE_DIR "/") + file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

Names matches(const std::string& text, const std::string& pattern) {
  Names found;
  const std::regex expression(pattern);
  for (auto each = std::sregex_iterator(text.begin(), text.end(), expression);
       each != std::sregex_iterator(); ++each)
    found.insert(each->str(1));
  return found;
}

/// The names of all samples that any of these pods has.
Names shown() {
  Names all;
  for (const core::Status& status : {primary(), standby(), cloning()})
    all.merge(matches(http::metrics(status), "(?:^|\n)(pgordinal_[a-z_]+)[ {]"));
  return all;
}

TEST(HttpMetricNames, RulesAndDashboardNameOnlyWhatIsShown) {
  const Names known = shown();
  for (const auto* file : {"config/prometheus-rules.yaml", "config/grafana-dashboard.json",
                           "tests/integration/prometheus-rules-test.yaml"}) {
    const Names named = matches(text_of(file), "\\b(pgordinal_[a-z_]+)");
    EXPECT_GE(named.size(), 10U) << file;
    for (const std::string& name : named)
      EXPECT_TRUE(known.contains(name)) << file << " names " << name;
  }
}

TEST(HttpMetricNames, EveryFamilyIsInTheReadmesTable) {
  Names families;
  for (const core::Status& status : {primary(), standby(), cloning()})
    families.merge(matches(http::metrics(status), "# TYPE pgordinal([a-z_]+) "));
  const std::string readme = text_of("README.md");
  for (const std::string& family : families)
    EXPECT_TRUE(std::regex_search(readme, std::regex("`(?:pgordinal)?" + family + "[`{]")))
        << family;
}

TEST(HttpMetricNames, EveryAlertIsTestedAndHasItsLineInTheRunbook) {
  const Names alerts = matches(text_of("config/prometheus-rules.yaml"), "- alert: (\\w+)");
  EXPECT_GE(alerts.size(), 15U);
  const std::string test = text_of("tests/integration/prometheus-rules-test.yaml");
  const std::string readme = text_of("README.md");
  for (const std::string& alert : alerts) {
    EXPECT_THAT(test, testing::HasSubstr("        alertname: " + alert + "\n")) << "it never fires";
    EXPECT_THAT(readme, testing::HasSubstr("| `" + alert + "` |"));
  }
}

}  // namespace
