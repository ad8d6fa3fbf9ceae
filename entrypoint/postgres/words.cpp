#include "postgres/words.hpp"

namespace postgres {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view shell_only = ";&|<>()*?[";

/// The word list while it grows. A word exists from its first character or quote on: '' is an empty
/// word.
class Splitter {
 public:
  explicit Splitter(std::string_view text) : rest_(text) {}

  std::expected<std::vector<std::string>, std::string> split() {
    while (!rest_.empty() && error_.empty())
      step();
    if (!error_.empty()) return std::unexpected(error_);
    end_word();
    return std::move(words_);
  }

 private:
  void step() {
    const char next = take();
    if (blanks.find(next) != std::string_view::npos) {
      end_word();
    } else if (next == '\'') {
      single_quotes();
    } else if (next == '"') {
      double_quotes();
    } else if (next == '\\') {
      backslash();
    } else if (needs_a_shell(next)) {
      refuse(next);
    } else {
      add(next);
    }
  }

  [[nodiscard]] bool needs_a_shell(char next) const {
    if (next == '$' || next == '`' || shell_only.find(next) != std::string_view::npos) return true;
    return !in_word_ && (next == '~' || next == '#');
  }

  void single_quotes() {
    in_word_ = true;
    const auto end = rest_.find('\'');
    if (end == std::string_view::npos) {
      error_ = "a single quote (') is not closed";
      return;
    }
    word_ += rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
  }

  void double_quotes() {
    in_word_ = true;
    while (!rest_.empty()) {
      const char next = take();
      if (next == '"') return;
      if (next == '$' || next == '`') return refuse(next);
      if (next != '\\') {
        add(next);
        continue;
      }
      if (rest_.empty()) break;
      const char escaped = take();
      if (escaped == '\n') continue;
      if (std::string_view("$`\"\\").find(escaped) == std::string_view::npos) add('\\');
      add(escaped);
    }
    error_ = "a double quote (\") is not closed";
  }

  void backslash() {
    if (rest_.empty()) {
      error_ = "it ends in a backslash";
      return;
    }
    const char escaped = take();
    if (escaped != '\n') add(escaped);
  }

  void refuse(char what) {
    error_ = std::string("it has an unquoted ") + what +
             ", which only a shell could act on, and there is none here; write the value itself, "
             "or put it in single "
             "quotes if it is meant as it is";
  }

  char take() {
    const char next = rest_.front();
    rest_.remove_prefix(1);
    return next;
  }
  void add(char next) {
    in_word_ = true;
    word_ += next;
  }
  void end_word() {
    if (in_word_) words_.push_back(std::move(word_));
    word_.clear();
    in_word_ = false;
  }

  std::string_view rest_;
  std::vector<std::string> words_;
  std::string word_;
  bool in_word_ = false;
  std::string error_;
};

}  // namespace

std::expected<std::vector<std::string>, std::string> split_words(std::string_view text) {
  return Splitter(text).split();
}

}  // namespace postgres
