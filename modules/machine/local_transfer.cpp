// SPDX-License-Identifier: Apache-2.0
// Transfers where both sides are trees of files within reach: this computer's, or a simulated machine's.
#include <sys/stat.h>

#include <algorithm>
#include <cmath>

#include "host/core/text.h"
#include "modules/machine/file_tree.h"
#include "modules/machine/local_draft.h"
#include "modules/machine/shell_place.h"
#include "modules/machine/transfer.h"

namespace runbook::machine {

namespace {

// The directory that a tree goes to: it may be missing, but not be anything else.
Result<std::string> tree_root(const Reach& reach, const Value& to, bool looks = false) {
  auto path = looks ? reach.read(to, files::Last::kKeep) : reach.write(to);
  if (!path) return path;
  auto entry = reach.files().stat(*path);
  if (entry && entry->type != "directory") return files::error(ENOTDIR, "sync to", *path);
  return path;
}

/// One end of a transfer.
struct Side {
  files::TreePtr files;
  Reach reach;
};

Result<Value> verify_file(const Side& from, const Side& there, const Value& args) {
  const files::TreePtr& files = there.files;
  auto source = look_at_source(from.reach, args);
  if (!source) return std::move(source).error();
  auto path = there.reach.read(args["to"], files::Last::kKeep);
  if (!path) return std::move(path).error();
  ContentSeen seen;
  auto attributes = attributes_of(*files, args);
  if (!attributes) return std::move(attributes).error();
  seen.wanted.attributes = *attributes;
  seen.wanted.owner = args["owner"].as_string();
  seen.wanted.group = args["group"].as_string();
  auto entry = files->stat(*path);
  if (!entry && entry.error().code != "file.not_found") return std::move(entry).error();
  if (entry) {
    seen.found = Found{*entry, files->user_name(entry->uid), files->group_name(entry->gid)};
    if (entry->type == "file" && entry->size == source->size) {
      auto sum = sha256_file(*files, *path);
      if (!sum) return std::move(sum).error();
      seen.sha256 = *sum;
    }
    if (entry->type == "file" && entry->size <= kMostShownText && seen.sha256 != source->sha256) {
      auto text = files->read(*path, kMostShownText);
      if (!text) return std::move(text).error();
      seen.text = std::move(*text);
    }
  }
  ContentWanted wanted{source->size, source->sha256, source->text, {}};
  if (args["keep_times"].as_bool()) wanted.modified = source->modified;
  return transfer_verified(seen, wanted, *path);
}

// Copies a file by way of a draft beside the target, and gives its checksum.
Result<std::string> copy_file(const files::Tree& source, const files::TreePtr& files, const std::string& from,
                              const std::string& to, std::uint64_t size, const std::string& sha256, const files::Attributes& attributes,
                              const std::optional<std::int64_t>& modified) {
  auto draft = LocalDraft::open(files, to, "");
  if (!draft) return std::move(draft).error();
  auto reader = FileReader::open(source, from, 0);
  if (!reader) return std::move(reader).error();
  for (;;) {
    auto piece = (*reader)->next(kTransferPiece);
    if (!piece) return std::move(piece).error();
    if (piece->empty()) break;
    RUNBOOK_TRY((*draft)->add(*piece));
  }
  const std::string sum = (*draft)->finish();
  if ((*draft)->size() != size || (!sha256.empty() && sum != sha256)) return source_changed(from);
  RUNBOOK_TRY((*draft)->place(attributes, modified));
  return sum;
}

Result<Value> put_file(const Side& from, const Side& there, const Value& args) {
  const files::TreePtr& files = there.files;
  auto source = look_at_source(from.reach, args);
  if (!source) return std::move(source).error();
  auto path = there.reach.write(args["to"]);
  if (!path) return std::move(path).error();
  auto attributes = attributes_of(*files, args);
  if (!attributes) return std::move(attributes).error();
  attributes->new_mode = source->mode & 0777;
  std::optional<std::int64_t> modified;
  if (args["keep_times"].as_bool()) modified = source->modified;
  auto entry = files->stat(*path);
  if (entry && entry->type == "file" && entry->size == source->size) {
    auto sum = sha256_file(*files, *path);
    if (sum && *sum == source->sha256) {
      RUNBOOK_TRY(files->update(*path, *attributes));
      if (modified) RUNBOOK_TRY(set_modified(*files, *path, *modified));
      return transferred(*path, source->size, source->sha256,
                         attributes->mode || attributes->uid || attributes->gid || modified);
    }
  }
  auto sum = copy_file(*from.files, files, source->path, *path, source->size, source->sha256, *attributes, modified);
  if (!sum) return std::move(sum).error();
  return transferred(*path, source->size, *sum, true);
}

Result<Value> verify_tree(const Side& source, const Side& there_side, const Value& args) {
  const files::TreePtr& files = there_side.files;
  const Excludes excludes(args["exclude"].as_strings());
  auto from = source.reach.read(args["from"]);
  if (!from) return std::move(from).error();
  auto to = tree_root(there_side.reach, args["to"], true);
  if (!to) return std::move(to).error();
  auto here = walk_tree(*source.files, *from, excludes);
  if (!here) return std::move(here).error();
  auto wishes = tree_wishes(args);
  if (!wishes) return std::move(wishes).error();
  auto attributes = attributes_of(*files, args);
  if (!attributes) return std::move(attributes).error();
  wishes->uid = attributes->uid;
  wishes->gid = attributes->gid;
  TreesSeen seen;
  seen.here = std::move(*here);
  const bool absent = !files->stat(*to);
  if (!absent) {
    auto there = walk_tree(*files, *to, excludes, &seen.left);
    if (!there) return std::move(there).error();
    seen.there = std::move(*there);
  }
  for (const std::string& name : undecided(seen.here, seen.there)) {
    auto one = sha256_file(*source.files, cat(*from, '/', name)), other = sha256_file(*files, cat(*to, '/', name));
    if (!one) return std::move(one).error();
    if (!other) return std::move(other).error();
    if (*one == *other) seen.same.insert(name);
  }
  auto difference = compare_trees(seen, *wishes);
  if (!difference) return std::move(difference).error();
  return tree_state(*difference, seen.here, *to, absent);
}

Status put_entry(const files::Tree& source, const files::TreePtr& files, const std::string& from, const std::string& to,
                 const TreeWishes& wishes, files::Attributes attributes) {
  auto entry = source.stat(from);
  if (!entry) return std::move(entry).error();
  attributes.mode = wishes.mode_of(*entry);
  if (entry->type == "directory") {
    attributes.mode = 0700;
    Status made = files->directory_create(to, attributes);
    return made || made.error().code == "file.exists" ? Status(Unit{}) : made;
  }
  const auto now = files->stat(to);
  if (entry->type == "link") {
    if (now && now->type == "file") {
      auto removed = files->remove(to, false);
      if (!removed) return std::move(removed).error();
    }
    return files->link_create(to, entry->target, true);
  }
  if (now && now->type == "link") {
    auto removed = files->remove(to, false);
    if (!removed) return std::move(removed).error();
  }
  auto copied =
      copy_file(source, files, from, to, entry->size, "", attributes, static_cast<std::int64_t>(std::floor(entry->modified)));
  if (!copied) return std::move(copied).error();
  return Unit{};
}

Result<Value> put_tree(const Side& source, const Side& there, const Value& args) {
  const files::TreePtr& files = there.files;
  auto from = source.reach.read(args["from"]);
  if (!from) return std::move(from).error();
  auto to = tree_root(there.reach, args["to"]);
  if (!to) return std::move(to).error();
  auto wishes = tree_wishes(args);
  if (!wishes) return std::move(wishes).error();
  auto attributes = attributes_of(*files, Value::object({{"owner", args["owner"]}, {"group", args["group"]}}));
  if (!attributes) return std::move(attributes).error();
  auto sent_first = paths_within(args["added"]), changed = paths_within(args["changed"]);
  auto attributes_of_paths = paths_within(args["attributes"]);
  for (auto* paths : {&sent_first, &changed, &attributes_of_paths}) {
    if (!*paths) return std::move(*paths).error();
  }
  std::vector<std::string> sent = std::move(*sent_first), touched = std::move(*attributes_of_paths);
  sent.insert(sent.end(), changed->begin(), changed->end());
  if (args["create"].as_bool() && !files->stat(*to)) {
    auto root = source.files->stat(*from);
    if (!root) return std::move(root).error();
    files::Attributes wanted = *attributes;
    wanted.mode = wishes->mode_of(*root);
    RUNBOOK_TRY(files->directory_create(*to, wanted));
  }
  std::sort(sent.begin(), sent.end());
  for (const std::string& name : sent) {
    RUNBOOK_TRY(put_entry(*source.files, files, cat(*from, '/', name), cat(*to, '/', name), *wishes, *attributes));
    auto entry = source.files->stat(cat(*from, '/', name));
    if (entry && entry->type == "directory") touched.push_back(name);
  }
  // What is in a directory comes before it: it may be one that nothing can be put into.
  std::sort(touched.begin(), touched.end(), std::greater<>());
  for (const std::string& name : touched) {
    auto entry = source.files->stat(cat(*from, '/', name));
    if (!entry) return std::move(entry).error();
    if (entry->type == "link") continue;
    files::Attributes wanted = *attributes;
    wanted.mode = wishes->mode_of(*entry);
    RUNBOOK_TRY(files->update(cat(*to, '/', name), wanted));
  }
  return Value::object({{"path", *to}, {"changed", true}});
}

Result<Value> remove_from_tree(const Side& there, const Value& args) {
  const files::TreePtr& files = there.files;
  auto to = tree_root(there.reach, args["to"]);
  if (!to) return std::move(to).error();
  auto file_paths = paths_within(args["files"]), directory_paths = paths_within(args["directories"]);
  if (!file_paths) return std::move(file_paths).error();
  if (!directory_paths) return std::move(directory_paths).error();
  for (const std::string& name : *file_paths) {
    auto removed = files->remove(cat(*to, '/', name), false);
    if (!removed) return std::move(removed).error();
  }
  for (const std::string& name : *directory_paths) {
    // One that others have put something into stays.
    auto removed = files->remove(cat(*to, '/', name), false);
    if (!removed && removed.error().code != "file.exists") return std::move(removed).error();
  }
  return Value::object({{"path", *to}, {"changed", true}});
}

Result<Value> act(Verb verb, const Side& from, const Side& to, const Value& args) {
  switch (verb) {
    case Verb::kUploadVerify:
    case Verb::kDownloadVerify: return verify_file(from, to, args);
    case Verb::kTreeVerify: return verify_tree(from, to, args);
    case Verb::kTreePut: return put_tree(from, to, args);
    case Verb::kTreeRemove: return remove_from_tree(to, args);
    default: return put_file(from, to, args);
  }
}

bool fetches(Verb verb) { return verb == Verb::kFileFetch || verb == Verb::kDownloadVerify; }

// What there was at the target, in the terms of `write`.
Invocation as_write(Invocation call) {
  call.args.set("path", call.args["to"]);
  return call;
}

// A change has happened where looking finds the target as it should be.
Done as_happened(Done done) {
  return [done = std::move(done)](Result<Value> state) mutable {
    if (!state) return done(std::move(state));
    done(Value((*state)["same"].as_bool()));
  };
}

Done with_own_codes(Done done) {
  return [done = std::move(done)](Result<Value> result) mutable {
    if (!result) return done(own(std::move(result).error()));
    done(std::move(result));
  };
}

bool is_tree_change(Verb verb) { return verb == Verb::kTreePut || verb == Verb::kTreeRemove; }

}  // namespace

bool is_transfer(Verb verb) {
  switch (verb) {
    case Verb::kUploadVerify:
    case Verb::kFilePut:
    case Verb::kDownloadVerify:
    case Verb::kFileFetch:
    case Verb::kTreeVerify:
    case Verb::kTreePut:
    case Verb::kTreeRemove:
    case Verb::kUpload:
    case Verb::kDownload:
    case Verb::kSync: return true;
    default: return false;
  }
}

Cancel local_transfer(Phase phase, Verb verb, Invocation call, Done done) {
  auto files = call.world.shared<files::Tree>();
  return tree_transfer(phase, verb, files, std::move(call), std::move(done));
}

Cancel tree_transfer(Phase phase, Verb verb, const files::TreePtr& there, Invocation call, Done done) {
  const auto here = call.world.shared<files::Tree>();
  if (phase == Phase::kCapture || phase == Phase::kRevert) {
    Loop& loop = call.world.loop();
    Invocation write = as_write(std::move(call));
    if (there == here || fetches(verb)) return local_place().act(phase, Verb::kWrite, std::move(write), std::move(done));
    auto job = [phase, there, args = std::move(write.args)] {
      const Reach reach(there, {});
      return phase == Phase::kCapture ? file_capture(Verb::kWrite, args, reach) : file_revert(Verb::kWrite, args, reach);
    };
    return loop.blocking<Value>(std::move(job), with_own_codes(std::move(done)));
  }
  if (phase == Phase::kProbe) {
    // Only a new look tells, and sync has one: what has been done already is not done again.
    if (is_tree_change(verb)) {
      done(Value(false));
      return {};
    }
    const Verb look = fetches(verb) ? Verb::kDownloadVerify : Verb::kUploadVerify;
    return tree_transfer(Phase::kPerform, look, there, std::move(call), as_happened(std::move(done)));
  }
  const Side ours{here, Reach(here, call.allowed)};
  // What was permitted of another machine has been judged by its place.
  const Side theirs{there, there == here ? ours.reach : Reach(there, {})};
  auto job = [verb, from = fetches(verb) ? theirs : ours, to = fetches(verb) ? ours : theirs, args = std::move(call.args)] {
    return act(verb, from, to, args);
  };
  return call.world.loop().blocking<Value>(std::move(job), with_own_codes(std::move(done)));
}

Cancel shell_transfer(Phase phase, Verb verb, Invocation call, Done done) {
  if (phase == Phase::kCapture || phase == Phase::kRevert) {
    if (fetches(verb)) return local_place().act(phase, Verb::kWrite, as_write(std::move(call)), std::move(done));
    return phase == Phase::kCapture ? shell_capture(Verb::kWrite, as_write(std::move(call)), std::move(done))
                                    : shell_revert(Verb::kWrite, as_write(std::move(call)), std::move(done));
  }
  if (phase == Phase::kProbe) {
    if (is_tree_change(verb)) {
      done(Value(false));
      return {};
    }
    const Verb look = fetches(verb) ? Verb::kDownloadVerify : Verb::kUploadVerify;
    return shell_transfer(Phase::kPerform, look, std::move(call), as_happened(std::move(done)));
  }
  switch (verb) {
    case Verb::kUploadVerify: return shell_upload_verify(std::move(call), std::move(done));
    case Verb::kDownloadVerify:
    case Verb::kFileFetch: return shell_fetch(verb, std::move(call), std::move(done));
    case Verb::kTreeVerify: return shell_tree_verify(std::move(call), std::move(done));
    case Verb::kTreePut:
    case Verb::kTreeRemove: return shell_tree_send(verb, std::move(call), std::move(done));
    default: return shell_put(std::move(call), std::move(done));
  }
}

}  // namespace runbook::machine
