// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace runbook {

/// What a script may use up. Zero means no limit, but for memory, which always has one.
struct Limits {
  double cpu_seconds = 10;                         ///< of the script's own thread, between two waits
  std::size_t memory_bytes = std::size_t{256} << 20;  ///< the Lua heap, and host buffers charged to it
  std::size_t output_bytes = std::size_t{64} << 20;   ///< printed in all
  int tasks = 10000;                               ///< alive at one time
  std::int64_t instructions = 0;  ///< of the virtual machine, in all: deterministic, but makes scripts up to 2.2x slower
};

}  // namespace runbook
