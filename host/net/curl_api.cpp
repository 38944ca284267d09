// SPDX-License-Identifier: Apache-2.0
#include "host/net/curl_api.h"

#include "host/core/lazy_library.h"

namespace runbook {
namespace {

Status fill(CurlApi& api) {
  RUNBOOK_TRY(load_library("libcurl.so.4", "libcurl4",
                           {
                               lazy_symbol("curl_global_init", api.global_init),
                               lazy_symbol("curl_easy_init", api.easy_init),
                               lazy_symbol("curl_easy_cleanup", api.easy_cleanup),
                               lazy_symbol("curl_easy_setopt", api.easy_setopt),
                               lazy_symbol("curl_easy_getinfo", api.easy_getinfo),
                               lazy_symbol("curl_easy_pause", api.easy_pause),
                               lazy_symbol("curl_easy_strerror", api.easy_strerror),
                               lazy_symbol("curl_slist_append", api.slist_append),
                               lazy_symbol("curl_slist_free_all", api.slist_free_all),
                               lazy_symbol("curl_multi_init", api.multi_init),
                               lazy_symbol("curl_multi_cleanup", api.multi_cleanup),
                               lazy_symbol("curl_multi_setopt", api.multi_setopt),
                               lazy_symbol("curl_multi_add_handle", api.multi_add_handle),
                               lazy_symbol("curl_multi_remove_handle", api.multi_remove_handle),
                               lazy_symbol("curl_multi_socket_action", api.multi_socket_action),
                               lazy_symbol("curl_multi_info_read", api.multi_info_read),
                           }));
  if (api.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return Error("library.missing", "libcurl cannot be initialised");
  return Unit{};
}

}  // namespace

Result<const CurlApi*> curl_api() {
  static CurlApi api{};
  static const Status state = fill(api);
  if (!state) return state.error();
  return &api;
}

}  // namespace runbook
