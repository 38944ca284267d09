// SPDX-License-Identifier: Apache-2.0
// Linked into every test program: a test that leaves a child process, another working directory or many more open
// descriptors behind fails the program, also where all its checks passed.
#define CATCH_CONFIG_EXTERNAL_INTERFACES  // what a listener needs of version 2
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "tests/support/catch.h"

namespace {

#if __has_include(<catch2/catch_all.hpp>)
using Listener = Catch::EventListenerBase;
const std::string& name_of(const Catch::TestCaseStats& stats) { return stats.testInfo->name; }
#else
using Listener = Catch::TestEventListenerBase;
const std::string& name_of(const Catch::TestCaseStats& stats) { return stats.testInfo.name; }
#endif

// Libraries open a few for good on first use: thread pools, signal pipes, epoll.
constexpr long kDescriptorsForGood = 24;

long open_descriptors() {
  std::error_code error;
  long count = 0;
  for (std::filesystem::directory_iterator it("/proc/self/fd", error), end; !error && it != end; it.increment(error)) ++count;
  return count;
}

class LeakListener : public Listener {
 public:
  using Listener::Listener;

  void testRunStarting(const Catch::TestRunInfo&) override {
    directory_ = std::filesystem::current_path();
    descriptors_ = open_descriptors();
  }

  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    siginfo_t child{};
    const bool children = waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
    if (children) complain(stats, "a child process");
    if (std::filesystem::current_path() != directory_) complain(stats, "another working directory");
    if (open_descriptors() > descriptors_ + kDescriptorsForGood) {
      complain(stats, "open descriptors");
      descriptors_ = open_descriptors();
    }
  }

  void testRunEnded(const Catch::TestRunStats&) override {
    if (leaks_ == 0) return;
    std::fflush(nullptr);
    std::fprintf(stderr, "%d leaks\n", leaks_);
    _exit(1);
  }

 private:
  void complain(const Catch::TestCaseStats& stats, const char* what) {
    ++leaks_;
    std::fprintf(stderr, "LEAK: '%s' leaves %s behind\n", name_of(stats).c_str(), what);
  }

  std::filesystem::path directory_;
  long descriptors_ = 0;
  int leaks_ = 0;
};

CATCH_REGISTER_LISTENER(LeakListener)

}  // namespace
