// SPDX-License-Identifier: Apache-2.0
//
// The same questions to ssh-keygen -F, over files that ssh-keygen hashes too.
#include "host/core/encoding.h"
#include "host/core/text.h"
#include "host/ssh/host_pattern.h"
#include "host/ssh/known/known_hosts.h"
#include "host/ssh/wire.h"
#include "tests/host/ssh/openssh.h"
#include "tests/support/catch.h"
#include "tests/support/skip.h"
#include "tests/support/temp_directory.h"

namespace runbook::ssh {
namespace {

/// A real key's blob.
std::string make_key(const TempDirectory& tmp, const std::string& name, const std::string& type) {
  output_of("ssh-keygen -q -t " + type + " -N '' -f " + (tmp / name) + " </dev/null");
  const auto fields = split(trim(tmp.content(name + ".pub")), ' ');
  REQUIRE(fields.size() >= 2);
  return *base64_decode(fields[1]);
}

std::string text_of(const std::string& blob) {
  return cat(std::string(WireReader(blob).string()), ' ', base64_encode(blob));
}

std::string name_for_keygen(const std::string& host, int port) {
  return port == 22 ? host : cat('[', host, "]:", port);
}

}  // namespace

TEST_CASE("known_hosts: finds the lines that ssh-keygen -F finds, plain and hashed") {
  if (!have_openssh()) RUNBOOK_SKIP("there is no ssh-keygen");
  const TempDirectory tmp;
  const std::string key = make_key(tmp, "key", "ed25519");
  const std::string line = text_of(key);
  const std::string plain = "web1,WEB2.example.com " + line + "\n*.example.net,!db.example.net " + line +
                            "\n[web3]:2222,[2001:db8::1]:2222 " + line + "\r\n10.0.0.1 " + line +
                            "\n@cert-authority *.ca.example " + line + "\n# web4 " + line + "\nweb5? " + line + "\n";
  const std::string file = tmp.file("kh", plain);
  const std::string hashed =
      tmp.file("hashed", "web1,WEB2.example.com " + line + "\n[web3]:2222,10.0.0.1 " + line + "\n");
  output_of("ssh-keygen -q -H -f " + hashed + " 2>/dev/null >/dev/null");
  REQUIRE(tmp.content("hashed").find("|1|") == 0);
  REQUIRE(tmp.content("hashed").find("web") == std::string::npos);
  for (const std::string& path : {file, hashed}) {
    KnownHosts known;
    known.add(path == file ? plain : tmp.content("hashed"), path);
    CHECK(known.problems().empty());
    int found_ones = 0;
    for (const char* host :
         {"web1", "Web1", "web2.example.com", "web2.EXAMPLE.com", "a.example.net", "db.example.net", "example.net",
          "web3", "2001:db8::1", "10.0.0.1", "x.ca.example", "web4", "web5", "web51"}) {
      for (const int port : {22, 2222}) {
        CAPTURE(path, host, port);
        // ssh asks in lower case; ssh-keygen finds a hashed name only as it was written.
        const bool found =
            !output_of(cat("ssh-keygen -F '", name_for_keygen(lower_case(host), port), "' -f ", path, " 2>/dev/null"))
                 .empty();
        const auto answer = known.check(host, port, key);
        // ssh-keygen knows nothing of the plain name's key being believed at other ports: ask with another key there.
        const std::string other = WireWriter().string("ssh-ed25519").string(std::string(32, 'x')).take();
        const auto changed = known.check(host, port, other);
        CHECK((changed.verdict != KnownHosts::Verdict::kUnknown) == found);
        if (found) CHECK(answer.verdict != KnownHosts::Verdict::kUnknown);
        found_ones += found ? 1 : 0;
      }
    }
    CHECK(found_ones >= (path == file ? 10 : 5));
  }
}

TEST_CASE("known_hosts: the fingerprint of the key that is listed is ssh-keygen's") {
  if (!have_openssh()) RUNBOOK_SKIP("there is no ssh-keygen");
  const TempDirectory tmp;
  const std::string listed = make_key(tmp, "listed", "ecdsa");
  const std::string shown = make_key(tmp, "shown", "ecdsa");
  KnownHosts known;
  known.add("web1 " + text_of(listed) + "\n", "kh");
  const auto answer = known.check("web1", 22, shown);
  REQUIRE(answer.verdict == KnownHosts::Verdict::kChanged);
  CHECK(output_of("ssh-keygen -lf " + (tmp / "listed.pub")).find(" " + answer.known + " ") != std::string::npos);
}

TEST_CASE("known_hosts: ssh-keygen finds what runbook added") {
  if (!have_openssh()) RUNBOOK_SKIP("there is no ssh-keygen");
  const TempDirectory tmp;
  const std::string key = make_key(tmp, "key", "rsa");
  REQUIRE(known_hosts_append(tmp / "kh", known_hosts_line("Web1", 2222, key)).ok());
  REQUIRE(known_hosts_append(tmp / "kh", known_hosts_line("web2", 22, key)).ok());
  CHECK(output_of("ssh-keygen -F '[web1]:2222' -f " + (tmp / "kh")).find("line 1") != std::string::npos);
  CHECK(output_of("ssh-keygen -F web2 -f " + (tmp / "kh")).find("line 2") != std::string::npos);
  CHECK(output_of("ssh-keygen -F web1 -f " + (tmp / "kh")).empty());
}

}  // namespace runbook::ssh
