// SPDX-License-Identifier: Apache-2.0
// How a tree there differs from one here: one listing in one round trip, and the checksums that it takes.
#include <algorithm>
#include <cmath>

#include "host/core/shell_quote.h"
#include "host/core/text.h"
#include "modules/machine/file_tree.h"
#include "modules/machine/shell_error.h"
#include "modules/machine/shell_place.h"
#include "modules/machine/shell_records.h"
#include "modules/machine/shell_scripts.h"
#include "modules/machine/shell_scripts_transfer.h"
#include "modules/machine/transfer.h"
#include "modules/machine/transfer_tries.h"

namespace runbook::machine {

namespace {

constexpr std::size_t kMostListing = 80U << 20U;

/// What a tree there is like, by the output of kTreeListScript.
struct Listing {
  bool absent = false;
  std::string path;
  TreeWishes owner;
  FileTree tree;
  LeftAlone left;
  std::string rest;  ///< checksums
};

Result<Listing> read_listing(const std::string& out, const std::string& mark, const std::string& path,
                             const Excludes& excludes) {
  const Error garbled("machine.io", cat("what came back about '", printable(path), "' cannot be understood"),
                      "is there a 'stat' that knows -c?");
  ShellEnd end;
  end.out = out;
  end.mark = mark;
  Records records(end);
  Listing listing;
  listing.path = path;
  listing.absent = records.line() == "absent";
  if (listing.absent) return listing;
  const auto ids = records.piece();
  const auto where = records.where();
  if (!ids || !where) return garbled;
  listing.path = *where;
  const std::vector<std::string> numbers = split(*ids, '/');
  if (!numbers[0].empty()) listing.owner.uid = static_cast<uid_t>(std::strtoul(numbers[0].c_str(), nullptr, 10));
  if (numbers.size() > 1 && !numbers[1].empty())
    listing.owner.gid = static_cast<gid_t>(std::strtoul(numbers[1].c_str(), nullptr, 10));
  for (;;) {
    const auto piece = records.piece();
    if (!piece) return garbled;
    if (piece->empty()) break;
    auto found = Records::parse(*piece);
    if (!found) return garbled;
    const std::string name = found->entry.name;
    if (name.empty()) continue;
    const bool excluded = excludes.matches(name);
    if (excluded || !has_content(found->entry)) {
      listing.left.emplace(name, excluded ? "" : found->entry.type);
    } else if (listing.tree.size() >= kMostInTree) {
      return own(too_many_in_tree(path));
    } else {
      listing.tree.emplace(name, std::move(found->entry));
    }
  }
  for (;;) {
    const auto name = records.piece();
    if (!name) return garbled;
    if (name->empty()) break;
    const auto target = records.piece();
    if (!target) return garbled;
    const auto found = listing.tree.find(std::string(name->substr(std::min<std::size_t>(2, name->size()))));
    if (found != listing.tree.end()) found->second.target = *target;
  }
  for (;;) {
    const auto name = records.piece();
    if (!name) return garbled;
    if (name->empty()) break;
    listing.left.emplace(name->substr(std::min<std::size_t>(2, name->size())), "");
  }
  records.line();  // sums, or none
  listing.rest = records.rest();
  return listing;
}

// "SHA256  ./name"; with a backslash before it where some characters of the name are written by one.
std::map<std::string, std::string> read_sums(const std::string& text) {
  std::map<std::string, std::string> sums;
  for (const std::string& line : split(text, '\n')) {
    const bool escaped = line.starts_with('\\');
    const std::string rest = line.substr(escaped ? 1 : 0);
    if (rest.size() < 68 || rest.substr(64, 4) != "  ./") continue;
    std::string name;
    for (std::size_t i = 68; i < rest.size(); ++i) {
      if (escaped && rest[i] == '\\' && i + 1 < rest.size()) {
        ++i;
        name += rest[i] == 'n' ? '\n' : rest[i] == 'r' ? '\r' : rest[i];
      } else {
        name += rest[i];
      }
    }
    sums[name] = rest.substr(0, 64);
  }
  return sums;
}

std::string find_text(const Excludes& excludes) {
  std::string text = "pruned() { find . ! -name . \\( -name '.runbook-*'";
  for (const std::string& name : excludes.names()) text += " -o -name " + shell_quote(name);
  return text + " \\) -prune \"$@\"; }\nskip() { pruned -o \"$@\"; }\n";
}

// A job on a worker thread in the middle of a script: what has been printed is looked at, and answered.
class TreeLook : public std::enable_shared_from_this<TreeLook> {
 public:
  TreeLook(Invocation call, std::string to, Done done)
      : world_(call.world),
        loop_(call.world.loop()),
        args_(std::move(call.args)),
        to_(std::move(to)),
        files_(world_.shared<files::Tree>()),
        reach_(files_, std::move(call.allowed)),
        excludes_(args_["exclude"].as_strings()),
        done_(std::move(done)) {}

  void begin() {
    auto job = [reach = reach_, files = files_, args = args_, excludes = excludes_]() -> Result<FileTree> {
      auto root = reach.read(args["from"]);
      if (!root) return std::move(root).error();
      return walk_tree(*files, *root, excludes);
    };
    step_ = loop_.blocking<FileTree>(std::move(job), [self = shared_from_this()](Result<FileTree> tree) {
      if (!tree) return self->finish(own(std::move(tree).error()));
      self->here_ = std::make_shared<FileTree>(std::move(*tree));
      self->list();
    });
  }
  void cancel() {
    done_.reset();
    stop();
  }

 private:
  void list() {
    Variables variables;
    variables.flag("delete", args_["delete"].as_bool());
    variables.set("a", to_).set("owner", args_["owner"].as_string()).set("group", args_["group"].as_string());
    flow_ = std::make_shared<ShellFlow>();
    ShellScript script;
    script.text = cat(kBaseFunctions, variables.text(), find_text(excludes_), kTreeListScript);
    script.flow = flow_;
    const auto self = shared_from_this();
    script.on_out = [self](std::string_view bytes) {
      self->out_ += bytes;
      if (self->out_.size() > kMostListing) return self->finish(own(too_many_in_tree(self->to_)));
      if (!self->asked_ && self->out_.ends_with(cat(self->flow_->mark, "\nsums\n"))) self->ask();
    };
    script.more = [self](ShellPiece piece) {
      self->want_ = std::move(piece);
      self->say();
    };
    step_ = run_script(world_, args_["target"], std::move(script),
                       [self](Result<ShellEnd> end) { self->over(std::move(end)); });
  }

  void ask() {
    asked_ = true;
    auto job = [out = out_, mark = flow_->mark, to = to_, here = here_, excludes = excludes_]() -> Result<std::string> {
      auto listing = read_listing(out, mark, to, excludes);
      if (!listing) return std::move(listing).error();
      std::string names;
      for (const std::string& name : undecided(*here, listing->tree)) {
        // What is said of such a name could be taken for what is said of another: it counts as changed.
        if (name.find('\n') == std::string::npos) names += cat("./", name) + '\0';
      }
      return names;
    };
    work_ = loop_.blocking<std::string>(std::move(job), [self = shared_from_this()](Result<std::string> names) {
      if (!names) return self->finish(std::move(names).error());
      self->answer_ = std::move(*names);
      self->say();
    });
  }

  void say() {
    if (!want_ || !answer_) return;
    auto want = std::move(want_);
    if (answer_->empty()) return want(std::nullopt);
    std::string text = std::move(*answer_);
    answer_ = "";
    want(std::move(text));
  }

  void over(Result<ShellEnd> end) {
    if (!end) return finish(std::move(end).error());
    if (auto failed = failure_of(*end, "list", to_)) return finish(std::move(*failed));
    auto job = [out = std::move(out_), mark = end->mark, to = to_, here = here_, excludes = excludes_, files = files_,
                args = args_, reach = reach_]() -> Result<Value> {
      auto listing = read_listing(out, mark, to, excludes);
      if (!listing) return std::move(listing).error();
      auto wishes = tree_wishes(args);
      if (!wishes) return std::move(wishes).error();
      if (args.has("owner")) wishes->uid = listing->owner.uid;
      if (args.has("group")) wishes->gid = listing->owner.gid;
      auto root = reach.read(args["from"]);
      if (!root) return std::move(root).error();
      TreesSeen seen{std::move(*here), std::move(listing->tree), std::move(listing->left), {}};
      for (const auto& [name, sum] : read_sums(listing->rest)) {
        if (seen.here.count(name) == 0) continue;
        auto mine = sha256_file(*files, cat(*root, '/', name));
        if (!mine) return std::move(mine).error();
        if (*mine == sum) seen.same.insert(name);
      }
      auto difference = compare_trees(seen, *wishes);
      if (!difference) return std::move(difference).error();
      return tree_state(*difference, seen.here, listing->path, listing->absent);
    };
    work_ = loop_.blocking<Value>(std::move(job), [self = shared_from_this()](Result<Value> state) {
      if (!state) return self->finish(own(std::move(state).error()));
      self->finish(std::move(state));
    });
  }

  void finish(Result<Value> result) {
    const auto self = shared_from_this();
    auto done = std::move(done_);
    stop();
    done(std::move(result));
  }
  void stop() {
    want_.reset();
    auto step = std::move(step_);
    auto work = std::move(work_);
    step();
    work();
  }

  World& world_;
  Loop& loop_;
  Value args_;
  std::string to_;
  files::TreePtr files_;
  Reach reach_;
  Excludes excludes_;
  Done done_;
  Cancel step_, work_;
  std::shared_ptr<FileTree> here_;
  std::shared_ptr<ShellFlow> flow_;
  std::string out_;
  ShellPiece want_;
  std::optional<std::string> answer_;
  bool asked_ = false;
};

}  // namespace

Cancel shell_tree_verify(Invocation call, Done done) {
  auto to = shell_path(call.args["to"]);
  if (!to) {
    done(std::move(to).error());
    return {};
  }
  auto look = std::make_shared<TreeLook>(std::move(call), *to, std::move(done));
  look->begin();
  return [weak = std::weak_ptr<TreeLook>(look)] {
    if (auto running = weak.lock()) running->cancel();
  };
}

}  // namespace runbook::machine
