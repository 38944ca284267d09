// SPDX-License-Identifier: Apache-2.0
#include "modules/template/render.h"

#include "tests/support/catch.h"

using namespace runbook;
using templates::render;
using templates::RenderOptions;

namespace {

const Value& values() {
  static const Value kValues = *from_json(
      R"j({"name":"web","count":3,"on":true,"off":false,"none":null,"ports":[80,443],"empty":[],
          "server":{"host":"node2","tags":{"b":2,"a":1}},"evil":"it's <b> \"x\" $(rm)"})j");
  return kValues;
}

std::string out(const char* text, const char* escape = "none") {
  RenderOptions options;
  options.escape = escape;
  auto result = render(text, values(), options);
  return result ? *result : result.error().code + ": " + result.error().message;
}

}  // namespace

TEST_CASE("template: text stays as it is, braces included", "[template]") {
  CHECK(out("") == "");
  CHECK(out("a { b } $x %y# {") == "a { b } $x %y# {");
  CHECK(out("{{ \"{{ }}\" }}") == "{{ }}");
}

TEST_CASE("template: values are found by path", "[template]") {
  CHECK(out("{{ name }}-{{count}}-{{ on }}") == "web-3-true");
  CHECK(out("{{ server.host }} {{ server['host'] }} {{ ports[2] }} {{ server.tags.a }}") == "node2 node2 443 1");
}

TEST_CASE("template: what is not there is an error with its line and the nearest name", "[template]") {
  CHECK(out("a\n{{ nmae }}") == "template.undefined: line 2: there is no 'nmae', did you mean 'name'?");
  CHECK(out("{{ server.hots }}") == "template.undefined: line 1: 'server' has no 'hots', did you mean 'host'?");
  CHECK(out("{{ ports[3] }}") == "template.undefined: line 1: 'ports' has 2 entries, there is no number 3");
  CHECK(out("{{ name.x }}") == "template.value: line 1: 'name' is a text, it has no 'x'");
  CHECK(out("{% if zzz %}{% end %}") == "template.undefined: line 1: there is no 'zzz'");
}

TEST_CASE("template: conditions choose one branch", "[template]") {
  CHECK(out("{% if on %}a{% else %}b{% end %}") == "a");
  CHECK(out("{% if off %}a{% elif none %}b{% elif count > 2 %}c{% else %}d{% end %}") == "c");
  CHECK(out("{% if not off and (count == 3.0 or nope) %}yes{% end %}") == "yes");
  CHECK(out("{% if 80 in ports and 'ho' in server.host | default('') | replace('node', 'ho') %}yes{% end %}") == "yes");
  CHECK(out("{% if 'host' in server and name != 'x' and name <= 'web' %}yes{% end %}") == "yes");
  CHECK(out("{% if empty %}an empty list is true, as in Lua{% end %}") == "an empty list is true, as in Lua");
  CHECK(out("{% if name < 3 %}{% end %}") == "template.value: line 1: '<' compares numbers or texts, not a text and a number");
}

TEST_CASE("template: loops go over lists and over maps in order", "[template]") {
  CHECK(out("{% for p in ports %}{{ loop.index }}:{{ p }}{% if not loop.last %},{% end %}{% end %}") == "1:80,2:443");
  CHECK(out("{% for k, v in server.tags %}{{ k }}={{ v }};{% end %}") == "a=1;b=2;");
  CHECK(out("{% for k in server.tags %}{{ k }}{% end %}") == "ab");
  CHECK(out("{% for i, p in ports %}{{ i }}{{ p }} {% for q in ports %}{{ loop.first }}{% end %}{{ loop.first }} {% end %}") ==
        "180 truefalsetrue 2443 truefalsefalse ");
  CHECK(out("{% for x in empty %}x{% end %}") == "");
  CHECK(out("{% for name in ports %}{{ name }}{% end %}{{ name }}") == "80443web");
  CHECK(out("{% for x in name %}{% end %}") == "template.value: line 1: 'for' takes a list or a map, and 'name' is a text");
}

TEST_CASE("template: a tag alone on its line takes the line with it", "[template]") {
  CHECK(out("a\n{% if on %}\n  b\n  {# note #}\n{% end %}\nc\n") == "a\n  b\nc\n");
  CHECK(out("{% for p in ports %}\nlisten {{ p }};\n{% end %}") == "listen 80;\nlisten 443;\n");
  CHECK(out("x {% if on %}\ny{% end %}\n") == "x \ny\n");
  CHECK(out("a\r\n{% if on %}\r\nb\r\n{% end %}\r\n") == "a\r\nb\r\n");
}

TEST_CASE("template: minus signs take the white space around", "[template]") {
  CHECK(out("a \n {{- name -}} \n b") == "awebb");
  CHECK(out("a {%- if on %} b {% end -%} c") == "a b c");
  CHECK(out("a {#- x -#} b") == "ab");
  CHECK(out("{{ -1 }} {{-1}}") == "-1 -1");
}

TEST_CASE("template: filters change values", "[template]") {
  CHECK(out("{{ name | upper }} {{ 'A' | lower }} {{ ' x ' | trim }} {{ name | replace('e', 'oo') }}") == "WEB a x woob");
  CHECK(out("{{ ports | join }} {{ ports | join('+') }} {{ ports | length }} {{ ports | first }} {{ ports | last }}") == "80, 443 80+443 2 80 443");
  CHECK(out("{{ server.tags | keys | join('') }} {{ server.tags | json }} {{ name | base64 }}") == "ab {\"a\":1,\"b\":2} d2Vi");
  CHECK(out("{{ nope | default('d') }} {{ none | default('n') }} {{ server.x | default(name) }} {{ off | default(1) }}") == "d n web false");
  CHECK(out("  x: {{ 'a\\nb\\n\\nc' | indent(5) }}") == "  x: a\n     b\n\n     c");
  CHECK(out("{{ name | uper }}") == "template.syntax: line 1: there is no filter 'uper', did you mean 'upper'?");
  CHECK(out("{{ name | replace('a') }}") == "template.syntax: line 1: the filter 'replace' takes 2 arguments, not 1");
  CHECK(out("{{ nope.x | upper }}") == "template.undefined: line 1: there is no 'nope', did you mean 'none'?");
}

TEST_CASE("template: only what has a text can be put out", "[template]") {
  CHECK(out("{{ none }}") == "template.value: line 1: {{ none }}: null has no text: give it a '| default(...)'");
  CHECK(out("{{ ports }}") == "template.value: line 1: {{ ports }}: a list has no text: use '| join(\", \")' or '| json'");
  CHECK(out("{{ server }}") == "template.value: line 1: {{ server }}: a map has no text: use '| json' or one of its members");
}

TEST_CASE("template: values are escaped for the language of the text", "[template]") {
  CHECK(out("echo {{ evil }} {{ name }} {{ ports }} {{ '' }}", "shell") == "echo 'it'\\''s <b> \"x\" $(rm)' web 80 443 ''");
  CHECK(out("<p>{{ evil }}</p>", "html") == "<p>it&#39;s &lt;b&gt; &quot;x&quot; $(rm)</p>");
  CHECK(out("{\"a\": {{ evil }}, \"b\": {{ ports }}}", "json") == "{\"a\": \"it's <b> \\\"x\\\" $(rm)\", \"b\": [80,443]}");
  CHECK(out("a: {{ 'yes: no' }}\nb: {{ none }}", "yaml") == "a: \"yes: no\"\nb: null");
  CHECK(out("{{ evil | raw }} {{ ports | json }}", "html") == "it's <b> \"x\" $(rm) [80,443]");
  CHECK(out("{{ evil | shell | html }}", "html") == "&#39;it&#39;\\&#39;&#39;s &lt;b&gt; &quot;x&quot; $(rm)&#39;");
}

TEST_CASE("template: what is wrong with a template is said with its line", "[template]") {
  CHECK(out("\n{{ name") == "template.syntax: line 2: '{{' without '}}'");
  CHECK(out("{% if on %}\n") == "template.syntax: line 1: 'if' without 'end'");
  CHECK(out("{% for x in ports %}{% else %}{% end %}") == "template.syntax: line 1: 'else' inside 'for' belongs to no 'if'");
  CHECK(out("x\n{% end %}") == "template.syntax: line 2: 'end' without an 'if' or 'for' before it");
  CHECK(out("{% if on %}{% endif %}") == "template.syntax: line 1: there is no 'endif', did you mean 'end'?");
  CHECK(out("{% include 'x' %}") == "template.syntax: line 1: there is no 'include', only if, elif, else, for and end");
  CHECK(out("{% for ports %}{% end %}") == "template.syntax: line 1: expected 'for x in list' or 'for key, value in map'");
  CHECK(out("{% if a = 1 %}{% end %}") == "template.syntax: line 1: unexpected '=', did you mean '=='?");
  CHECK(out("{{ }}") == "template.syntax: line 1: an expression is missing");
  CHECK(out("{{ name | }}") == "template.syntax: line 1: expected the name of a filter after '|'");
  CHECK(out("{{ 'x }}") == "template.syntax: line 1: '{{' without '}}'");
  CHECK(out("{{ (name }}") == "template.syntax: line 1: expected ')' at the end");
  CHECK(out("{{ name name }}") == "template.syntax: line 1: unexpected 'name'");
  RenderOptions options;
  options.name = "motd.tmpl";
  CHECK(render("{{ x }}", Value(), options).error().message == "motd.tmpl:1: there is no 'x'");
}

TEST_CASE("template: hostile templates end", "[template]") {
  Value many = Value::Array{};
  for (int i = 0; i < 1000; ++i) many.push(i);
  const Value big = Value::object({{"l", many}});
  CHECK(render("{% for a in l %}{% for b in l %}{% for c in l %}x{% end %}{% end %}{% end %}", big).error().code == "template.limit");
  RenderOptions options;
  options.max_output = 1000;
  CHECK(render("{% for a in l %}0123456789{% end %}", big, options).error().code == "template.limit");
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "{% if 1 %}";
  CHECK(render(deep, big).error().code == "template.syntax");
  CHECK(render("{{ " + std::string(100000, '(') + " }}", big).error().code == "template.syntax");
  std::string nots = "{{ ";
  for (int i = 0; i < 100000; ++i) nots += "not ";
  CHECK(render(nots + "1 }}", big).error().code == "template.syntax");
}

TEST_CASE("template: a secret is put out in the clear, for the binding to taint", "[template]") {
  CHECK(*render("p={{ p }}", Value::object({{"p", Value::Secret{"hunter2", "P"}}})) == "p=hunter2");
}
