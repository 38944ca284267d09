// SPDX-License-Identifier: Apache-2.0
#include "host/secrets/secret_file.h"

#include "tests/host/secrets/temp_directory.h"
#include "tests/support/catch.h"

using namespace runbook;
using namespace runbook::secrets;

namespace {

struct Desk {
  TempDirectory temp;
  IdentityPlace identity{{}, temp / "config/runbook/identity"};
  SecretFile file{temp / "secrets.age", identity};

  Desk() { REQUIRE(generate_identity(identity).ok()); }
};

}  // namespace

TEST_CASE("secret file: set, get, list and remove, encrypted and private") {
  Desk desk;
  CHECK(desk.file.list()->empty());
  REQUIRE(desk.file.set("DB_PASSWORD", "hunter2 \n\"ü\"").ok());
  REQUIRE(desk.file.set("API", "x").ok());
  CHECK(*desk.file.get("DB_PASSWORD") == "hunter2 \n\"ü\"");
  CHECK(*desk.file.list() == std::vector<std::string>{"API", "DB_PASSWORD"});
  CHECK(desk.temp.read("secrets.age").find("hunter2") == std::string::npos);
  CHECK(desk.temp.mode("secrets.age") == 0600);
  CHECK(desk.temp.mode("config/runbook/identity") == 0600);
  CHECK(desk.temp.mode("config/runbook") == 0700);
  CHECK(desk.file.recipients()->size() == 1);
  CHECK(*desk.file.remove("API"));
  CHECK_FALSE(*desk.file.remove("API"));
  const auto missing = desk.file.get("DB_PASWORD");
  CHECK(missing.error().code == "secret.not_found");
  CHECK_THAT(missing.error().message, ContainsSubstring("did you mean 'DB_PASSWORD'?"));
}

TEST_CASE("secret file: another person is let in, and reads with their own key") {
  Desk desk;
  REQUIRE(desk.file.set("A", "1").ok());
  const Identity other = *Identity::generate();
  const SecretFile theirs(desk.temp / "secrets.age", {other.text(), {}});
  const auto refused = theirs.load();
  CHECK(refused.error().code == "secret.file");
  CHECK_THAT(refused.error().message, ContainsSubstring("encrypted for other keys"));
  REQUIRE(desk.file.add_recipient(" " + other.recipient() + "\n").ok());
  CHECK(*theirs.get("A") == "1");
  CHECK(*desk.file.get("A") == "1");
  REQUIRE(desk.file.add_recipient(other.recipient()).ok());
  CHECK(desk.file.recipients()->size() == 2);
  CHECK(desk.file.add_recipient(other.text()).error().code == "secret.key");
}

TEST_CASE("secret file: edit keeps what comes back, and nothing of what is no object of texts") {
  Desk desk;
  REQUIRE(desk.file.set("A", "1").ok());
  const std::string before = desk.temp.read("secrets.age");
  const auto edit = [&](const char* text) {
    return desk.file.edit([&](const std::string& json) -> Result<std::string> {
      CHECK(json == "{\n  \"A\": \"1\"\n}\n");
      return std::string(text);
    });
  };
  CHECK_FALSE(*edit("{\"A\":\"1\"}"));
  CHECK_FALSE(edit("{\"A\":").ok());
  CHECK_FALSE(edit("[]").ok());
  CHECK_THAT(edit("{\"A\": 1, \"1B\": \"x\"}").error().message, ContainsSubstring("'A' is a integer") || ContainsSubstring("'A' is"));
  CHECK(desk.temp.read("secrets.age") == before);
  CHECK(*edit("{\"B\":\"2\"}"));
  CHECK(*desk.file.get("B") == "2");
}

TEST_CASE("secret file: a passphrase stays one") {
  const TempDirectory temp;
  temp.write("secrets.age", *age_encrypt_passphrase("{\"A\":\"1\"}", "pw", 10));
  SecretFile file(temp / "secrets.age", {{}, temp / "none"}, []() -> Result<std::string> { return std::string("pw"); });
  CHECK(*file.get("A") == "1");
  CHECK_FALSE(file.add_recipient(Identity::generate()->recipient()).ok());
  CHECK(temp.read("secrets.age").find("-> scrypt") != std::string::npos);
}

TEST_CASE("secret file: bad names, empty and binary texts are refused") {
  Desk desk;
  for (const char* name : {"", "1A", "a b", "a=b", "a\n"}) CHECK(desk.file.set(name, "x").error().code == "secret.name");
  CHECK(desk.file.set("A", "").error().code == "secret.empty");
  CHECK(desk.file.set("A", "\xff\xfe").error().code == "secret.binary");
  CHECK_FALSE(desk.file.exists());
}

TEST_CASE("secret file: without a key it says how to make one") {
  const TempDirectory temp;
  SecretFile file(temp / "secrets.age", {{}, temp / "identity"});
  const auto refused = file.set("A", "1");
  CHECK(refused.error().code == "secret.no_identity");
  CHECK_THAT(refused.error().hint, ContainsSubstring("runbook secret keygen"));
  CHECK_FALSE(file.exists());
  CHECK(generate_identity({{}, temp / "identity"}).ok());
  CHECK(generate_identity({{}, temp / "identity"}).error().code == "secret.exists");
}

TEST_CASE("identity: RUNBOOK_IDENTITY is a key or a path, else the configuration directory") {
  std::map<std::string, std::string> variables;
  const auto environment = [&](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
  CHECK(identity_place(environment).path.empty());
  variables["HOME"] = "/home/me";
  CHECK(identity_place(environment).path == "/home/me/.config/runbook/identity");
  variables["XDG_CONFIG_HOME"] = "/xdg";
  CHECK(identity_place(environment).path == "/xdg/runbook/identity");
  variables["RUNBOOK_IDENTITY"] = "/keys/mine";
  CHECK(identity_place(environment).path == "/keys/mine");
  const Identity key = *Identity::generate();
  variables["RUNBOOK_IDENTITY"] = key.text() + "\n";
  CHECK(load_identities(identity_place(environment))->front().point == key.point);
}
