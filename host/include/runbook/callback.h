// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace runbook {

template <class Signature>
class Callback;

/// A move-only function that can be called once: calling it moves the target out first, so a second call
/// does nothing. That makes "done exactly once" a property of the type.
template <class R, class... Args>
class Callback<R(Args...)> {
 public:
  Callback() = default;
  template <class F, class = std::enable_if_t<!std::is_same_v<std::decay_t<F>, Callback>>>
  Callback(F function) : target_(std::make_unique<Holder<F>>(std::move(function))) {}  // NOLINT(google-explicit-constructor)

  explicit operator bool() const { return target_ != nullptr; }

  R operator()(Args... args) {
    auto target = std::move(target_);
    if constexpr (std::is_void_v<R>) {
      if (target) target->call(std::forward<Args>(args)...);
    } else {
      return target ? target->call(std::forward<Args>(args)...) : R{};
    }
  }
  void reset() { target_.reset(); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual R call(Args... args) = 0;
  };
  template <class F>
  struct Holder final : Base {
    explicit Holder(F f) : function(std::move(f)) {}
    R call(Args... args) override { return function(std::forward<Args>(args)...); }
    F function;
  };
  std::unique_ptr<Base> target_;
};

/// Stops an operation. After it is called the operation's callback is never called; what the operation holds is
/// released in the background. Dropping a Cancel does not cancel.
using Cancel = Callback<void()>;

}  // namespace runbook
