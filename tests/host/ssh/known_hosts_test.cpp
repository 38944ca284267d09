// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/known/known_hosts.h"

#include <chrono>

#include "host/core/encoding.h"
#include "host/core/text.h"
#include "host/ssh/wire.h"
#include "tests/support/catch.h"
#include "tests/support/temp_directory.h"

namespace runbook::ssh {
namespace {

using Verdict = KnownHosts::Verdict;

std::string blob_of(const std::string& type, char fill) {
  return WireWriter().string(type).string(std::string(32, fill)).take();
}
const std::string kKey = blob_of("ssh-ed25519", 'a');
const std::string kOther = blob_of("ssh-ed25519", 'b');
const std::string kRsa = blob_of("ssh-rsa", 'c');

std::string text_of(const std::string& blob) {
  return cat(std::string(WireReader(blob).string()), ' ', base64_encode(blob));
}

Verdict verdict(const std::string& text, const std::string& host, int port = 22, const std::string& key = kKey) {
  KnownHosts known;
  known.add(text, "kh");
  return known.check(host, port, key).verdict;
}

}  // namespace

TEST_CASE("known_hosts: a key that is listed is known, in any case of the name") {
  const std::string line = "web1,web1.example.com " + text_of(kKey) + " a comment\n";
  CHECK(verdict(line, "web1") == Verdict::kKnown);
  CHECK(verdict(line, "WEB1.example.COM") == Verdict::kKnown);
  CHECK(verdict("WEB1 " + text_of(kKey), "web1") == Verdict::kKnown);
  CHECK(verdict(line, "web2") == Verdict::kUnknown);
  CHECK(verdict("", "web1") == Verdict::kUnknown);
}

TEST_CASE("known_hosts: another key of the type is a change, and its line and fingerprint are told") {
  KnownHosts known;
  known.add("# comment\n\nweb1 " + text_of(kOther) + "\n", "kh");
  const auto answer = known.check("web1", 22, kKey);
  CHECK(answer.verdict == Verdict::kChanged);
  CHECK(answer.file == "kh");
  CHECK(answer.line == 3);
  CHECK(answer.known.starts_with("SHA256:"));
  CHECK(answer.known.size() == 7 + 43);
}

TEST_CASE("known_hosts: one right line is enough, and the type counts") {
  CHECK(verdict("web1 " + text_of(kOther) + "\nweb1 " + text_of(kKey) + "\n", "web1") == Verdict::kKnown);
  CHECK(verdict("web1 " + text_of(kRsa) + "\n", "web1") == Verdict::kOtherType);
  CHECK(verdict("web1 " + text_of(kRsa) + "\nweb1 " + text_of(kOther) + "\n", "web1") == Verdict::kChanged);
  KnownHosts two;
  two.add("web1 " + text_of(kOther) + "\n", "first");
  two.add("web1 " + text_of(kKey) + "\n", "second");
  CHECK(two.check("web1", 22, kKey).file == "second");
}

TEST_CASE("known_hosts: a revoked key is revoked whatever else is listed, before or after") {
  const std::string known = "web1 " + text_of(kKey) + "\n";
  const std::string revoked = "@revoked * " + text_of(kKey) + "\n";
  CHECK(verdict(known + revoked, "web1") == Verdict::kRevoked);
  CHECK(verdict(revoked + known, "web1") == Verdict::kRevoked);
  CHECK(verdict("@revoked web2 " + text_of(kKey) + "\n" + known, "web1") == Verdict::kKnown);
  CHECK(verdict("@revoked\tweb1\t" + text_of(kKey), "web1") == Verdict::kRevoked);
}

TEST_CASE("known_hosts: a certificate authority is not a key of the host") {
  const std::string authority = "@cert-authority *.example.com " + text_of(kKey) + "\n";
  CHECK(verdict(authority, "web1.example.com") == Verdict::kAuthority);
  CHECK(verdict(authority, "web1.example.org") == Verdict::kUnknown);
  CHECK(verdict(authority + "web1.example.com " + text_of(kOther), "web1.example.com") == Verdict::kChanged);
  KnownHosts known;
  known.add(authority, "kh");
  CHECK(known.types("web1.example.com", 22).empty());
}

TEST_CASE("known_hosts: patterns, with exceptions") {
  const std::string line = "*.example.com,!db.example.com " + text_of(kKey);
  CHECK(verdict(line, "web.example.com") == Verdict::kKnown);
  CHECK(verdict(line, "db.example.com") == Verdict::kUnknown);
  CHECK(verdict("web? " + text_of(kKey), "web1") == Verdict::kKnown);
}

TEST_CASE("known_hosts: another port has its own names, and the plain name's key is believed but contradicts nothing") {
  CHECK(verdict("[web1]:2222 " + text_of(kKey), "web1", 2222) == Verdict::kKnown);
  CHECK(verdict("[web1]:2222 " + text_of(kKey), "web1", 22) == Verdict::kUnknown);
  CHECK(verdict("[web1]:2222 " + text_of(kKey), "web1", 2223) == Verdict::kUnknown);
  CHECK(verdict("[2001:db8::1]:2222 " + text_of(kKey), "2001:db8::1", 2222) == Verdict::kKnown);
  // The plain name: an equal key is the same server, another one may be another server.
  CHECK(verdict("web1 " + text_of(kKey), "web1", 2222) == Verdict::kKnown);
  CHECK(verdict("web1 " + text_of(kOther), "web1", 2222) == Verdict::kUnknown);
  CHECK(verdict("[web1]:2222 " + text_of(kOther) + "\nweb1 " + text_of(kKey), "web1", 2222) == Verdict::kChanged);
  CHECK(verdict("[web1]:2222 " + text_of(kRsa) + "\nweb1 " + text_of(kKey), "web1", 2222) == Verdict::kOtherType);
  // Stricter than ssh.
  CHECK(verdict("@revoked web1 " + text_of(kKey) + "\n[web1]:2222 " + text_of(kKey), "web1", 2222) ==
        Verdict::kRevoked);
}

TEST_CASE("known_hosts: types come in the order to ask for them, of the port before the plain name") {
  KnownHosts known;
  known.add("web1 " + text_of(kRsa) + "\nweb1 " + text_of(blob_of("ecdsa-sha2-nistp256", 'd')) + "\nweb1 " +
                text_of(kKey) + "\nweb1 " + text_of(blob_of("ssh-dss", 'e')) + "\n[web1]:2222 " + text_of(kRsa) + "\n",
            "kh");
  CHECK(known.types("web1", 22) == std::vector<std::string>{"ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"});
  CHECK(known.types("WEB1", 2222) == std::vector<std::string>{"ssh-rsa"});
  CHECK(known.types("web1", 2223).size() == 3);
  CHECK(known.types("web2", 22).empty());
}

TEST_CASE("known_hosts: what cannot be read is told with its line, and the rest counts") {
  KnownHosts known;
  const std::string good = base64_encode(kKey);
  known.add(
      "garbage\r\n"
      "\x01\x02\xff\xfe garbage of bytes\n"
      "web1 ssh-ed25519 ====\n"
      "web1 ssh-rsa " +
          good +
          "\n"  // the wrong type
          "@nonsense web1 ssh-ed25519 " +
          good +
          "\n"
          "|1|short|short ssh-ed25519 " +
          good +
          "\n"
          "|2|a|b ssh-ed25519 " +
          good +
          "\n"
          "web1 1024 35 123456789\n"  // protocol 1
          "web1 ssh-ed25519\n"
          "we\x01"
          "b1 ssh-ed25519 " +
          good +
          "\n"
          "\t web1 ssh-ed25519 " +
          good + " comment \x01\r\n",
      "kh");
  REQUIRE(known.problems().size() == 10);
  for (int i = 0; i < 10; ++i) {
    CAPTURE(known.problems()[i]);
    CHECK(known.problems()[i].starts_with(cat("kh:", i + 1, ": ")));
    for (const char c : known.problems()[i]) CHECK((c >= ' ' && c <= '~'));
  }
  CHECK(known.check("web1", 22, kKey).verdict == Verdict::kKnown);
  CHECK(known.check("web1", 22, kKey).line == 11);
}

TEST_CASE("known_hosts: NUL, lines of a megabyte and hundred thousand lines take linear time") {
  KnownHosts known;
  std::string long_line;
  while (long_line.size() < 1'000'000) long_line += "*a*b*c,";
  std::string text = long_line + "web1 " + text_of(kKey) + "\n" + std::string(1'000'000, 'x') + "\n" +
                     std::string("web\0x ", 6) + text_of(kKey) + "\n" + std::string(1000, '\0') + "\n";
  const std::string hashed =
      "|1|" + base64_encode(std::string(20, 's')) + "|" + base64_encode(std::string(20, 'h')) + " ";
  for (int i = 0; i < 50'000; ++i) text += cat("host", i, ' ', text_of(kOther), '\n', hashed, text_of(kOther), '\n');
  const auto begin = std::chrono::steady_clock::now();
  known.add(text, "kh");
  CHECK(known.problems().size() == 3);
  CHECK(known.check("web1", 22, kKey).verdict == Verdict::kKnown);
  CHECK(known.check("host49999", 22, kKey).verdict == Verdict::kChanged);
  CHECK(known.check("web", 22, kKey).verdict == Verdict::kUnknown);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
}

TEST_CASE("known_hosts: what is no whole key is never known") {
  CHECK(verdict("web1 " + text_of(kKey), "web1", 22, "") == Verdict::kOtherType);
  CHECK(verdict("web1 " + text_of(kKey), "web1", 22, std::string("\xff\xff\xff\xff", 4)) == Verdict::kOtherType);
  CHECK(verdict("web1 " + text_of(kKey), "web1", 22, kKey.substr(0, 20)) == Verdict::kChanged);
  CHECK(verdict("web1 " + text_of(kKey), "", 22) == Verdict::kUnknown);
}

TEST_CASE("known_hosts_remove: takes out the line of this host at this port, of whatever type its key is, and no other") {
  const TempDirectory tmp;
  const auto line = [](const std::string& host, const std::string& type) {
    return cat(host, ' ', type, ' ', base64_encode(WireWriter().string(type).string(std::string(32, 'a')).take()), '\n');
  };
  const std::string kept = cat("# web1\n", line("web1", "ssh-ed25519"), line("web1,10.0.0.1", "ssh-ed25519"), line("[web*]:2222", "ssh-rsa"),
                               "@revoked ", line("[web1]:2222", "ssh-rsa"), line("[web2]:2222", "ssh-rsa"), "[web1]:2222 nonsense\n");
  tmp.file("kh", kept + line("[web1]:2222", "ssh-ed25519") + line("[Web1]:2222", "sk-ssh-ed25519@openssh.com"));
  CHECK(*known_hosts_remove(tmp / "kh", "web1", 2222) == 2);
  CHECK(tmp.content("kh") == kept);
  // Where nothing is known of the port, what is known of the name is not for this to take.
  CHECK(*known_hosts_remove(tmp / "kh", "web1", 2200) == 0);
  CHECK(*known_hosts_remove(tmp / "kh", "WEB1", 22) == 1);
  CHECK(*known_hosts_remove(tmp / "none", "web1", 22) == 0);
}

TEST_CASE("known_hosts_remove: a file that is a link stays one") {
  const TempDirectory tmp;
  tmp.file("real", known_hosts_line("web1", 22, WireWriter().string("ssh-ed25519").string(std::string(32, 'a')).take()));
  std::filesystem::create_symlink("real", tmp / "kh");
  CHECK(*known_hosts_remove(tmp / "kh", "web1", 22) == 1);
  CHECK(tmp.content("real").empty());
  CHECK(std::filesystem::is_symlink(tmp / "kh"));
}

}  // namespace runbook::ssh
