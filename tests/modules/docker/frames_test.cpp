// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/engine/frames.h"

#include <vector>

#include "tests/support/catch.h"

using namespace runbook;
using namespace runbook::docker;

namespace {

std::string frame(char stream, const std::string& payload) {
  std::string out{stream, 0, 0, 0};
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((payload.size() >> shift) & 0xff);
  return out + payload;
}

}  // namespace

TEST_CASE("docker frames: output is told apart wherever the bytes are cut", "[docker]") {
  const std::string bytes = frame(1, "hello\n") + frame(2, "oops") + frame(1, "") + frame(2, std::string(70000, 'x'));
  for (const std::size_t step : {1U, 3U, 8U, 9U, 100000U}) {
    std::string out;
    std::string err;
    Frames frames([&](int stream, std::string_view piece) { (stream == 2 ? err : out) += piece; });
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      REQUIRE(frames.feed(std::string_view(bytes).substr(at, step)).ok());
    }
    CHECK(frames.complete());
    CHECK(out == "hello\n");
    CHECK(err == "oops" + std::string(70000, 'x'));
  }
}

TEST_CASE("docker frames: bytes that are no frames are an error, and a cut frame is not complete", "[docker]") {
  Frames frames([](int, std::string_view) {});
  const Status status = frames.feed("plain text of a terminal");
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code == "docker.engine");

  Frames cut([](int, std::string_view) {});
  REQUIRE(cut.feed(frame(1, "hello").substr(0, 10)).ok());
  CHECK_FALSE(cut.complete());
}

TEST_CASE("docker lines: lines come whole, without their ends, and the last one need not have any", "[docker]") {
  std::vector<std::string> seen;
  Lines lines([&](std::string_view line) { seen.emplace_back(line); });
  for (const char* piece : {"on", "e\r\ntwo\n", "\nth", "ree"}) lines.feed(piece);
  lines.end();
  CHECK(seen == std::vector<std::string>{"one", "two", "", "three"});
}

TEST_CASE("docker lines: a line without an end is handed on in pieces", "[docker]") {
  std::size_t total = 0;
  int pieces = 0;
  Lines lines([&](std::string_view line) {
    total += line.size();
    ++pieces;
  });
  const std::string block(300000, 'a');
  for (int i = 0; i < 10; ++i) lines.feed(block);
  lines.end();
  CHECK(total == 3000000);
  CHECK(pieces > 1);
}
