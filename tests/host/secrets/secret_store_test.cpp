// SPDX-License-Identifier: Apache-2.0
#include "host/secrets/secret_store.h"

#include "host/secrets/secret_file.h"
#include "tests/host/secrets/temp_directory.h"
#include "tests/support/catch.h"

using namespace runbook;
using namespace runbook::secrets;

namespace {

struct Project {
  TempDirectory temp;
  std::map<std::string, std::string> variables{{"RUNBOOK_IDENTITY", Identity::generate()->text()}};

  SecretPlaces places() {
    SecretPlaces places;
    places.directory = temp.path();
    places.environment = [this](const char* name) -> const char* {
      const auto found = variables.find(name);
      return found == variables.end() ? nullptr : found->second.c_str();
    };
    return places;
  }
  void keep(const std::string& name, const std::string& text) {
    SecretFile file(temp / "secrets.age", identity_place(places().environment));
    REQUIRE(file.set(name, text).ok());
  }
};

}  // namespace

TEST_CASE("secrets: the first provider that has a name gives it, as a secret") {
  Project project;
  project.variables["A"] = "from the environment";
  project.temp.write(".env", "A=from .env\nB=from .env\n");
  project.keep("B", "from the file");
  project.keep("C", "from the file");
  SecretStore store(project.places());
  CHECK(store.providers() == std::vector<std::string>{"the environment", "'" + (project.temp / ".env") + "'", "'" + (project.temp / "secrets.age") + "'"});
  const auto found = store.resolve({"A", "B", "C", "A"});
  REQUIRE(found.ok());
  REQUIRE(found->at("A").is_secret());
  CHECK(found->at("A").reveal() == "from the environment");
  CHECK(found->at("A").secret()->name == "A");
  CHECK(found->at("B").reveal() == "from .env");
  CHECK(found->at("C").reveal() == "from the file");
  CHECK(to_json(found->at("C")) == "\"***\"");
}

TEST_CASE("secrets: all that are missing are named at once, with where it looked") {
  Project project;
  project.variables["EMPTY"] = "";
  project.temp.write(".env", "oops\n");
  const auto found = SecretStore(project.places()).resolve({"ONE", "EMPTY"});
  REQUIRE_FALSE(found.ok());
  CHECK(found.error().code == "secret.missing");
  CHECK_THAT(found.error().message, ContainsSubstring("the secrets 'ONE', 'EMPTY' are missing"));
  CHECK_THAT(found.error().message, ContainsSubstring("the environment ('EMPTY' is empty)"));
  CHECK_THAT(found.error().message, ContainsSubstring("(line 1: is no NAME=value)"));
  CHECK_THAT(found.error().message, ContainsSubstring("secrets.age' (is not there)"));
  CHECK_THAT(found.error().hint, ContainsSubstring("runbook secret set ONE"));
}

TEST_CASE("secrets: a file that cannot be opened matters only where it is needed") {
  Project project;
  project.keep("A", "1");
  project.variables["RUNBOOK_IDENTITY"] = Identity::generate()->text();
  project.variables["B"] = "2";
  CHECK(SecretStore(project.places()).resolve({"B"}).ok());
  CHECK_THAT(SecretStore(project.places()).resolve({"A"}).error().message, ContainsSubstring("encrypted for other keys"));
  project.temp.write("secrets.age", "nonsense");
  CHECK_THAT(SecretStore(project.places()).resolve({"A"}).error().message, ContainsSubstring("this is no age file"));
  CHECK(SecretStore(project.places()).resolve({})->empty());
}

TEST_CASE("secrets: taint makes every text inside a secret") {
  const Value tainted = taint(Value::object({{"a", "x"}, {"b", Value::array({"y", 1})}, {"c", Value(Value::Secret{"z", "OLD"})}}), "NEW");
  CHECK(to_json(tainted) == R"({"a":"***","b":["***",1],"c":"***"})");
  CHECK(tainted["a"].secret()->name == "NEW");
  CHECK(tainted["c"].secret()->name == "OLD");
}
