-- SPDX-License-Identifier: Apache-2.0
-- Each word of the runner's vocabulary: what it lets through, and what it says of the rest.

local function fails(check, ...)
  local arguments = table.pack(...)
  local err = assert.has_error(function() check(table.unpack(arguments, 1, arguments.n)) end)
  assert.are.equal("test.failed", err.code)
  return err
end

describe("assert", function()
  it("takes modifiers in any spelling of busted", function()
    assert.are.same({ 1 }, { 1 })
    assert.is.equal(1, 1)
    assert.are_not.same({ 1 }, { 2 })
    assert.is_not.equals(1, 2)
    assert.not_equal(1, 2)
    assert.is_not_nil(0)
    assert.is.truthy(0)
    assert.is_falsy(nil)
  end)

  it("names what it does not know", function()
    assert.has_error(function() assert.are.sane(1, 1) end, "argument.unknown")
  end)

  it("tells where tables differ", function()
    local err = fails(assert.are.same, { a = { 1, 2 }, b = true }, { a = { 1, 3 }, c = "x" })
    assert.are.equal("at .a[2]: expected 2, got 3\nat .b: expected true, got nothing\nat .c: expected nothing, got \"x\"", err.context.diff)
  end)

  it("shows a difference of long texts line by line", function()
    local err = fails(assert.equals, "a\nb\nc\n", "a\nB\nc\n")
    assert.matches("\n%-b\n%+B\n c\n", err.context.diff)
  end)

  it("tells another table with the same content from a different one", function()
    assert.matches("assert.are.same compares content", fails(assert.are.equal, {}, {}).message)
  end)

  it("tells of the caller's message and line", function()
    local err = fails(assert.is_true, false, "the lamp")
    assert.are.equal("the lamp: expected true, got false", err.message)
    assert.matches("^assert_spec.lua:%d+$", err.where:match("[^/]+$"))
  end)

  it("gives the error that was raised", function()
    local err = assert.has_error(function() error("no disk") end, "disk")
    assert.are.equal("no disk", err.message)
    assert.has.errors(function() error({ code = "x.y", message = "m" }) end, "x.y")
    assert.error_matches(function() error("no disk") end, "no %a+$")
    assert.matches("got \"lua.error: no disk\"", fails(assert.has_error, function() error("no disk") end, "no tape").message)
    assert.matches("none was raised", fails(assert.has_error, function() end).message)
  end)

  it("keeps the unexpected error as the cause", function()
    assert.has_no.errors(function() end)
    local err = fails(assert.has_no_error, function() error("no disk") end)
    assert.are.equal("no disk", err.cause.message)
  end)

  it("finds parts of texts and members of lists", function()
    assert.contains("is", "this")
    assert.contains({ 1 }, { "a", { 1 } })
    assert.does_not_contain("x", { "a" })
    fails(assert.contains, "x", { "a" })
    assert.is_near(1, 1.05, 0.1)
  end)
end)

describe("a spy", function()
  it("knows its calls and puts back what it replaced", function()
    local lamp = { on = function(level) return level * 2 end }
    local before = lamp.on
    local on = spy.on(lamp, "on")
    assert.are.equal(4, lamp.on(2))
    assert.spy(on).was.called()
    assert.spy(on).was.called(1)
    assert.spy(on).was_called_with(2)
    assert.spy(on).was_not.called_with(3)
    assert.matches("there was none", fails(assert.spy(on).was.called_with, 3).message)
    on:revert()
    assert.are.equal(before, lamp.on)
  end)

  it("that was not called says so", function()
    local quiet = spy.new(function() end)
    assert.spy(quiet).was_not.called()
    fails(assert.spy(quiet).was.called)
  end)

  local shared = { answer = function() return "real" end }
  it("is a stub where it does not call what it replaces", function()
    stub(shared, "answer").returns("stubbed")
    assert.are.equal("stubbed", shared.answer())
    assert.stub(shared.answer).was.called(1)
  end)
  it("is gone with the test that made it", function() assert.are.equal("real", shared.answer()) end)
end)

describe("the functions around tests", function()
  local log = {}
  setup(function() log[#log + 1] = "setup" end)
  before_each(function() log[#log + 1] = "before" end)
  after_each(function() log[#log + 1] = "after" end)

  describe("in groups", function()
    before_each(function() log[#log + 1] = "inner before" end)
    after_each(function() log[#log + 1] = "inner after" end)
    it("come once", function()
      finally(function() log[#log + 1] = "finally" end)
      log[#log + 1] = "test"
    end)
  end)

  it("run from the outside in, and out again", function()
    assert.are.equal("setup before inner before test finally inner after after before", table.concat(log, " "))
  end)
end)
