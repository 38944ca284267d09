// SPDX-License-Identifier: Apache-2.0
// A file goes there: what has arrived stays when the connection is lost, and is gone on from.
#include <charconv>

#include "host/core/text.h"
#include "modules/machine/shell_error.h"
#include "modules/machine/shell_records.h"
#include "modules/machine/shell_scripts.h"
#include "modules/machine/shell_scripts_transfer.h"
#include "modules/machine/transfer_job.h"

namespace runbook::machine {

namespace {

constexpr std::size_t kMostSaid = 64UL * 1024;

// What the scripts are told first, and no command line shows.
std::string first_line(const FileSource& source) { return cat(source.size, ' ', source.sha256, "\n"); }

class Put : public TransferJob<Put> {
 public:
  using TransferJob::TransferJob;

  void begin() {
    auto look = [args = args_, reach = reach_, files = files_]() -> Result<FileSource> {
      auto source = look_at_source(reach, args);
      if (source) source->files = files;
      return source;
    };
    work<FileSource>(std::move(look), [this](FileSource source) {
      source_ = std::move(source);
      send();
    });
  }

 private:
  enum class Stage { kAsked, kAnswer, kContent };

  void send() {
    ++attempt_;
    stage_ = Stage::kAsked;
    out_.clear();
    sent_ = 0;
    reading_ = ended_ = false;
    reader_.reset();
    want_.reset();
    ready_ = first_line(source_);
    Variables variables;
    variables.path(path_).set("owner", args_["owner"].as_string()).set("group", args_["group"].as_string());
    auto mode = mode_of(args_);
    if (!mode) return finish(std::move(mode).error());
    variables.set("mode", octal_of(*mode)).set("new", octal_of(source_.mode & 0777));
    variables.set("key", upload_name(last_of(path_))).set("former", former_).flag("fresh", fresh_);
    variables.set("modified", args_["keep_times"].as_bool() ? std::to_string(source_.modified) : "");
    ShellScript script;
    script.text = cat(kBaseFunctions, kChangeFunctions, kTransferFunctions, variables.text(), kPutScript);
    script.on_out = [self = shared_from_this()](std::string_view bytes) { self->hear(bytes); };
    run(std::move(script), &Put::pump, &Put::over);
  }

  // "same", or "have SIZE SHA256 PID": what there is of it.
  void hear(std::string_view bytes) {
    out_ += bytes;
    if (out_.size() > kMostSaid) return finish(Error("machine.io", cat("what came back about '", printable(path_), "' does not end")));
    const std::size_t end = out_.find('\n');
    if (stage_ != Stage::kAsked || end == std::string::npos) return;
    stage_ = Stage::kAnswer;
    const std::vector<std::string> words = split(out_.substr(0, end), ' ');
    out_.erase(0, end + 1);
    same_ = words[0] == "same";
    std::uint64_t size = 0;
    if (words.size() == 4) {
      std::from_chars(words[1].data(), words[1].data() + words[1].size(), size);
      former_ = words[3];
      tries_.arrived(size);
    }
    if (words.size() != 4 || words[2] == "-" || size > source_.size) return answer(0);
    auto job = [source = source_, size] { return sha256_beginning(*source.files, source.path, size); };
    reading_ = true;
    work<std::string>(std::move(job), [this, size, there = words[2]](const std::string& here) {
      reading_ = false;
      answer(here == there ? size : 0);
    });
  }

  void answer(std::uint64_t from) {
    sent_ = resumed_ = from;
    stage_ = Stage::kContent;
    ready_ = from > 0 ? "more\n" : "all\n";
    ended_ = same_;
    if (same_) ready_.reset();
    pump();
  }

  void pump() {
    if (!want_ || (stage_ != Stage::kContent && !ready_)) return;
    if (stage_ != Stage::kContent) {
      auto want = std::move(want_);
      std::string line = std::move(*ready_);
      ready_.reset();
      return want(std::move(line));
    }
    if (ready_) {
      std::string piece = std::move(*ready_);
      ready_.reset();
      auto want = std::move(want_);
      read();
      return want(std::move(piece));
    }
    if (!ended_) return read();
    auto want = std::move(want_);
    want(std::nullopt);
  }

  void read() {
    if (reading_ || ended_ || ready_) return;
    if (sent_ == source_.size) {
      ended_ = true;
      return pump();
    }
    reading_ = true;
    auto job = [source = source_, reader = reader_, from = sent_]() -> Result<Piece> {
      Piece piece{reader, {}};
      if (!reader) {
        auto opened = FileReader::open(*source.files, source.path, from);
        if (!opened) return std::move(opened).error();
        piece.reader = std::move(*opened);
      }
      auto bytes =
          piece.reader->next(static_cast<std::size_t>(std::min<std::uint64_t>(kTransferPiece, source.size - from)));
      if (!bytes) return std::move(bytes).error();
      piece.bytes = std::move(*bytes);
      return piece;
    };
    work<Piece>(std::move(job), [this](Piece piece) {
      reading_ = false;
      if (piece.bytes.empty()) return finish(source_changed(source_.path));
      reader_ = std::move(piece.reader);
      sent_ += piece.bytes.size();
      ready_ = std::move(piece.bytes);
      progress_.report(sent_, source_.size);
      pump();
    });
  }

  void over(Result<ShellEnd> end) {
    ++attempt_;
    if (!end) return again(std::move(end).error(), &Put::send);
    end->out = out_;
    if (end->reason == "changed") {
      // What was there from before may have been another content after all.
      if (resumed_ == 0) return finish(source_changed(source_.path));
      fresh_ = true;
      return again(source_changed(source_.path), &Put::send);
    }
    if (auto failed = failure_of(*end, "write", path_)) {
      if (end->reason == "cut") return again(std::move(*failed), &Put::send);
      return finish(std::move(*failed));
    }
    Records records(*end);
    const auto where = records.where();
    finish(
        transferred(where ? path_in(*where, last_of(path_)) : path_, source_.size, source_.sha256, !same_ || asks_more()));
  }

  bool asks_more() const {
    return args_.has("mode") || args_.has("owner") || args_.has("group") || args_["keep_times"].as_bool();
  }

  struct Piece {
    std::shared_ptr<FileReader> reader;
    std::string bytes;
  };

  FileSource source_;
  std::string former_;  ///< the script of the attempt before
  bool fresh_ = false;
  // Of one attempt:
  Stage stage_ = Stage::kAsked;
  std::string out_;
  std::shared_ptr<FileReader> reader_;
  std::optional<std::string> ready_;
  std::uint64_t sent_ = 0, resumed_ = 0;
  bool same_ = false, reading_ = false, ended_ = false;
};

}  // namespace

Cancel shell_put(Invocation call, Done done) { return start_job<Put>("to", std::move(call), std::move(done)); }

Cancel shell_upload_verify(Invocation call, Done done) {
  auto to = shell_path(call.args["to"]);
  if (!to) {
    done(std::move(to).error());
    return {};
  }
  auto slot = std::make_shared<Cancel>();
  auto look = [args = call.args, reach = Reach(call.world.shared<files::Tree>(), std::move(call.allowed))] {
    return look_at_source(reach, args);
  };
  auto ask = [slot, to = *to, &world = call.world, args = call.args,
              done = std::move(done)](Result<FileSource> source) mutable {
    if (!source) return done(own(std::move(source).error()));
    auto mode = mode_of(args);
    if (!mode) return done(std::move(mode).error());
    Variables variables;
    variables.path(to).set("owner", args["owner"].as_string()).set("group", args["group"].as_string());
    variables.set("most", static_cast<std::int64_t>(kMostShownText));
    ShellScript script;
    script.text = cat(kBaseFunctions, variables.text(), kUploadVerifyScript);
    script.input = first_line(*source);
    ContentWanted wanted{source->size, source->sha256, source->text, {}};
    if (args["keep_times"].as_bool()) wanted.modified = source->modified;
    *slot = run_script(
        world, args["target"], std::move(script),
        [wanted = std::move(wanted), to, mode = *mode, args, done = std::move(done)](Result<ShellEnd> end) mutable {
          if (!end) return done(std::move(end).error());
          ContentSeen seen;
          if (auto failed = failure_of(*end, "stat", to)) {
            if (failed->code != "machine.not_found") return done(std::move(*failed));
            return done(transfer_verified(seen, wanted, to));
          }
          Records records(*end);
          const auto ids = records.ids();
          const auto where = records.where();
          seen.found = records.facts();
          if (!ids || !where || !seen.found) return done(garbled(to));
          seen.found->entry.name = last_of(to);
          seen.wanted.attributes.mode = mode;
          seen.wanted.attributes.uid = ids->uid;
          seen.wanted.attributes.gid = ids->gid;
          seen.wanted.owner = args["owner"].as_string();
          seen.wanted.group = args["group"].as_string();
          const std::string_view sum = records.line();
          if (sum != "-") seen.sha256 = sum;
          if (records.line() == "content") seen.text = records.rest();
          done(transfer_verified(seen, wanted, path_in(*where, last_of(to))));
        });
  };
  *slot = call.world.loop().blocking<FileSource>(std::move(look), std::move(ask));
  return [slot] { (*slot)(); };
}

}  // namespace runbook::machine
