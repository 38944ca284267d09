-- SPDX-License-Identifier: Apache-2.0
---@meta http

---Requests over HTTP and HTTPS.
local http = {}

---@alias http.expect integer|"1xx"|"2xx"|"3xx"|"4xx"|"5xx"

---@class http.Options
---@field headers? table<string, string|secret>  Headers by name; their values may be secrets.
---@field bearer? string|secret          Token for `Authorization: Bearer`.
---@field user? string|secret            Name for basic authentication.
---@field password? string|secret        Password for basic authentication.
---@field timeout? duration              Time for the whole call, in seconds or as "30s". Default: 60 s.
---@field connect_timeout? duration      Time for name look-up, TCP and TLS, in seconds or as "5s". Default: 10 s.
---@field expect? http.expect|http.expect[]  Statuses that are no error. Default: "2xx".
---@field max_body? size                 Largest body that is read, in bytes or as "10MiB". Default: 64 MiB.
---@field unix_socket? string            Path of a unix socket to connect to; the URL then gives only the Host header and the path.
---@field ca_file? string                Path of the certificates to trust, in place of the system's.
---@field cert_file? string              Path of the client certificate (PEM).
---@field key_file? string               Path of the client certificate's key (PEM).
---@field insecure? boolean              Accepts any server certificate. Default: false.

---@class http.ReadOptions: http.Options
---@field json? boolean                  Asks for JSON and refuses another answer. Default: false.
---@field retries? integer               How often a failure that may pass (no connection, time-out, 429, 502, 503, 504) is tried again. Default: 2.
---@field redirects? integer             How many redirects are followed. Default: 5.

---@class http.FetchOptions: http.Options
---@field method? "GET"|"HEAD"|"OPTIONS" Default: "GET".
---@field json? boolean                  Asks for JSON and refuses another answer. Default: false.
---@field retries? integer               How often a failure that may pass is tried again. Default: 0.

---@class http.SendOptions: http.Options
---@field body? string|secret            Body, as it is.
---@field json? any                      Value to send as JSON; secrets in it are sent in the clear.
---@field form? table<string, any>       Values to send as a form.

---@class http.Response
---@field status integer                 Status code.
---@field headers table<string, string>  Headers by lower-case name; repeated ones are joined by ", ".
---@field body string                    Body, unpacked where it was compressed.
---@field json? any                      Decoded body, where the server calls it JSON or `json` was asked for.
---@field url string                     URL that answered, after redirects.
---@field seconds number                 Seconds from the first byte sent to the last received.

---Gets a URL.
---
---Redirects are followed, each only as far as the permissions go; credentials are not taken along to another origin.
---Failures that may pass are tried again, after half a second, a second and so on, or after what the server's
---`Retry-After` says, for as long as `timeout` allows. A status that `expect` does not cover raises `http.status`, with
---`status` and the beginning of the `body` in the error's context.
---
---Errors: `http.status`, `http.url`, `http.resolve`, `http.connect`, `http.tls`, `http.timeout`, `http.closed`,
---`http.protocol`, `http.too_large`, `http.json`, `http.redirects`, `http.header`, `argument.invalid`.
---Permission: `net: scheme://host[:port]` of the URL and of each redirect. Waits: yes. Since: 0.1.
---Source: RFC 9110.
---
---```lua
---local release = http.get("https://releases.example.org/latest", { json = true, timeout = "20s" }).json
---```
---@param url string                URL; http or https.
---@param options? http.ReadOptions
---@return http.Response response   Answer.
function http.get(url, options) end

---Gets what `http.get` would, without the body.
---
---Errors: as `http.get`.
---Permission: `net: scheme://host[:port]` of the URL and of each redirect. Waits: yes. Since: 0.1.
---Source: RFC 9110.
---
---```lua
---local size = tonumber(http.head("https://releases.example.org/app.tar.gz").headers["content-length"])
---```
---@param url string                URL; http or https.
---@param options? http.ReadOptions
---@return http.Response response   Answer; its body is empty.
function http.head(url, options) end

---Makes one request that only reads, and returns whatever the server says.
---
---No redirect is followed, and no status is an error unless `expect` is given: for probes that look at the status.
---
---Errors: `http.url`, `http.resolve`, `http.connect`, `http.tls`, `http.timeout`, `http.closed`, `http.protocol`,
---`http.too_large`, `http.json`, `http.header`, `http.status`, `argument.invalid`.
---Permission: `net: scheme://host[:port]`. Waits: yes. Since: 0.1.
---Source: RFC 9110.
---
---```lua
---local up = http.fetch("http://127.0.0.1:8080/healthz", { timeout = "2s" }).status == 200
---```
---@param url string                URL; http or https.
---@param options? http.FetchOptions
---@return http.Response response   Answer, of any status.
function http.fetch(url, options) end

---Posts to a URL.
---
---Never sent twice and never redirected. Whether an interrupted POST has happened only the step can tell: give it a
---`check`, or `idempotent = true`.
---
---Errors: as `http.fetch`; a status other than those expected is `http.status`.
---Permission: `net: scheme://host[:port]`. Waits: yes. Since: 0.1.
---Source: RFC 9110.
---
---```lua
---http.post("https://chat.example.org/hook", { json = { text = "deployed" }, bearer = rb.secret "CHAT_TOKEN" })
---```
---@param url string                URL; http or https.
---@param options? http.SendOptions
---@return http.Response response   Answer.
function http.post(url, options) end

---Puts a resource at a URL.
---
---Never sent twice and never redirected.
---
---Errors: as `http.post`.
---Permission: `net: scheme://host[:port]`. Waits: yes. Since: 0.1.
---Source: RFC 9110.
---
---```lua
---http.put("https://files.example.org/motd", { body = "Welcome\n", expect = { 200, 201, 204 } })
---```
---@param url string                URL; http or https.
---@param options? http.SendOptions
---@return http.Response response   Answer.
function http.put(url, options) end

---Changes a part of the resource at a URL.
---
---Never sent twice and never redirected.
---
---Errors: as `http.post`.
---Permission: `net: scheme://host[:port]`. Waits: yes. Since: 0.1.
---Source: RFC 5789.
---
---```lua
---http.patch("https://api.example.org/service/web", { json = { replicas = 3 } })
---```
---@param url string                URL; http or https.
---@param options? http.SendOptions
---@return http.Response response   Answer.
function http.patch(url, options) end

---Deletes the resource at a URL.
---
---Counts as destructive: it asks first, and counts against the caps on deletions.
---
---Errors: as `http.post`.
---Permission: `net: scheme://host[:port]`. Waits: yes. Since: 0.1.
---Source: RFC 9110.
---
---```lua
---http.delete("https://api.example.org/service/old", { expect = { "2xx", 404 } })
---```
---@param url string                URL; http or https.
---@param options? http.SendOptions
---@return http.Response response   Answer.
function http.delete(url, options) end

---Encodes text so that it can stand anywhere in a URL.
---
---Errors: none.
---Permission: none. Waits: no. Since: 0.1.
---Source: RFC 3986.
---
---```lua
---local url = "https://api.example.org/user/" .. http.escape(name)
---```
---@param text string|secret   Text.
---@return string encoded      Text with all but letters, digits and `-._~` as %XX.
function http.escape(text) end

---Encodes a table as the query of a URL.
---
---Errors: none.
---Permission: none. Waits: no. Since: 0.1.
---Source: WHATWG URL, application/x-www-form-urlencoded.
---
---```lua
---local url = "https://api.example.org/search?" .. http.query { q = "a b", page = 2 }
---```
---@param values table<string, any>  Values by name.
---@return string query              Encoded pairs, sorted by name.
function http.query(values) end

---Resolves a reference, as in a `Location` header, against the URL it came from.
---
---Errors: `http.url`.
---Permission: none. Waits: no. Since: 0.1.
---Source: RFC 3986 section 5.
---
---```lua
---local target = http.resolve("https://example.org/a/b", "../c").url
---```
---@param base string       URL.
---@param location string   Reference: a URL, a path or a query.
---@return { url: string, same_origin: boolean } target  URL, and whether scheme, host and port are the same.
function http.resolve(base, location) end

return http
