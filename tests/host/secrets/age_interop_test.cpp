// SPDX-License-Identifier: Apache-2.0
// Files go back and forth between this implementation and the age program, where that is installed.
#include <cstdlib>

#include "host/secrets/age.h"
#include "tests/host/secrets/temp_directory.h"
#include "tests/support/catch.h"
#include "tests/support/skip.h"

using namespace runbook;
using namespace runbook::secrets;

namespace {

bool run(const std::string& command) { return std::system((command + " 2>/dev/null").c_str()) == 0; }

bool have_age() { return run("command -v age >/dev/null && command -v age-keygen >/dev/null"); }

std::string text_of(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
  return text;
}

}  // namespace

TEST_CASE("age: the age program reads what is written here, and the other way") {
  if (!have_age()) RUNBOOK_SKIP("the age program is not installed");
  const TempDirectory temp;
  REQUIRE(run("age-keygen -o " + temp / "theirs"));
  const Identity theirs = parse_identities(temp.read("theirs"))->front();
  const Identity ours = *Identity::generate();
  temp.write("ours", ours.text() + "\n");
  AgeKeys our_key;
  our_key.identities = {ours};

  for (const std::size_t size : {0, 1, 65535, 65536, 65537, 200000}) {
    INFO(size);
    const std::string plain = text_of(size);
    temp.write("plain", plain);
    temp.write("file", *age_encrypt(plain, {ours.recipient(), theirs.recipient()}));
    REQUIRE(run("age -d -i " + temp / "theirs" + " -o " + temp / "back" + " " + temp / "file"));
    CHECK(temp.read("back") == plain);
    for (const std::string armor : {"", "-a "}) {
      REQUIRE(run("age " + armor + "-r " + theirs.recipient() + " -r " + ours.recipient() + " -o " + temp / "file" + " " + temp / "plain"));
      const auto back = age_decrypt(temp.read("file"), our_key);
      REQUIRE(back.ok());
      CHECK(*back == plain);
    }
  }
}

TEST_CASE("age: a public key made by the age program is the one we work out") {
  if (!have_age()) RUNBOOK_SKIP("the age program is not installed");
  const TempDirectory temp;
  REQUIRE(run("age-keygen -o " + temp / "key"));
  REQUIRE(run("age-keygen -y -o " + temp / "public " + temp / "key"));
  CHECK(parse_identities(temp.read("key"))->front().recipient() + "\n" == temp.read("public"));
}

TEST_CASE("age: passphrases go both ways with the age program") {
  if (!have_age()) RUNBOOK_SKIP("the age program is not installed");
  // The program asks only a terminal for its passphrase: `script` lends it one.
  if (!run("command -v script >/dev/null")) RUNBOOK_SKIP("there is no 'script' to lend age a terminal");
  const TempDirectory temp;
  temp.write("plain", "hello");
  AgeKeys keys;
  keys.passphrase = []() -> Result<std::string> { return std::string("correct horse"); };

  const auto typed = [&](const std::string& input, const std::string& command) {
    return run("(sleep 0.3; printf '" + input + "'; sleep 1) | timeout 20 script -qec '" + command + "' /dev/null >/dev/null");
  };
  REQUIRE(typed("correct horse\\ncorrect horse\\n", "age -p -o " + temp / "theirs" + " " + temp / "plain"));
  const auto back = age_decrypt(temp.read("theirs"), keys);
  REQUIRE(back.ok());
  CHECK(*back == "hello");

  temp.write("ours", *age_encrypt_passphrase("hello", "correct horse", 12));
  REQUIRE(typed("correct horse\\n", "age -d -o " + temp / "back" + " " + temp / "ours"));
  CHECK(temp.read("back") == "hello");
}
