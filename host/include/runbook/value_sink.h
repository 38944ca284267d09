// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "runbook/result.h"

namespace runbook {

/// Receives a value piece by piece, in the order of its text: large ones need not exist twice. Containers are begun and
/// ended in pairs; in an object each value follows its key.
class ValueSink {
 public:
  virtual ~ValueSink() = default;
  virtual void null() = 0;
  virtual void boolean(bool value) = 0;
  virtual void integer(std::int64_t value) = 0;
  virtual void number(double value) = 0;
  virtual void string(std::string_view text) = 0;
  virtual void begin_array() = 0;
  virtual void end_array() = 0;
  virtual void begin_object() = 0;
  /// False where the object has this key already; then nothing more may come.
  virtual bool key(std::string_view name) = 0;
  virtual void end_object() = 0;
};

/// As from_json, into a sink. After an error the sink holds part of a value.
Status read_json(std::string_view text, ValueSink& sink);

}  // namespace runbook
