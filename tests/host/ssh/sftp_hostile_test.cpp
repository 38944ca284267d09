// SPDX-License-Identifier: Apache-2.0
//
// Servers that lie: a fake one answers each request with what the test says.
#include <malloc.h>

#include "tests/host/ssh/sftp_fixture.h"

namespace runbook::ssh::sftp {

namespace {

std::string packet(std::string_view content) { return WireWriter().string(content).take(); }
std::string version(std::uint32_t number = 3) { return packet(WireWriter().byte(kVersion).u32(number).take()); }
std::string status(std::uint32_t id, std::uint32_t code, std::string_view words = "") {
  return packet(WireWriter().byte(kStatus).u32(id).u32(code).string(words).string("").take());
}
std::string handle(std::uint32_t id, std::string_view name) { return packet(WireWriter().byte(kHandle).u32(id).string(name).take()); }
std::string attributes(std::uint32_t id, std::uint64_t size, std::uint32_t mode = 0100644) {
  return packet(WireWriter().byte(kAttrs).u32(id).u32(1 | 4).u64(size).u32(mode).take());
}
std::string data(std::uint32_t id, std::string_view bytes) { return packet(WireWriter().byte(kData).u32(id).string(bytes).take()); }
std::string names(std::uint32_t id, const std::vector<std::string>& all) {
  WireWriter out;
  out.byte(kName).u32(id).u32(static_cast<std::uint32_t>(all.size()));
  for (const std::string& name : all) out.string(name).string("for people").u32(0);
  return packet(out.take());
}

struct Asked {
  std::uint8_t type = 0;
  std::uint32_t id = 0;
  std::string body;
};

class FakeStream final : public Stream {
 public:
  using Answer = std::function<std::string(const Asked&)>;
  FakeStream(Loop& loop, Answer answer) : loop_(loop), answer_(std::move(answer)) {}
  ~FakeStream() override { *alive_ = false; }
  FakeStream(const FakeStream&) = delete;
  FakeStream& operator=(const FakeStream&) = delete;

  void start(std::function<void(std::string_view)> on_data, Callback<void(Error)> on_end) override {
    on_data_ = std::move(on_data);
    on_end_ = std::move(on_end);
  }
  void write(std::string bytes) override {
    WireReader in(bytes);
    in.u32();
    Asked asked;
    asked.type = in.byte();
    asked.id = in.u32();
    asked.body = in.rest();
    loop_.post([this, alive = alive_, asked] {
      if (!*alive) return;
      // One byte after the other, as a network may.
      const std::string answer = answer_(asked);
      const bool small = answer.size() < 200;
      for (std::size_t i = 0; *alive && i < answer.size(); i += small ? 1 : answer.size()) {
        on_data_(std::string_view(answer).substr(i, small ? 1 : answer.size()));
      }
    });
  }

 private:
  Loop& loop_;
  Answer answer_;
  std::function<void(std::string_view)> on_data_;
  Callback<void(Error)> on_end_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

class Fake {
 public:
  explicit Fake(FakeStream::Answer answer, double silence = 5)
      : client(std::make_shared<Client>(loop, std::make_unique<FakeStream>(loop, std::move(answer)), "fake", silence)) {}
  Status begin() {
    Wait<Status> begun([this](Callback<void(Status)> done) { return client->begin(std::move(done)); });
    return finish(loop, one(begun));
  }
  template <class T>
  T wait(Wait<T> step) {
    return finish(loop, one(step));
  }
  Loop loop;
  ClientPtr client;
};

/// One that begins as it should.
FakeStream::Answer after_version(FakeStream::Answer answer) {
  return [answer = std::move(answer)](const Asked& asked) { return asked.type == kInit ? version() : answer(asked); };
}

std::string code_of(const Status& status) { return status ? "" : status.error().code; }
template <class T>
std::string code_of(const Result<T>& result) {
  return result ? "" : result.error().code;
}

}  // namespace

TEST_CASE("hostile sftp: what does not begin as SFTP does is refused with what it said") {
  const auto [answer, code] = GENERATE(table<std::string, std::string>({
      {"Welcome to this machine, please change your password", "ssh.no_sftp"},
      {std::string("\0\0\0\0", 4), "ssh.no_sftp"},
      {"\xff\xff\xff\xff", "ssh.no_sftp"},
      {packet("e"), "ssh.sftp_protocol"},
      {packet(std::string("\2\0\0", 3)), "ssh.sftp_protocol"},
      {version(6), "ssh.unsupported"},
      {packet(WireWriter().byte(kVersion).u32(3).string("posix-rename@openssh.com").u32(900).take()), "ssh.sftp_protocol"},
  }));
  Fake fake([answer = answer](const Asked&) { return answer; });
  CHECK(code_of(fake.begin()) == code);
}

TEST_CASE("hostile sftp: an answer to no question, or of an impossible length, ends the session") {
  const std::string answer = GENERATE(status(4711, 0), packet(WireWriter().byte(kStatus).take()), std::string("\x7f\xff\xff\xff", 4), std::string("\0\0\0\0", 4));
  Fake fake(after_version([answer](const Asked&) { return answer; }));
  must(fake.begin());
  CHECK(code_of(fake.wait(stat(fake.client, "/a"))) == "ssh.sftp_protocol");
  CHECK(fake.client->lost());
}

TEST_CASE("hostile sftp: an answer of another kind is an error, whatever the request was") {
  Fake fake(after_version([](const Asked& asked) { return asked.type == kMkdir ? handle(asked.id, "h") : asked.type == kOpen ? data(asked.id, "x") : status(asked.id, kOk); }));
  must(fake.begin());
  CHECK(code_of(fake.wait(mkdir(fake.client, "/a", {}))) == "ssh.sftp_protocol");
  CHECK(code_of(fake.wait(open(fake.client, "/a", kForRead))) == "ssh.sftp_protocol");
  CHECK(code_of(fake.wait(stat(fake.client, "/a"))) == "ssh.sftp_protocol");
  CHECK(code_of(fake.wait(readlink(fake.client, "/a"))) == "ssh.sftp_protocol");
  CHECK(code_of(finish(fake.loop, list(fake.client, "/a", 10))) == "ssh.sftp_protocol");
}

TEST_CASE("hostile sftp: names that lead elsewhere, or are none, are not taken from a listing") {
  const std::string name = GENERATE(std::string("../../etc/cron.d/x"), std::string("a/b"), std::string("/etc/passwd"), std::string(""), std::string("a\0b", 3));
  Fake fake(after_version([name](const Asked& asked) { return asked.type == kOpendir ? handle(asked.id, "h") : names(asked.id, {"fine", name}); }));
  must(fake.begin());
  CHECK(code_of(finish(fake.loop, list(fake.client, "/a", 10))) == "ssh.sftp_protocol");
}

TEST_CASE("hostile sftp: names that are longer than names are, or too many of them, end a listing") {
  int count = 0;
  const auto [size, code] = GENERATE(table<std::size_t, std::string>({{4097, "ssh.sftp_protocol"}, {4090, "ssh.too_large"}}));
  Fake fake(after_version([&, size = size](const Asked& asked) {
    if (asked.type == kOpendir) return handle(asked.id, "h");
    if (asked.type != kReaddir) return status(asked.id, kOk);
    std::vector<std::string> all;
    for (int i = 0; i < 200; ++i) {
      std::string name = std::to_string(++count);
      name.resize(size, 'n');
      all.push_back(std::move(name));
    }
    return names(asked.id, all);
  }));
  must(fake.begin());
  CHECK(code_of(finish(fake.loop, list(fake.client, "/a", 100000))) == code);
  CHECK(count < 20000);
}

TEST_CASE("hostile sftp: answers of a byte each cost little more than their bytes") {
  constexpr std::size_t kSize = 1U << 20U;
  std::size_t most = 0, answers = 0;
  std::string kept_back;
  const std::size_t before = mallinfo2().uordblks;
  Fake fake(after_version([&](const Asked& asked) {
    if (asked.type == kStat) return attributes(asked.id, kSize);
    if (asked.type == kOpen) return handle(asked.id, "h");
    if (asked.type != kRead) return status(asked.id, kOk);
    WireReader in(asked.body);
    in.string();
    if (in.u64() == 0) {
      // The first piece stays away for long: all others wait for it.
      kept_back = data(asked.id, std::string(in.u32(), 'x'));
      return std::string();
    }
    const std::string piece = data(asked.id, "x");
    return ++answers == 200000 ? piece + kept_back : piece;
  }));
  must(fake.begin());
  std::optional<Result<std::string>> out;
  Cancel reading = run<Result<std::string>>(fake.loop, read_file(fake.client, "/a", kSize), [&](Result<std::string> value) { out.emplace(std::move(value)); });
  while (answers < 200000 && !out && fake.loop.turn()) most = std::max(most, mallinfo2().uordblks - before);
  reading();
  CHECK(most < (8U << 20U));
}

TEST_CASE("hostile sftp: a listing without end comes to an end") {
  int count = 0;
  SECTION("of ever new names") {
    Fake fake(after_version([&](const Asked& asked) {
      return asked.type == kOpendir ? handle(asked.id, "h") : asked.type == kReaddir ? names(asked.id, {cat("name", ++count)}) : status(asked.id, kOk);
    }));
    must(fake.begin());
    CHECK(code_of(finish(fake.loop, list(fake.client, "/a", 50))) == "ssh.too_large");
  }
  SECTION("of nothing") {
    Fake fake(after_version([](const Asked& asked) { return asked.type == kOpendir ? handle(asked.id, "h") : names(asked.id, {}); }));
    must(fake.begin());
    CHECK(code_of(finish(fake.loop, list(fake.client, "/a", 50))) == "ssh.sftp_protocol");
  }
  SECTION("of dots") {
    Fake fake(after_version([](const Asked& asked) { return asked.type == kOpendir ? handle(asked.id, "h") : names(asked.id, {".", ".."}); }));
    must(fake.begin());
    CHECK(code_of(finish(fake.loop, list(fake.client, "/a", 50))) == "ssh.too_large");
  }
}

TEST_CASE("hostile sftp: a count that is larger than what follows is refused at once") {
  Fake fake(after_version([](const Asked& asked) {
    if (asked.type == kOpendir) return handle(asked.id, "h");
    if (asked.type == kStat) return packet(WireWriter().byte(kAttrs).u32(asked.id).u32(0x80000000U).u32(0xffffffffU).take());
    return packet(WireWriter().byte(kName).u32(asked.id).u32(0xffffffffU).take());
  }));
  must(fake.begin());
  CHECK(code_of(finish(fake.loop, list(fake.client, "/a", 50))) == "ssh.sftp_protocol");
  CHECK(code_of(fake.wait(stat(fake.client, "/a"))) == "ssh.sftp_protocol");
}

TEST_CASE("hostile sftp: reading takes neither more than was asked for, nor nothing, nor less than there should be") {
  const int lie = GENERATE(0, 1, 2);
  Fake fake(after_version([lie](const Asked& asked) {
    if (asked.type == kStat) return attributes(asked.id, 100);
    if (asked.type == kOpen) return handle(asked.id, "h");
    if (asked.type != kRead) return status(asked.id, kOk);
    return lie == 0 ? data(asked.id, std::string(101, 'x')) : lie == 1 ? data(asked.id, "") : status(asked.id, kEof);
  }));
  must(fake.begin());
  CHECK(code_of(finish(fake.loop, read_file(fake.client, "/a", 1000))) == (lie == 2 ? "ssh.changed" : "ssh.sftp_protocol"));
}

TEST_CASE("sftp: short answers are asked for again, and a file without a size is read to its end") {
  const std::string content(1000, 'y');
  const bool sized = GENERATE(true, false);
  Fake fake(after_version([&](const Asked& asked) {
    if (asked.type == kStat) return attributes(asked.id, sized ? content.size() : 0);
    if (asked.type == kOpen) return handle(asked.id, "h");
    if (asked.type != kRead) return status(asked.id, kOk);
    WireReader in(asked.body);
    in.string();
    const std::size_t offset = in.u64();
    return offset < content.size() ? data(asked.id, content.substr(offset, 33)) : status(asked.id, kEof);
  }));
  must(fake.begin());
  CHECK(must(finish(fake.loop, read_file(fake.client, "/a", 1000))) == content);
  CHECK(code_of(finish(fake.loop, read_file(fake.client, "/a", 999))) == "ssh.too_large");
}

TEST_CASE("sftp: the server's words tell what its one code for everything does not") {
  const auto [words, code] = GENERATE(table<std::string, std::string>({
      {"No space left on device", "ssh.no_space"}, {"Disk quota exceeded", "ssh.no_space"}, {"File exists", "ssh.exists"}, {"Failure", "ssh.sftp_failed"}}));
  Fake fake(after_version([words = words](const Asked& asked) { return status(asked.id, kFailure, words); }));
  must(fake.begin());
  CHECK(code_of(fake.wait(mkdir(fake.client, "/a", {}))) == code);
}

TEST_CASE("hostile sftp: a server that falls silent is given up") {
  Fake fake(after_version([](const Asked&) { return std::string(); }), 0.1);
  must(fake.begin());
  CHECK(code_of(fake.wait(stat(fake.client, "/a"))) == "ssh.timeout");
  Fake mute([](const Asked&) { return std::string(); }, 0.1);
  CHECK(code_of(mute.begin()) == "ssh.timeout");
}

TEST_CASE("sftp: a handle whose request was cancelled is closed again") {
  bool closed = false;
  Fake fake(after_version([&](const Asked& asked) {
    closed = closed || asked.type == kClose;
    return asked.type == kOpen ? handle(asked.id, "h") : status(asked.id, kOk);
  }));
  must(fake.begin());
  Cancel cancel = fake.client->request(Request(kOpen).string("/a").u32(kForRead).u32(0), [](const Result<Reply>&) { FAIL("cancelled"); });
  cancel();
  bool late = false;
  fake.loop.after(seconds(5), [&] { late = true; });
  while (!closed && !late && fake.loop.turn()) {
  }
  CHECK(closed);
}

TEST_CASE("sftp: a path stays within the directory that it starts in") {
  CHECK(must(clean_path("a/./b//c/../d")) == "a/b/d");
  CHECK(must(clean_path("/a/../../b")) == "/b");
  CHECK(must(clean_path("a/..")) == ".");
  CHECK(code_of(clean_path("../x")) == "ssh.path");
  CHECK(code_of(clean_path("a/../../x")) == "ssh.path");
  CHECK(code_of(clean_path("")) == "ssh.path");
  CHECK(code_of(clean_path(std::string_view("a\0b", 3))) == "ssh.path");
}

TEST_CASE("ssh: durations of a destination may be text") {
  CHECK(must(Destination::from(Value::object({{"host", "web1"}, {"connect_timeout", "2m"}}))).connect_timeout == 120);
  CHECK(code_of(Destination::from(Value::object({{"host", "web1"}, {"alive_interval", "soon"}}))) == "argument.invalid");
}

}  // namespace runbook::ssh::sftp
