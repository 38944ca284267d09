// SPDX-License-Identifier: Apache-2.0
#include "host/cli/signals.h"

#include <atomic>

namespace runbook::cli {
namespace {

std::atomic<Host*> interrupted_host{nullptr};
volatile sig_atomic_t last_signal = 0;

void on_signal(int signal) {
  last_signal = signal;
  if (Host* host = interrupted_host.load()) host->interrupt();
}

}  // namespace

Signals::Signals(Host& host) {
  last_signal = 0;
  interrupted_host.store(&host);
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &action, &former_[i]);
}

Signals::~Signals() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &former_[i], nullptr);
  interrupted_host.store(nullptr);
}

int Signals::last() { return last_signal; }

}  // namespace runbook::cli
