// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/sftp/requests.h"

#include <algorithm>
#include <functional>

#include "host/core/text.h"

namespace runbook::ssh::sftp {

namespace {

constexpr std::size_t kMostHandle = 256;  // the protocol's own limit
constexpr std::size_t kMostName = 4096;   // PATH_MAX; file systems end at 255 bytes
constexpr std::size_t kMostListing = 32U << 20U;

template <class T>
Wait<Result<T>> ask(const ClientPtr& client, Request request, std::function<Result<T>(const Reply&)> understand) {
  return Wait<Result<T>>([client, request = std::move(request), understand = std::move(understand)](Callback<void(Result<T>)> done) {
    return client->request(request, [understand, done = std::move(done)](Result<Reply> reply) mutable {
      if (!reply) return done(std::move(reply).error());
      done(understand(*reply));
    });
  });
}

Wait<Status> ask_status(const ClientPtr& client, Request request, const char* doing, const std::string& path) {
  return ask<Unit>(client, std::move(request), [doing, path](const Reply& reply) -> Status {
    WireReader in(reply.body);
    if (reply.type == kStatus && in.u32() == kOk && in.ok()) return Unit{};
    return unexpected(reply, doing, path);
  });
}

Wait<Result<Attributes>> ask_attributes(const ClientPtr& client, Request request, const std::string& path) {
  return ask<Attributes>(client, std::move(request), [path](const Reply& reply) -> Result<Attributes> {
    if (reply.type != kAttrs) return unexpected(reply, "look at", path);
    WireReader in(reply.body);
    Attributes out = take_attributes(in);
    if (!in.ok()) return protocol_error("attributes that are cut off");
    return out;
  });
}

Wait<Result<Handle>> ask_handle(const ClientPtr& client, Request request, const char* doing, const std::string& path) {
  return ask<Handle>(client, std::move(request), [client, doing, path](const Reply& reply) -> Result<Handle> {
    if (reply.type != kHandle) return unexpected(reply, doing, path);
    WireReader in(reply.body);
    const std::string_view name = in.string();
    if (!in.ok() || name.empty() || name.size() > kMostHandle) return protocol_error("a handle that is none");
    return Handle(client, std::string(name));
  });
}

Wait<Result<std::string>> ask_name(const ClientPtr& client, Request request, const char* doing, const std::string& path) {
  return ask<std::string>(client, std::move(request), [doing, path](const Reply& reply) -> Result<std::string> {
    if (reply.type != kName) return unexpected(reply, doing, path);
    WireReader in(reply.body);
    const std::uint32_t count = in.u32();
    const std::string name(in.string());
    if (!in.ok() || count != 1) return protocol_error("not one name");
    if (name.find('\0') != std::string::npos) return protocol_error("a path with a NUL");
    return name;
  });
}

// One answer to a request for the next entries. Gives how many it had, dots too; none at the end.
Result<std::size_t> take_entries(const Reply& reply, const std::string& path, std::vector<Entry>& out) {
  WireReader in(reply.body);
  if (reply.type == kStatus && in.u32() == kEof && in.ok()) return std::size_t{0};
  if (reply.type != kName) return unexpected(reply, "list", path);
  const std::uint32_t count = in.u32();
  if (count == 0) return protocol_error("a part of a listing with nothing in it");  // for ever, perhaps
  for (std::uint32_t i = 0; i < count; ++i) {
    Entry entry;
    const std::string_view name = in.string();
    if (name.size() > kMostName) return protocol_error(cat("a name of ", name.size(), " bytes in a listing"));
    entry.name = name;
    in.string();  // a line for people
    entry.attributes = take_attributes(in);
    if (!in.ok()) return protocol_error("a listing that is cut off");
    if (entry.name == "." || entry.name == "..") continue;
    if (entry.name.empty() || entry.name.find('/') != std::string::npos || entry.name.find('\0') != std::string::npos) {
      return protocol_error(cat("'", printable(entry.name.substr(0, kMostName)), "' in a listing is no name"));
    }
    out.push_back(std::move(entry));
  }
  return std::size_t{count};
}

}  // namespace

Handle& Handle::operator=(Handle&& other) noexcept {
  drop();
  client_ = std::move(other.client_);
  name_ = std::move(other.name_);
  return *this;
}

void Handle::drop() {
  if (client_ && !client_->lost()) client_->request(Request(kClose).string(name_), {});
  client_.reset();
}

Wait<Status> Handle::close(const std::string& path) {
  const ClientPtr client = std::move(client_);
  client_.reset();
  return ask_status(client, Request(kClose).string(name_), "close", path);
}

Wait<Result<Attributes>> stat(const ClientPtr& client, const std::string& path) { return ask_attributes(client, Request(kStat).string(path), path); }
Wait<Result<Attributes>> lstat(const ClientPtr& client, const std::string& path) { return ask_attributes(client, Request(kLstat).string(path), path); }
Wait<Result<Attributes>> fstat(const Handle& handle, const std::string& path) {
  return ask_attributes(handle.client(), Request(kFstat).string(handle.name()), path);
}

Wait<Status> setstat(const ClientPtr& client, const std::string& path, const Attributes& attributes) {
  return ask_status(client, Request(kSetstat).string(path).attributes(attributes), "change", path);
}
Wait<Status> fsetstat(const Handle& handle, const std::string& path, const Attributes& attributes) {
  return ask_status(handle.client(), Request(kFsetstat).string(handle.name()).attributes(attributes), "change", path);
}

Wait<Result<Handle>> open(const ClientPtr& client, const std::string& path, std::uint32_t flags, const Attributes& attributes) {
  return ask_handle(client, Request(kOpen).string(path).u32(flags).attributes(attributes), (flags & kForWrite) != 0 ? "write" : "read", path);
}

Wait<Status> fsync(const Handle& handle, const std::string& path) {
  if (!handle.client()->has_fsync()) {
    return Wait<Status>([](Callback<void(Status)> done) {
      done(Unit{});
      return Cancel();
    });
  }
  return ask_status(handle.client(), Request(kExtended).string("fsync@openssh.com").string(handle.name()), "sync", path);
}

Wait<Status> mkdir(const ClientPtr& client, const std::string& path, const Attributes& attributes) {
  return ask_status(client, Request(kMkdir).string(path).attributes(attributes), "create directory", path);
}
Wait<Status> rmdir(const ClientPtr& client, const std::string& path) { return ask_status(client, Request(kRmdir).string(path), "remove directory", path); }
Wait<Status> remove(const ClientPtr& client, const std::string& path) { return ask_status(client, Request(kRemove).string(path), "remove", path); }

Wait<Status> posix_rename(const ClientPtr& client, const std::string& from, const std::string& to) {
  return ask_status(client, Request(kExtended).string("posix-rename@openssh.com").string(from).string(to), "rename to", to);
}
Wait<Status> plain_rename(const ClientPtr& client, const std::string& from, const std::string& to) {
  return ask_status(client, Request(kRename).string(from).string(to), "rename to", to);
}

// The draft has the two the other way round; OpenSSH's server, and so everybody, has them like this.
Wait<Status> symlink(const ClientPtr& client, const std::string& path, const std::string& target) {
  return ask_status(client, Request(kSymlink).string(target).string(path), "link", path);
}

Wait<Result<std::string>> readlink(const ClientPtr& client, const std::string& path) {
  return ask_name(client, Request(kReadlink).string(path), "read the link", path);
}
Wait<Result<std::string>> realpath(const ClientPtr& client, const std::string& path) {
  return ask_name(client, Request(kRealpath).string(path), "resolve", path);
}

Flow<Result<std::vector<Entry>>> list(ClientPtr client, std::string path, std::size_t most) {
  auto opened = co_await ask_handle(client, Request(kOpendir).string(path), "list", path);
  if (!opened) co_return std::move(opened).error();
  const Handle handle = std::move(*opened);
  std::vector<Entry> all;
  for (std::size_t seen = 0, bytes = 0;;) {
    const std::size_t before = all.size();
    auto more = co_await ask<std::size_t>(client, Request(kReaddir).string(handle.name()),
                                   [&path, &all](const Reply& reply) { return take_entries(reply, path, all); });
    if (!more) co_return std::move(more).error();
    if (*more == 0) break;
    for (std::size_t i = before; i < all.size(); ++i) bytes += all[i].name.size();
    if (bytes > kMostListing) {
      co_return Error("ssh.too_large", cat("the names in '", printable(path), "' are more than ", kMostListing >> 20U, " MiB")).with("path", printable(path));
    }
    seen += *more;
    if (seen > most + 2) {  // the dots
      co_return Error("ssh.too_large", cat("'", printable(path), "' has more than ", most, " entries")).with("path", printable(path));
    }
  }
  std::sort(all.begin(), all.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  const auto same = std::adjacent_find(all.begin(), all.end(), [](const Entry& a, const Entry& b) { return a.name == b.name; });
  if (same != all.end()) co_return protocol_error(cat("'", printable(same->name), "' is twice in a listing"));
  co_return std::move(all);
}

}  // namespace runbook::ssh::sftp
