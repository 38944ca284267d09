// SPDX-License-Identifier: Apache-2.0
#include "runbook/error.h"

namespace runbook {

Error::Error() = default;
Error::Error(std::string error_code, std::string error_message, std::string error_hint)
    : code(std::move(error_code)), message(std::move(error_message)), hint(std::move(error_hint)) {}
Error::Error(const Error& other) = default;
Error::Error(Error&& other) noexcept = default;
Error& Error::operator=(const Error& other) = default;
Error& Error::operator=(Error&& other) noexcept = default;
Error::~Error() = default;

}  // namespace runbook
