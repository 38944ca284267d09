// SPDX-License-Identifier: Apache-2.0
// Secrets and configs: create, get, find, list, change the labels of, remove; and which name a content goes by.
#include "host/core/encoding.h"
#include "host/core/text.h"
#include "modules/docker/digest.h"
#include "modules/docker/engine/requests.h"
#include "modules/docker/swarm/swarm_objects.h"

namespace runbook::docker {

namespace {

constexpr const char* kVersionOf = "runbook.version.of";
constexpr const char* kVersionHash = "runbook.version.hash";
constexpr std::size_t kShortHash = 12;
constexpr std::size_t kLongestName = 64;

/// Secrets and configs differ in this alone.
struct Content {
  SwarmNoun noun;
  std::size_t limit;  ///< bytes that are too many
  bool readable;      ///< whether the engine gives the content back
  struct {
    const char *create, *get, *find, *list, *update_labels, *remove, *version, *version_find, *versions_prune;
  } names;
};

constexpr Content kSecrets{kSecretNoun, 512000, false,
                           {"docker.secret_create", "docker.secret_get", "docker.secret_find", "docker.secret_list",
                            "docker.secret_update_labels", "docker.secret_remove", "docker.secret_version",
                            "docker.secret_version_find", "docker.secret_versions_prune"}};
constexpr Content kConfigs{kConfigNoun, 1024000, true,
                           {"docker.config_create", "docker.config_get", "docker.config_find", "docker.config_list",
                            "docker.config_update_labels", "docker.config_remove", "docker.config_version",
                            "docker.config_version_find", "docker.config_versions_prune"}};

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

std::string name_problem(const std::string& name) {
  bool good = !name.empty() && name.size() <= kLongestName && is_letter_or_digit(name.front()) && is_letter_or_digit(name.back());
  for (const char c : name) good = good && (is_letter_or_digit(c) || c == '-' || c == '_' || c == '.');
  if (good) return "";
  return cat("'", printable(name), "' is no name: it has 1 to 64 letters, digits and '-', '_', '.', which do not begin or end it");
}

std::string data_problem(const Content& kind, const Value& args) {
  const bool driven = !args["driver"].is_null();
  if (args["data"].is_null()) return driven ? "" : "'data' is missing";
  if (driven) return "'data' is of no use where a driver gives it";
  const std::size_t size = args["data"].reveal().size();
  if (size > 0 && size < kind.limit) return "";
  return cat("its data has ", size, " bytes; it must have 1 to ", kind.limit - 1);
}

Result<Value> body_of(const Content& kind, const Value& args) {
  std::vector<std::string> problems;
  for (std::string problem : {name_problem(args["name"].as_string()), data_problem(kind, args)}) {
    if (!problem.empty()) problems.push_back(std::move(problem));
  }
  if (!problems.empty()) {
    return Error("argument.invalid", cat(kind.noun.word, " '", args["name"].as_string(), "': ", join(problems, "; ")));
  }
  Value body = Value::object({{"Name", args["name"]}, {"Labels", text_map(args["labels"])}});
  if (!args["data"].is_null()) {
    body.set("Data", Value::Secret{base64_encode(args["data"].reveal()), cat("the data of ", kind.noun.word, " ", args["name"].as_string())});
  }
  const Value& driver = args["driver"];
  if (!driver.is_null()) body.set("Driver", Value::object({{"Name", driver["name"]}, {"Options", text_map(driver["options"])}}));
  if (!args["template_driver"].is_null()) body.set("Templating", Value::object({{"Name", args["template_driver"]}}));
  return body;
}

Value view_of(const Content& kind, const Value& raw) {
  Value out = object_view(raw);
  out.set("name", raw["Spec"]["Name"]);
  if (kind.readable) {
    if (auto data = base64_decode(raw["Spec"]["Data"].as_string())) out.set("data", std::move(*data));
  }
  return out;
}

Value changed_view(const Content& kind, const Value& raw, bool yes) {
  Value view = view_of(kind, raw);
  view.set("changed", yes);
  return view;
}

template <const Content& kind>
Cancel create(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    auto body = body_of(kind, job->args());
    if (!body) return job->fail(std::move(body).error());
    Call ask = swarm_call("POST", kind.noun, job->name());
    ask.path = cat(kind.noun.path, "/create");
    ask.body = std::move(*body);
    job->request(std::move(ask), [job](HttpResponse) {
      get_object(job, kind.noun, job->name(), [job = job.get()](Value raw) { job->finish(changed_view(kind, raw, true)); });
    });
  });
}

template <const Content& kind>
Cancel probe_create(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    find_object(job, kind.noun, job->name(), [job = job.get()](Value raw) {
      // The journal has no data that could be sent again: the runbook gives it once more.
      if (raw.is_null()) return job->finish(Value::object({{"again", true}}));
      job->finish(Value::object({{"done", true}, {"result", changed_view(kind, raw, true)}}));
    });
  });
}

template <const Content& kind>
Cancel capture(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    find_object(job, kind.noun, job->name(), [job = job.get()](Value raw) {
      job->finish(Value::object({{"exists", !raw.is_null()},
                                 {"labels", object_view(raw)["labels"]},
                                 {"without_secrets", true}}));
    });
  });
}

template <const Content& kind>
Cancel remove(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    if (job->args()["before"]["exists"].as_bool()) return job->finish(changed(false, job->name()));
    remove_object(job, kind.noun);
  });
}

template <const Content& kind>
void set_labels(const Job::Ptr& job, Value labels) {
  update_object(job, {.noun = kind.noun,
                      .name = job->name(),
                      .body = [labels = std::move(labels)](const Value& raw) -> Result<Value> {
                        if (object_view(raw)["labels"] == labels) return Value();
                        Value spec = raw["Spec"];
                        spec.set("Labels", labels);
                        return spec;
                      },
                      .next = [job](Value raw, bool yes) { job->finish(changed_view(kind, raw, yes)); }});
}

template <const Content& kind>
Cancel update_labels(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    set_labels<kind>(job, text_map(job->args()["labels"]));
  });
}

template <const Content& kind>
Cancel restore_labels(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    set_labels<kind>(job, job->args()["before"]["labels"]);
  });
}

template <const Content& kind>
Cancel probe_labels(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    find_object(job, kind.noun, job->name(), [job = job.get()](Value raw) {
      const bool so = !raw.is_null() && object_view(raw)["labels"] == text_map(job->args()["labels"]);
      Value out = Value::object({{"done", so}});
      if (so) out.set("result", changed_view(kind, raw, true));
      job->finish(std::move(out));
    });
  });
}

template <const Content& kind>
Cancel probe_remove(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    find_object(job, kind.noun, job->name(), [job = job.get()](Value raw) {
      job->finish(Value::object({{"done", raw.is_null()}, {"result", changed(true, job->name())}}));
    });
  });
}

template <const Content& kind>
Cancel list(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    const std::string name = job->args()["name"].as_string();
    job->json(swarm_listing(kind.noun, job->args()["labels"], {{"name", name}}), [job = job.get(), name](Value rows) {
      Value out = Value::Array{};
      for (const Value& row : rows.items()) {
        if (name.empty() || name_of(row) == name) out.push(view_of(kind, row));
      }
      job->finish(std::move(out));
    });
  });
}

// {name, hash, KIND}: what the content is called, and what there is of that name.
template <const Content& kind>
Cancel find_version(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    const std::string hash = sha256_hex(job->args()["data"].reveal());
    const std::string name = cat(job->name(), "-", hash.substr(0, kShortHash));
    Value labels = text_map(job->args()["labels"]);
    labels.set(kVersionOf, job->name());
    labels.set(kVersionHash, hash);
    Value wanted = Value::object({{"name", name}, {"data", job->args()["data"]}});
    if (auto body = body_of(kind, wanted); !body) return job->fail(std::move(body).error());
    find_object(job, kind.noun, name, [job = job.get(), name, hash, labels = std::move(labels)](Value raw) {
      Value out = Value::object({{"name", name}, {"hash", hash}, {"labels", labels}});
      if (raw.is_null()) return job->finish(std::move(out));
      if (raw["Spec"]["Labels"][kVersionHash].as_string() != hash) {
        return job->fail(Error("docker.conflict", cat(kind.noun.word, " '", name, "' is there and was not made of this content"),
                               "remove it, or give the versions another name"));
      }
      out.set(kind.noun.word, view_of(kind, raw));
      job->finish(std::move(out));
    });
  });
}

template <const Content& kind>
Cancel get(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    get_object(job, kind.noun, job->name(), [job = job.get()](Value raw) { job->finish(view_of(kind, raw)); });
  });
}

template <const Content& kind>
Cancel find(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    find_object(job, kind.noun, job->name(), [job = job.get()](Value raw) {
      job->finish(raw.is_null() ? Value() : view_of(kind, raw));
    });
  });
}

// The content of a secret is hidden from the first moment, also where a script has it as plain text.
std::vector<Field> content_fields(const Content& kind, std::vector<Field> more) {
  const unsigned hidden = kind.readable ? Field::kOptional : Field::kHidden;
  std::vector<Field> fields = {{"name", Type::kString, Field::kRequired}, {"data", Type::kSecret, hidden}, {"labels", Type::kMap}};
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

template <const Content& kind>
std::string quoted(const char* what, const Value& args) {
  return cat(what, " ", kind.noun.word, " '", args["name"].as_string(), "'");
}

template <const Content& kind>
Operation creation() {
  return {
      .name = kind.names.create,
      .effect = Effect::kChange,
      .fields = content_fields(kind, {{"driver", Type::kTable}, {"template_driver", Type::kString}}),
      .access = [](World&, const Value& args) { return named_access(args, kind.noun, "create"); },
      .perform = create<kind>,
      .describe = [](const Value& args) { return quoted<kind>("create", args); },
      .predict =
          [](const Value& args) {
            return Value::object({{"name", args["name"]},
                                  {"changed", true},
                                  {"id", Value::Unknown{cat("the id of", quoted<kind>("", args), ", which is not made yet")}}});
          },
      .probe = probe_create<kind>,
      .capture = capture<kind>,
      .revert = remove<kind>,
  };
}

template <const Content& kind>
Operation labelling() {
  return {
      .name = kind.names.update_labels,
      .effect = Effect::kChange,
      .fields = {{"name", Type::kString, kPositionalRequired}, {"labels", Type::kMap, kPositionalRequired}},
      .access = [](World&, const Value& args) { return named_access(args, kind.noun, "update_labels"); },
      .perform = update_labels<kind>,
      .describe = [](const Value& args) { return quoted<kind>("change the labels of", args); },
      .predict = [](const Value& args) { return changed(true, args["name"].as_string()); },
      .probe = probe_labels<kind>,
      .settles = true,
      .capture = capture<kind>,
      .revert = restore_labels<kind>,
  };
}

template <const Content& kind>
Operation removal() {
  return {
      .name = kind.names.remove,
      .effect = Effect::kDestroy,
      .fields = {{"name", Type::kString, kPositionalRequired}},
      .access = [](World&, const Value& args) { return named_access(args, kind.noun, "remove"); },
      .perform = remove<kind>,
      .describe = [](const Value& args) { return quoted<kind>("remove", args); },
      .predict = [](const Value& args) { return changed(true, args["name"].as_string()); },
      .probe = probe_remove<kind>,
      .settles = true,
  };
}

template <const Content& kind>
Operation listing() {
  return {
      .name = kind.names.list,
      .effect = Effect::kRead,
      .fields = {{"labels", Type::kMap}, {"name", Type::kString}},
      .access = [](World&, const Value& args) { return Accesses{swarm_access(args, kind.noun, "list", "")}; },
      .perform = list<kind>,
  };
}

template <const Content& kind>
Operation reading() {
  return {
      .name = kind.names.get,
      .effect = Effect::kRead,
      .fields = {{"name", Type::kString, kPositionalRequired}},
      .access = [](World&, const Value& args) { return named_access(args, kind.noun, "get"); },
      .perform = get<kind>,
  };
}

template <const Content& kind>
Operation finding() {
  Operation operation = reading<kind>();
  operation.name = kind.names.find;
  operation.access = [](World&, const Value& args) { return named_access(args, kind.noun, "find"); };
  operation.perform = find<kind>;
  return operation;
}

template <const Content& kind>
Operation versioning() {
  return {
      .name = kind.names.version,
      .effect = Effect::kChange,
      .fields = content_fields(kind, {}),
      .access = [](World&, const Value& args) { return named_access(args, kind.noun, "version"); },
      .perform = nullptr,
      .describe = [](const Value& args) { return quoted<kind>("a version of", args); },
  };
}

template <const Content& kind>
Operation version_finding() {
  return {
      .name = kind.names.version_find,
      .effect = Effect::kRead,
      .fields = content_fields(kind, {}),
      .access = [](World&, const Value& args) { return named_access(args, kind.noun, "version_find"); },
      .perform = find_version<kind>,
  };
}

template <const Content& kind>
Operation pruning() {
  return {
      .name = kind.names.versions_prune,
      .effect = Effect::kChange,
      .fields = {{"name", Type::kString, Field::kRequired}, {"keep", Type::kStrings}, {"previous", Type::kInteger}},
      .access = [](World&, const Value& args) { return named_access(args, kind.noun, "versions_prune"); },
      .perform = nullptr,
      .describe = [](const Value& args) { return quoted<kind>("remove old versions of", args); },
  };
}

}  // namespace

const Operation kSecretCreate = creation<kSecrets>(), kConfigCreate = creation<kConfigs>();
const Operation kSecretGet = reading<kSecrets>(), kConfigGet = reading<kConfigs>();
const Operation kSecretFind = finding<kSecrets>(), kConfigFind = finding<kConfigs>();
const Operation kSecretList = listing<kSecrets>(), kConfigList = listing<kConfigs>();
const Operation kSecretUpdateLabels = labelling<kSecrets>(), kConfigUpdateLabels = labelling<kConfigs>();
const Operation kSecretRemove = removal<kSecrets>(), kConfigRemove = removal<kConfigs>();
const Operation kSecretVersion = versioning<kSecrets>(), kConfigVersion = versioning<kConfigs>();
const Operation kSecretVersionFind = version_finding<kSecrets>(), kConfigVersionFind = version_finding<kConfigs>();
const Operation kSecretVersionsPrune = pruning<kSecrets>(), kConfigVersionsPrune = pruning<kConfigs>();

}  // namespace runbook::docker
