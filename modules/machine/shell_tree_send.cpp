// SPDX-License-Identifier: Apache-2.0
// What differs goes into a tree there as one archive, and what is to go from it is named in one.
#include <algorithm>
#include <cmath>

#include "host/core/text.h"
#include "modules/machine/file_tree.h"
#include "modules/machine/shell_records.h"
#include "modules/machine/shell_scripts.h"
#include "modules/machine/shell_scripts_transfer.h"
#include "modules/machine/tar_stream.h"
#include "modules/machine/transfer_job.h"

namespace runbook::machine {

namespace {

TarMember directory_member(std::string name) { return {std::move(name), '5', 0700, 0, 0, {}, {}, {}}; }
TarMember list_member(std::string name, std::string content) {
  return {std::move(name), '0', 0600, 0, 0, {}, std::move(content), {}};
}

// Names begin with "./": none can be taken for an option.
void add_name(std::string& list, const std::string& name) { list += cat("./", name) + '\0'; }

/// What gets a mode before it takes its place: the deepest first, because a directory may be closed by its own.
class StagedModes {
 public:
  void add(unsigned mode, const std::string& name) {
    const auto depth = std::count(name.begin(), name.end(), '/');
    add_name(lists_[{-depth, mode}], name);
  }
  const std::map<std::pair<std::ptrdiff_t, unsigned>, std::string>& lists() const { return lists_; }

 private:
  std::map<std::pair<std::ptrdiff_t, unsigned>, std::string> lists_;
};

// The archive that kTreePutScript takes.
Result<std::vector<TarMember>> members_of(const files::Tree& files, const Reach& reach, const Value& args) {
  auto root = reach.read(args["from"]);
  if (!root) return std::move(root).error();
  auto wishes = tree_wishes(args);
  if (!wishes) return std::move(wishes).error();
  auto sent_first = paths_within(args["added"]), changed = paths_within(args["changed"]);
  auto touched = paths_within(args["attributes"]);
  for (auto* paths : {&sent_first, &changed, &touched}) {
    if (!*paths) return std::move(*paths).error();
  }
  const std::set<std::string> added(sent_first->begin(), sent_first->end());
  std::vector<std::string> sent = std::move(*sent_first);
  sent.insert(sent.end(), changed->begin(), changed->end());
  std::sort(sent.begin(), sent.end());

  std::vector<TarMember> members = {directory_member("c"), directory_member("t")};
  StagedModes staged;
  std::string former;
  const std::set<std::string> replaces(changed->begin(), changed->end());
  std::set<std::string> made = {""};
  std::map<std::string, std::string> goes_to, modes;
  const auto make = [&](const std::string& directory, auto&& self) -> void {
    if (!made.insert(directory).second) return;
    self(parent_of(directory), self);
    members.push_back(directory_member("t/" + directory));
  };
  for (const std::string& name : sent) {
    const std::string path = cat(*root, '/', name);
    auto entry = files.stat(path);
    if (!entry && entry.error().code == "file.not_found") return source_changed(path);
    if (!entry) return std::move(entry).error();
    const std::string parent = parent_of(name);
    make(parent, make);
    if (added.count(parent) == 0) add_name(goes_to[parent], name);
    const unsigned mode = wishes->mode_of(*entry);
    const auto modified = static_cast<std::int64_t>(std::floor(entry->modified));
    if (entry->type == "directory") {
      make(name, make);
    } else if (entry->type == "link") {
      members.push_back({"t/" + name, '2', 0777, modified, 0, entry->target, {}, {}});
    } else {
      members.push_back({"t/" + name, '0', mode, modified, entry->size, {}, {}, path});
      if (replaces.count(name) > 0) add_name(former, name);
    }
    // A directory that cannot be written can only be given another place by root: it gets its mode there.
    if (entry->type == "directory" && (mode & 0200) == 0 && added.count(parent) == 0) {
      add_name(modes["0" + show_mode(mode)], name);
    } else if (entry->type == "directory" || (entry->type == "file" && (mode & 07000) != 0)) {
      // A change of owner takes special bits away.
      staged.add(mode, name);
    }
  }
  std::string owned;
  for (const std::string& name : *touched) {
    auto entry = files.stat(cat(*root, '/', name));
    if (!entry) return std::move(entry).error();
    add_name(owned, name);
    if (entry->type != "link") add_name(modes["0" + show_mode(wishes->mode_of(*entry))], name);
  }
  std::size_t number = 0;
  for (auto& [directory, names] : goes_to) {
    members.push_back({cat("c/", number), '2', 0777, 0, 0, directory.empty() ? "../.." : "../../" + directory, {}, {}});
    members.push_back(list_member(cat("c/", number++, ".l"), std::move(names)));
  }
  number = 0;
  for (auto& [key, names] : staged.lists())
    members.push_back(list_member(cat("c/s", number++, ".0", show_mode(key.second)), names));
  if (!former.empty()) members.push_back(list_member("c/k", std::move(former)));
  for (auto& [mode, names] : modes) members.push_back(list_member("c/m." + mode, std::move(names)));
  if (!owned.empty()) members.push_back(list_member("c/o", std::move(owned)));
  members.push_back(list_member("c/end", ""));
  return members;
}

Result<std::vector<TarMember>> removals_of(const Value& args) {
  std::vector<TarMember> members = {directory_member("c")};
  for (const auto& [key, member] : {std::pair("files", "c/f"), std::pair("directories", "c/d")}) {
    auto paths = paths_within(args[key]);
    if (!paths) return std::move(paths).error();
    std::string names;
    for (const std::string& name : *paths) add_name(names, name);
    if (!names.empty()) members.push_back(list_member(member, std::move(names)));
  }
  members.push_back(list_member("c/end", ""));
  return members;
}

// That of the tree's own directory, where it is made.
Result<std::string> root_mode(const files::Tree& files, const Reach& reach, const Value& args) {
  auto root = reach.read(args["from"]);
  if (!root) return std::move(root).error();
  auto entry = files.stat(*root);
  if (!entry) return std::move(entry).error();
  auto wishes = tree_wishes(args);
  if (!wishes) return std::move(wishes).error();
  return octal_of(wishes->mode_of(*entry));
}

struct Load {
  std::shared_ptr<TarStream> stream;
  std::string root_mode;
};

/// An archive on its way into one of the scripts.
class TreeSend : public TransferJob<TreeSend> {
 public:
  TreeSend(Invocation call, std::string to, Done done, Verb verb)
      : TransferJob(std::move(call), std::move(to), std::move(done)), verb_(verb) {}

  void begin() {
    ++attempt_;
    sent_all_ = false;
    ready_.reset();
    want_.reset();
    auto job = [verb = verb_, files = files_, reach = reach_, args = args_]() -> Result<Load> {
      auto members = verb == Verb::kTreeRemove ? removals_of(args) : members_of(*files, reach, args);
      if (!members) return std::move(members).error();
      Result<std::string> mode = std::string();
      if (args["create"].as_bool()) mode = root_mode(*files, reach, args);
      if (!mode) return std::move(mode).error();
      return Load{std::make_shared<TarStream>(files, std::move(*members)), std::move(*mode)};
    };
    work<Load>(std::move(job), [this](Load load) {
      stream_ = std::move(load.stream);
      root_mode_ = std::move(load.root_mode);
      send();
    });
  }

 private:
  void send() {
    Variables variables;
    variables.set("a", path_).set("owner", args_["owner"].as_string()).set("group", args_["group"].as_string());
    variables.path(path_).flag("create", args_["create"].as_bool()).set("mode", root_mode_);
    ShellScript script;
    script.text = cat(kBaseFunctions, kChangeFunctions, kTransferFunctions, variables.text(),
                      verb_ == Verb::kTreePut ? kTreePutScript : kTreeRemoveScript);
    run(std::move(script), &TreeSend::pump, &TreeSend::over);
    read();
  }

  void read() {
    auto job = [stream = stream_] { return stream->next(); };
    work<std::string>(std::move(job), [this](std::string piece) {
      ready_ = std::move(piece);
      pump();
    });
  }

  void pump() {
    if (!want_ || !ready_) return;
    auto want = std::move(want_);
    std::string piece = std::move(*ready_);
    ready_.reset();
    sent_all_ = piece.empty();
    tries_.arrived(0);
    if (sent_all_) return want(std::nullopt);
    progress_.report(stream_->size(), static_cast<std::uint64_t>(args_["bytes"].as_int()));
    read();
    want(std::move(piece));
  }

  void over(Result<ShellEnd> end) {
    ++attempt_;
    std::optional<Error> failed =
        end ? failure_of(*end, verb_ == Verb::kTreePut ? "write to" : "remove from", path_) : std::optional(end.error());
    if (failed) {
      // Nothing takes its place before all has arrived, so what was lost on the way can be sent again.
      if (!sent_all_) return again(std::move(*failed), &TreeSend::begin);
      return finish(std::move(*failed));
    }
    Records records(*end);
    const auto where = records.where();
    finish(Value::object({{"path", where ? *where : path_}, {"changed", true}}));
  }

  Verb verb_;
  std::shared_ptr<TarStream> stream_;
  std::string root_mode_;
  std::optional<std::string> ready_;
  bool sent_all_ = false;
};

}  // namespace

Cancel shell_tree_send(Verb verb, Invocation call, Done done) {
  return start_job<TreeSend>("to", std::move(call), std::move(done), verb);
}

}  // namespace runbook::machine
