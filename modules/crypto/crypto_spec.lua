-- SPDX-License-Identifier: Apache-2.0
local crypto = require "crypto"

describe("crypto", function()
  it("computes digests", function()
    assert.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", crypto.sha256 "abc")
    assert.equal("900150983cd24fb0d6963f7d28e17f72", crypto.digest("md5", "abc"))
    assert.equal(crypto.hmac("key", "text"), crypto.hmac("key", "text", { algorithm = "sha256" }))
  end)

  it("encodes bytes and reads them back", function()
    local bytes = "\0\255\n"
    assert.equal(bytes, crypto.base64_decode(crypto.base64_encode(bytes)))
    assert.equal(bytes, crypto.hex_decode(crypto.hex_encode(bytes)))
    assert.equal("-_8", crypto.base64_encode("\251\255", { url_safe = true }))
  end)

  it("gives random values without a permission", function()
    assert.equal(8, #crypto.random_hex(4))
    assert.not_equal(crypto.uuid(), crypto.uuid())
    assert.equal(16, #crypto.base64_decode(crypto.random_base64()))
  end)

  it("makes secrets that nobody sees", function()
    local one = crypto.random_secret(24)
    assert.equal("***", tostring(one))
    assert.is_false(crypto.equal(one, crypto.random_secret(24)))
    assert.is_true(crypto.equal(one, "" .. one))
  end)

  it("compares", function()
    assert.is_true(crypto.equal("a", "a"))
    assert.is_false(crypto.equal("a", "b"))
  end)
end)
