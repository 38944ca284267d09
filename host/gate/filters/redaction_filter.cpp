// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/redaction_filter.h"

namespace runbook {

Cancel RedactionFilter::apply(EffectCall& call, Next next, Done done) {
  if (call.on_event) {
    call.on_event = [redactor = redactor_, listener = std::move(call.on_event)](Value event) {
      listener(redactor->empty() ? std::move(event) : redactor->redact_value(event));
    };
  }
  return next([redactor = redactor_, done = std::move(done)](Result<Value> result) mutable {
    if (result) {
      redactor->add_secrets_of(*result);
      return done(std::move(result));
    }
    done(redactor->redact_error(std::move(result).error()));
  });
}

}  // namespace runbook
