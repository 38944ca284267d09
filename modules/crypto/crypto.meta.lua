-- SPDX-License-Identifier: Apache-2.0
---@meta crypto

---Digests, encodings and random values.
local crypto = {}

---@alias crypto.Algorithm "sha256"|"sha512"|"sha384"|"sha224"|"sha1"|"md5"

---Computes the SHA-256 digest of a text. That of a secret is a secret.
---
---Errors: `crypto.unavailable`.
---Permission: none. Waits: no. Since: 0.1.
---Source: FIPS 180-4.
---
---```lua
---local tag = "app:" .. crypto.sha256(dockerfile):sub(1, 12)
---```
---@param text string|secret  Text or bytes.
---@return string digest      64 hexadecimal digits.
function crypto.sha256(text) end

---Computes the SHA-512 digest of a text.
---
---Errors: `crypto.unavailable`.
---Permission: none. Waits: no. Since: 0.1.
---Source: FIPS 180-4.
---
---```lua
---print(crypto.sha512("text"))
---```
---@param text string|secret  Text or bytes.
---@return string digest      128 hexadecimal digits.
function crypto.sha512(text) end

---Computes a digest by the name of its algorithm. MD5 and SHA-1 are there for comparing with what others published, not for
---protecting anything.
---
---Errors: `crypto.unavailable`, `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: FIPS 180-4, RFC 1321.
---
---```lua
---assert(crypto.digest("md5", "") == "d41d8cd98f00b204e9800998ecf8427e")
---```
---@param algorithm crypto.Algorithm  Algorithm.
---@param text string|secret          Text or bytes.
---@return string digest              Hexadecimal digits.
function crypto.digest(algorithm, text) end

---Computes a keyed digest (HMAC) of a text.
---
---Errors: `crypto.unavailable`, `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: RFC 2104.
---
---```lua
---local signature = crypto.hmac(rb.secret "HOOK_KEY", body)
---```
---@param key string|secret      Key.
---@param text string|secret     Text or bytes.
---@param options? { algorithm?: crypto.Algorithm }  Algorithm, default "sha256".
---@return string digest         Hexadecimal digits.
function crypto.hmac(key, text, options) end

---Encodes bytes as base64.
---
---Errors: none.
---Permission: none. Waits: no. Since: 0.1.
---Source: RFC 4648.
---
---```lua
---print(crypto.base64_encode("user:name"))
---```
---@param text string|secret              Text or bytes.
---@param options? { url_safe?: boolean } The alphabet for URLs, without padding. Default: false.
---@return string encoded                 Base64.
function crypto.base64_encode(text, options) end

---Decodes base64, of either alphabet, padded or not; white space is skipped.
---
---Errors: `encoding.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: RFC 4648.
---
---```lua
---print(crypto.base64_decode("Zm9vYmFy"))
---```
---@param text string|secret  Base64.
---@return string bytes       Text or bytes.
function crypto.base64_decode(text) end

---Encodes bytes as hexadecimal digits.
---
---Errors: none.
---Permission: none. Waits: no. Since: 0.1.
---Source: RFC 4648.
---
---```lua
---print(crypto.hex_encode("\0\255"))
---```
---@param text string|secret  Text or bytes.
---@return string digits      Two lower-case digits for each byte.
function crypto.hex_encode(text) end

---Decodes hexadecimal digits.
---
---Errors: `encoding.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: RFC 4648.
---
---```lua
---assert(crypto.hex_decode("6869") == "hi")
---```
---@param text string|secret  Digits, in either case.
---@return string bytes       Text or bytes.
function crypto.hex_decode(text) end

---Compares two texts in a time that tells nothing about where they differ.
---
---Errors: none.
---Permission: none. Waits: no. Since: 0.1.
---Source: OpenSSL, `CRYPTO_memcmp`.
---
---```lua
---if not crypto.equal(signature, expected) then error "forged" end
---```
---@param a string|secret  One.
---@param b string|secret  The other.
---@return boolean same    Whether they are the same.
function crypto.equal(a, b) end

---Returns random bytes as hexadecimal digits.
---
---The value is recorded, so a resumed run gets the one it had; it is therefore no place to make a secret from:
---`crypto.random_secret` is.
---
---Errors: `argument.invalid`, `crypto.random`.
---Permission: none. Waits: yes. Since: 0.1.
---Source: OpenSSL, `RAND_bytes`.
---
---```lua
---local suffix = crypto.random_hex(4)
---```
---@param bytes? integer   Number of bytes, 1 to 65536. Default: 16.
---@return string digits   Twice as many digits.
function crypto.random_hex(bytes) end

---Returns random bytes in base64's alphabet for URLs, recorded as those of `crypto.random_hex`.
---
---Errors: `argument.invalid`, `crypto.random`.
---Permission: none. Waits: yes. Since: 0.1.
---Source: OpenSSL, `RAND_bytes`; RFC 4648.
---
---```lua
---local name = crypto.random_base64(9)
---```
---@param bytes? integer  Number of bytes, 1 to 65536. Default: 16.
---@return string text    Base64 without padding.
function crypto.random_base64(bytes) end

---Returns random bytes in base64's alphabet for URLs, as a secret: a password, a token, a key.
---
---Nothing keeps it. Whoever needs it again writes it to where secrets are kept, and looks there first.
---
---Errors: `argument.invalid`, `crypto.random`.
---Permission: none. Waits: yes. Since: 0.1.
---Source: OpenSSL, `RAND_bytes`; RFC 4648.
---
---```lua
---local password = crypto.random_secret(24)
---```
---@param bytes? integer  Number of bytes, 1 to 65536. Default: 16.
---@return secret text    Base64 without padding.
function crypto.random_secret(bytes) end

---Returns a random UUID, recorded as the values of `crypto.random_hex`.
---
---Errors: `crypto.random`.
---Permission: none. Waits: yes. Since: 0.1.
---Source: RFC 9562, version 4.
---
---```lua
---local id = crypto.uuid()
---```
---@return string uuid  "f81d4fae-7dec-4d0a-a765-00a0c91e6bf6"
function crypto.uuid() end

return crypto
