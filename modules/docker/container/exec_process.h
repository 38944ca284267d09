// SPDX-License-Identifier: Apache-2.0
//
// A program that runs in a container for one call: its input comes from a text or a file, its output goes into texts or a
// file. What is left of it when the call is cancelled, or fails here, is ended there.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "modules/docker/container/exec_endings.h"
#include "modules/docker/engine/file_stream.h"
#include "modules/docker/engine/frames.h"
#include "modules/docker/engine/intake.h"
#include "modules/docker/engine/job.h"

namespace runbook::docker {

class ExecProcess {
 public:
  using Ptr = std::shared_ptr<ExecProcess>;
  ExecProcess(Job::Ptr job, FileSourcePtr in, FileDraftPtr out);

  /// By which it is found among the container's programs.
  const std::string& mark() const { return mark_; }
  /// Starts the program that the engine knows as `id`, and ends the job with its result.
  static void attach(const Ptr& process, const std::string& id);

 private:
  void take(int number, std::string_view bytes);
  void received(std::string_view bytes);
  static void connected(const Ptr& process, std::unique_ptr<ByteStream> stream);
  static void send_file(const std::weak_ptr<ExecProcess>& weak);
  static void ended(const Ptr& process, Status status);
  static void ask_status(const Ptr& process);
  static void report(const Ptr& process, std::int64_t code);
  void finish(std::int64_t code);
  /// Fails the job while the program may still run.
  void give_up(Error error);
  void end_there();

  Job::Ptr job_;
  ExecEndings& endings_;
  std::string mark_;
  std::string id_;
  FileSourcePtr in_;
  FileDraftPtr draft_;
  IntakePtr intake_;
  std::string out_;
  std::string err_;
  Lines lines_[2];
  Frames frames_;
  Status status_ = Unit{};
  std::unique_ptr<ByteStream> stream_;
  Cancel reading_;
  int tries_ = 0;
};

}  // namespace runbook::docker
