// SPDX-License-Identifier: Apache-2.0
#include "host/core/redactor.h"

#include <openssl/evp.h>

#include <chrono>
#include <cstdio>
#include <random>

#include "host/core/text.h"
#include "tests/support/catch.h"

using namespace runbook;

namespace {

std::string base64(const std::string& text) {
  std::string out((text.size() + 2) / 3 * 4 + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

std::string base64_url(std::string text) {
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  while (!text.empty() && text.back() == '=') text.pop_back();
  return text;
}

std::string each(const std::string& text, const char* format) {
  std::string out;
  for (const char c : text) {
    char buffer[8];
    std::snprintf(buffer, sizeof buffer, format, static_cast<unsigned char>(c));
    out += buffer;
  }
  return out;
}

std::string percent(const std::string& text, const char* kept, const char* format) {
  std::string out;
  for (const char c : text) out += isalnum(static_cast<unsigned char>(c)) || std::string_view(kept).find(c) != std::string_view::npos ? std::string(1, c) : each(std::string(1, c), format);
  return out;
}

std::string json(const std::string& text) {
  std::string out;
  append_json_string(out, text);
  return out.substr(1, out.size() - 2);
}

std::string quoted(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out;
}

std::string wrapped(const std::string& text, std::size_t width) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += width) out += text.substr(i, width) + "\n";
  return out;
}

// What the secret alone decides of an encoding that other bytes share, 6 bits a character.
std::string inner(const std::string& encoded, std::size_t before, std::size_t size) {
  const std::size_t first = (before * 8 + 5) / 6, last = (before + size) * 8 / 6;
  return encoded.substr(first, last - first);
}

struct Disguise {
  const char* name;
  std::string text;    // what is printed
  std::string core;    // what must not be left of it
};

std::vector<Disguise> disguises(const std::string& s) {
  std::vector<Disguise> out = {
      {"raw", s, s},
      {"hex", each(s, "%02x"), each(s, "%02x")},
      {"HEX", each(s, "%02X"), each(s, "%02X")},
      {"percent", percent(s, "-._~", "%%%02X"), percent(s, "-._~", "%%%02X")},
      {"percent lower", percent(s, "-._~", "%%%02x"), percent(s, "-._~", "%%%02x")},
      {"percent path", percent(s, "-._~/", "%%%02X"), percent(s, "-._~/", "%%%02X")},
      {"percent all", each(s, "%%%02X"), each(s, "%%%02X")},
      {"json", json(s), json(s)},
      {"json in json", json(json(s)), json(json(s))},
      {"shell", quoted(s), quoted(s)},
      {"basic auth", base64("user:" + s), inner(base64("user:" + s), 5, s.size())},
  };
  for (std::size_t before = 0; before < 3; ++before) {
    const std::string padded = std::string("xyz").substr(0, before) + s;
    const std::string encoded = base64(padded + "tail");
    out.push_back({"base64", encoded, inner(encoded, before, s.size())});
    out.push_back({"base64 url", base64_url(encoded), inner(base64_url(encoded), before, s.size())});
    out.push_back({"base64 end", base64(padded), inner(base64(padded), before, s.size())});
  }
  return out;
}

bool gone(const std::string& text, const std::string& core) { return core.size() < 4 || text.find(core) == std::string::npos; }

}  // namespace

TEST_CASE("redactor: random secrets survive in no encoding, whole or in pieces") {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    const std::size_t length = 4 + random() % 40;
    std::string secret;
    const int style = round % 3;
    while (secret.size() < length) {
      if (style == 0) secret += static_cast<char>(33 + random() % 94);
      if (style == 1) secret += "aab\"'\\ /+%$é"[random() % 13];
      if (style == 2) secret += static_cast<char>(1 + random() % 255);
    }
    if (trim(secret).size() < 4) continue;
    Redactor redactor;
    redactor.add(secret);
    redactor.add("another secret");
    for (const Disguise& disguise : disguises(secret)) {
      INFO(round << " " << disguise.name << " " << each(secret, "%02x"));
      const std::string text = "before " + disguise.text + " after";
      const std::string whole = redactor.redact(text);
      REQUIRE(gone(whole, disguise.core));
      REQUIRE(whole.starts_with("before "));
      REQUIRE(whole.ends_with(" after"));
      Redactor::Stream stream(redactor);
      std::string pieces;
      for (std::size_t at = 0; at < text.size();) {
        const std::size_t size = std::min<std::size_t>(1 + random() % 7, text.size() - at);
        pieces += stream.feed(text.substr(at, size));
        at += size;
      }
      pieces += stream.finish();
      REQUIRE(pieces == whole);
    }
    // Line ends are no disguise either.
    if (secret.find_first_of("\r\n") != std::string::npos || secret.size() < 12) continue;
    REQUIRE(gone(redactor.redact(wrapped(base64(secret), 5)), wrapped(base64(secret), 5).substr(0, 12)));
    REQUIRE(gone(redactor.redact(wrapped(secret, 5)), wrapped(secret, 5)));
  }
}

TEST_CASE("redactor: ordinary text stays what it is") {
  Redactor redactor;
  redactor.add("hunter2!");
  redactor.add("aaaa");
  redactor.add("");
  for (const std::string text : {"", "hunter", "hunter2 and more", "a\r\nb\nhunt\ner2", "aaa aaa", "aa\naa"}) CHECK(redactor.redact(text) == text);
  CHECK(redactor.redact("xaaaaay") == "x***y");
  CHECK(redactor.redact("hunter2!hunter2!") == "******");
  CHECK(Redactor().redact("hunter2!") == "hunter2!");
}

TEST_CASE("redactor: overlapping secrets go together") {
  Redactor redactor;
  redactor.add("abcdef");
  redactor.add("defghi");
  redactor.add("cdefg");
  CHECK(redactor.redact("<abcdefghi>") == "<***>");
  CHECK(redactor.redact("<xcdefgx>") == "<x***x>");
}

TEST_CASE("redactor: a short secret counts only as a whole word") {
  Redactor redactor;
  redactor.add("abc");
  redactor.add("7");
  CHECK(redactor.redact("abc abcd xabc abc_ (abc) 7 17 7") == "*** abcd xabc abc_ (***) *** 17 ***");
  Redactor::Stream stream(redactor);
  CHECK(stream.feed("x abc") == "x ");
  CHECK(stream.feed("d abc") == "abcd ");
  CHECK(stream.feed(" ") == "*** ");
  CHECK(stream.finish().empty());
}

TEST_CASE("redactor: the lines of a secret are secrets, and its line ends may change") {
  Redactor redactor;
  redactor.add("-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----\n");
  CHECK(redactor.redact("out | MIIEvQIBADANBgkq") == "out | ***");
  CHECK(redactor.redact("-----BEGIN KEY-----\r\nMIIEvQIBADANBgkq\r\nhkiG9w0BAQEFAASC\r\n-----END KEY-----\r\n") == "***\r\n");
}

TEST_CASE("redactor: a secret that becomes known in the middle of a stream is removed from what was held back") {
  Redactor redactor;
  redactor.add("secret-one");
  Redactor::Stream stream(redactor);
  std::string out = stream.feed("a secret-");
  redactor.add("secret-two");
  out += stream.feed("two b");
  out += stream.finish();
  CHECK(out == "a *** b");
}

TEST_CASE("redactor: values and errors, with their causes") {
  Redactor redactor;
  redactor.add_secrets_of(Value::object({{"a", Value::array({Value(Value::Secret{"hunter2!", "PW"})})}}));
  CHECK(to_json(redactor.redact_value(Value::object({{"k hunter2!", Value::array({"x hunter2!", 1})}}))) == R"({"k ***":["x ***",1]})");
  Error error = Error("a.b", "m hunter2!", "h hunter2!").with("k", "hunter2!").because(Error("c.d", "hunter2!"));
  error.where = "hunter2!:1";
  error = redactor.redact_error(std::move(error));
  CHECK(error.message == "m ***");
  CHECK(error.hint == "h ***");
  CHECK(error.where == "***:1");
  CHECK(error.context["k"] == "***");
  CHECK(error.cause->message == "***");
}

TEST_CASE("redactor: a long text and a long secret are quick enough") {
  Redactor redactor;
  std::mt19937 random(1);
  for (int i = 0; i < 20; ++i) {
    std::string secret;
    for (int k = 0; k < 40; ++k) secret += static_cast<char>('a' + random() % 26);
    redactor.add(secret);
  }
  redactor.add(std::string(200000, 'k') + "end");
  std::string text;
  while (text.size() < 4 << 20) text += "the quick brown fox jumps over the lazy dog 0123456789\n";
  const auto start = std::chrono::steady_clock::now();
  CHECK(redactor.redact(text) == text);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}
