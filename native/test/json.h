#pragma once

#include <cctype>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::test {

/// A value of a JSON file that the tests keep: as much of JSON as those need, which is all but
/// escapes in texts. Throws std::runtime_error for anything else.
class Json {
 public:
  static Json parse(std::string_view text) {
    Json value = read(text);
    skipSpace(text);
    if (!text.empty()) throw std::runtime_error("JSON goes on behind its end");
    return value;
  }

  const Json& operator[](const std::string& key) const { return members_.at(key); }
  bool has(const std::string& key) const { return members_.contains(key); }
  const std::vector<Json>& items() const { return items_; }
  const std::string& text() const { return text_; }
  int number() const { return std::stoi(text_); }
  bool isTrue() const { return text_ == "true"; }
  bool isNull() const { return text_ == "null"; }

 private:
  static void skipSpace(std::string_view& text) {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0)
      text.remove_prefix(1);
  }
  static bool take(std::string_view& text, char wanted) {
    skipSpace(text);
    if (text.empty() || text.front() != wanted) return false;
    text.remove_prefix(1);
    return true;
  }
  static void expect(std::string_view& text, char wanted) {
    if (!take(text, wanted)) throw std::runtime_error(std::string("JSON lacks a ") + wanted);
  }
  static std::string readText(std::string_view& text) {
    expect(text, '"');
    const std::size_t end = text.find('"');
    if (end == std::string_view::npos) throw std::runtime_error("JSON ends in a text");
    std::string value(text.substr(0, end));
    if (value.find('\\') != std::string::npos) throw std::runtime_error("JSON has an escape");
    text.remove_prefix(end + 1);
    return value;
  }
  static Json read(std::string_view& text) {
    Json value;
    skipSpace(text);
    if (take(text, '{')) {
      if (take(text, '}')) return value;
      do {
        std::string key = readText(text);
        expect(text, ':');
        value.members_.emplace(std::move(key), read(text));
      } while (take(text, ','));
      expect(text, '}');
    } else if (take(text, '[')) {
      if (take(text, ']')) return value;
      do value.items_.push_back(read(text));
      while (take(text, ','));
      expect(text, ']');
    } else if (!text.empty() && text.front() == '"') {
      value.text_ = readText(text);
    } else {
      const std::size_t end = text.find_first_of(",]} \n\r\t");
      value.text_ = text.substr(0, end);
      text.remove_prefix(value.text_.size());
    }
    return value;
  }

  std::map<std::string, Json> members_;
  std::vector<Json> items_;
  std::string text_;  ///< Of a text, a number or a word.
};

}  // namespace millrace::test
