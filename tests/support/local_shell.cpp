// SPDX-License-Identifier: Apache-2.0
#include "tests/support/local_shell.h"

#include <signal.h>
#include <uv.h>

#include <cstring>
#include <utility>

#include "host/core/shell_quote.h"

namespace runbook {

namespace {

// Lives until libuv has closed its handles.
struct Child : std::enable_shared_from_this<Child> {
  uv_process_t process{};
  uv_pipe_t in{}, out{}, error{};
  RemoteCommand command;
  std::size_t input_left = 0;
  int open = 0;
  int running = 3;  // its end, and that of its two streams
  RemoteExit exit;
  bool dropped = false;
  std::shared_ptr<Child> self;
  char buffer[65536];

  void close(uv_handle_t* handle) {
    if (uv_is_closing(handle)) return;
    uv_close(handle, [](uv_handle_t* closed) {
      auto* child = static_cast<Child*>(closed->data);
      if (--child->open == 0) {
        auto last = std::move(child->self);
      }
    });
  }
  void part_ended() {
    if (--running > 0) return;
    close(reinterpret_cast<uv_handle_t*>(&in));
    if (!dropped) command.on_exit(exit);
  }
  void read(uv_pipe_t& pipe) {
    uv_read_start(
        reinterpret_cast<uv_stream_t*>(&pipe),
        [](uv_handle_t* handle, std::size_t, uv_buf_t* buf) {
          auto* child = static_cast<Child*>(handle->data);
          *buf = uv_buf_init(child->buffer, sizeof child->buffer);
        },
        [](uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
          auto* child = static_cast<Child*>(stream->data);
          const auto keep = child->shared_from_this();
          const bool is_error = stream == reinterpret_cast<uv_stream_t*>(&child->error);
          if (count > 0 && !child->dropped)
            child->command.on_output(is_error, {buf->base, static_cast<std::size_t>(count)});
          if (count >= 0) return;
          child->close(reinterpret_cast<uv_handle_t*>(stream));
          child->part_ended();
        });
  }
};

struct Write {
  uv_write_t request{};
  std::string bytes;
  Callback<void(Status)> written;
  std::shared_ptr<Child> child;
};

class LocalProcess final : public RemoteProcess {
 public:
  explicit LocalProcess(std::shared_ptr<Child> child) : child_(std::move(child)) {}
  ~LocalProcess() override {
    child_->dropped = true;
    if (child_->running > 0 && child_->process.pid > 0) {
      kill(-child_->process.pid, SIGTERM);
      kill(-child_->process.pid, SIGKILL);
    }
    child_->close(reinterpret_cast<uv_handle_t*>(&child_->in));
  }
  void write(std::string bytes, Callback<void(Status)> written) override {
    if (uv_is_closing(reinterpret_cast<uv_handle_t*>(&child_->in))) return;
    const bool breaks = bytes.size() > child_->input_left;
    if (breaks) bytes.resize(child_->input_left);
    child_->input_left -= bytes.size();
    auto* write = new Write{{}, std::move(bytes), std::move(written), child_};
    write->request.data = write;
    const uv_buf_t buf = uv_buf_init(write->bytes.data(), static_cast<unsigned>(write->bytes.size()));
    uv_write(&write->request, reinterpret_cast<uv_stream_t*>(&child_->in), &buf, 1,
             [](uv_write_t* request, int status) {
               std::unique_ptr<Write> done(static_cast<Write*>(request->data));
               if (done->child->dropped) return;
               if (status == 0) return done->written(Unit{});
               done->written(Error("test.closed", uv_strerror(status)));
             });
    if (breaks) child_->close(reinterpret_cast<uv_handle_t*>(&child_->in));
  }
  void end_input() override {
    if (uv_is_closing(reinterpret_cast<uv_handle_t*>(&child_->in))) return;
    auto* request = new uv_shutdown_t;
    request->data = child_.get();
    uv_shutdown(request, reinterpret_cast<uv_stream_t*>(&child_->in), [](uv_shutdown_t* done, int) {
      auto* child = static_cast<Child*>(done->data);
      child->close(reinterpret_cast<uv_handle_t*>(&child->in));
      delete done;
    });
  }
  void set_paused(bool) override {}

 private:
  std::shared_ptr<Child> child_;
};

}  // namespace

void LocalShell::cut() {
  for (const auto& one : std::exchange(cuts_, {})) one(true);
}

void LocalShell::cut_silently() {
  for (const auto& one : std::exchange(cuts_, {})) one(false);
}

std::unique_ptr<RemoteProcess> LocalShell::start(RemoteCommand command) {
  ++started;
  auto child = std::make_shared<Child>();
  const std::string line = before + shell_command(command.argv);
  commands.push_back(line);
  child->command = std::move(command);
  child->input_left = most_input;
  child->self = child;
  child->open = 4;
  for (uv_pipe_t* pipe : {&child->in, &child->out, &child->error}) {
    uv_pipe_init(loop_.uv(), pipe, 0);
    pipe->data = child.get();
  }
  child->process.data = child.get();
  std::vector<char*> argv, environment;
  for (const char* word : {login.c_str(), "-c", line.c_str()}) argv.push_back(const_cast<char*>(word));
  argv.push_back(nullptr);
  for (const std::string& variable : env) environment.push_back(const_cast<char*>(variable.c_str()));
  environment.push_back(nullptr);
  uv_stdio_container_t streams[3] = {};
  const auto flags = static_cast<uv_stdio_flags>(UV_CREATE_PIPE | UV_READABLE_PIPE | UV_WRITABLE_PIPE);
  streams[0] = {flags, {reinterpret_cast<uv_stream_t*>(&child->in)}};
  streams[1] = {flags, {reinterpret_cast<uv_stream_t*>(&child->out)}};
  streams[2] = {flags, {reinterpret_cast<uv_stream_t*>(&child->error)}};
  uv_process_options_t options{};
  options.file = login.c_str();
  options.args = argv.data();
  options.env = environment.data();
  options.stdio = streams;
  options.stdio_count = 3;
  options.flags = UV_PROCESS_DETACHED;
  if (uid != static_cast<unsigned>(-1)) {
    options.flags |= UV_PROCESS_SETUID | UV_PROCESS_SETGID;
    options.uid = uid;
    options.gid = uid;
  }
  options.exit_cb = [](uv_process_t* process, std::int64_t status, int signal) {
    auto* ended = static_cast<Child*>(process->data);
    const auto keep = ended->shared_from_this();
    ended->exit.code = signal != 0 ? -1 : static_cast<int>(status);
    if (signal != 0) ended->exit.signal = sigabbrev_np(signal);
    ended->close(reinterpret_cast<uv_handle_t*>(process));
    ended->part_ended();
  };
  if (const int bad = uv_spawn(loop_.uv(), &child->process, &options); bad != 0) {
    child->command.on_output = nullptr;
    loop_.post([child, bad] { child->command.on_exit(Error("test.spawn", uv_strerror(bad))); });
    child->close(reinterpret_cast<uv_handle_t*>(&child->process));
    for (uv_pipe_t* pipe : {&child->out, &child->error}) child->close(reinterpret_cast<uv_handle_t*>(pipe));
    return std::make_unique<LocalProcess>(child);
  }
  cuts_.push_back([&loop = loop_, weak = std::weak_ptr<Child>(child)](bool tell) {
    const auto open = weak.lock();
    if (!open || open->dropped || open->running == 0) return;
    open->dropped = true;
    kill(-open->process.pid, SIGKILL);
    if (tell) loop.post([open] { open->command.on_exit(Error("ssh.connection_lost", "the connection is gone").retry()); });
  });
  child->read(child->out);
  child->read(child->error);
  return std::make_unique<LocalProcess>(child);
}

}  // namespace runbook
