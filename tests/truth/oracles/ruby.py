"""Ruby's own parser (Ripper, in the interpreter's standard library; Debian: `apt-get install ruby`).

Counted: modules, classes, methods, singleton methods and aliases at any depth; constants that are assigned, alone or
in a list; what `attr_*`, `define_method`, `alias_method` (with literals and no receiver) and `Struct.new`,
`Data.define` (set to a constant or as a superclass) make; class variables and globals that are assigned outside
methods, where they first are.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.truth.definition import Definition

PROGRAM = r"""
require "ripper"
require "json"

MAKERS = {
  "attr" => "property", "attr_reader" => "property", "attr_writer" => "property", "attr_accessor" => "property",
  "cattr_reader" => "property", "cattr_writer" => "property", "cattr_accessor" => "property",
  "mattr_reader" => "property", "mattr_writer" => "property", "mattr_accessor" => "property",
  "thread_mattr_accessor" => "property", "class_attribute" => "property",
  "define_method" => "method", "define_singleton_method" => "method", "alias_method" => "method",
}
ONE_NAME = %w[define_method define_singleton_method alias_method]

class Finder
  attr_reader :found

  def initialize
    @found = []
    @seen = {}
  end

  def add(kind, token, once = nil)
    return unless token
    return if once && @seen[[once, token[1]]]
    @seen[[once, token[1]]] = true if once
    @found << [token[1], token[2][0], kind]
  end

  # `owner` identifies the class around, or is nil in a method.
  def walk(node, owner)
    return unless node.is_a?(Array)
    case node[0]
    when :module then add("module", constant(node[1])); return each(node, node.object_id)
    when :class
      add("class", constant(node[1]))
      members(node[2])
      return each(node, node.object_id)
    when :sclass then return each(node, node.object_id)
    when :def then add("method", node[1]); return each(node, nil)
    when :defs then add("method", node[3]); return each(node, nil)
    when :alias, :var_alias then add("method", symbol(node[1]))
    when :assign, :opassign
      target(node[1], owner)
      members(node.last) if constant(node[1])
    when :massign then targets(node[1], owner)
    when :command then makes(node[1], node[2])
    when :method_add_arg then makes(node[1][1], node[2]) if node[1][0] == :fcall
    end
    each(node, owner)
  end

  def each(node, owner)
    node.each { |child| walk(child, owner) }
  end

  def constant(node)
    return unless node.is_a?(Array)
    case node[0]
    when :const_ref, :var_field, :top_const_ref, :top_const_field
      node[1] if node[1].is_a?(Array) && node[1][0] == :@const
    when :const_path_ref, :const_path_field then node[2]
    end
  end

  def target(node, owner)
    return unless node.is_a?(Array)
    token = node[0] == :var_field ? node[1] : nil
    if (name = constant(node)) then add("constant", name)
    elsif token && owner && token[0] == :@cvar then add("variable", token, owner)
    elsif token && owner && token[0] == :@gvar then add("variable", token, :global)
    end
  end

  def targets(node, owner)
    return unless node.is_a?(Array)
    return target(node, owner) if node[0].is_a?(Symbol) && node[0].to_s =~ /_field\z/
    node.each { |child| targets(child, owner) }
  end

  def symbol(node)
    return unless node.is_a?(Array)
    return node if node[0].is_a?(Symbol) && node[0].to_s.start_with?("@") && node[0] != :@tstring_content
    return symbol(node[1]) if %i[symbol_literal symbol].include?(node[0])
    if %i[string_literal dyna_symbol].include?(node[0])
      parts = node[1][0] == :string_content ? node[1][1..] : node[1]
      parts[0] if parts.size == 1 && parts[0].is_a?(Array) && parts[0][0] == :@tstring_content
    end
  end

  def arguments(node)
    return [] unless node.is_a?(Array)
    node = node[1] if node[0] == :arg_paren
    return [] unless node.is_a?(Array)
    node[0] == :args_add_block ? node[1] : node
  end

  def makes(token, list)
    kind = token.is_a?(Array) && MAKERS[token[1]] or return
    names = arguments(list)
    names = names[0, 1] if ONE_NAME.include?(token[1])
    names.each { |name| add(kind, literal(name)) }
  end

  def literal(node)
    symbol(node) if node.is_a?(Array) && %i[symbol_literal string_literal].include?(node[0])
  end

  def members(node)
    return unless node.is_a?(Array)
    node = node[1] if node[0] == :method_add_block
    return unless node.is_a?(Array)
    call, list = node[0] == :method_add_arg ? [node[1], node[2]] : [node, node[4]]
    return unless call.is_a?(Array) && %i[call command_call].include?(call[0]) && call[3].is_a?(Array)
    owner = call[1].is_a?(Array) && call[1].last.is_a?(Array) ? call[1].last[1] : nil
    return unless { "Struct" => "new", "Data" => "define" }[owner] == call[3][1]
    arguments(list).each { |name| add("property", symbol(name)) if name.is_a?(Array) && name[0] == :symbol_literal }
  end
end

$stdin.each_line(chomp: true) do |path|
  source = File.read(path, encoding: "utf-8")
  parser = source.valid_encoding? && Ripper::SexpBuilderPP.new(source)
  tree = parser && parser.parse
  next unless tree && !parser.error?
  finder = Finder.new
  finder.walk(tree, :file)
  puts JSON.generate([path, finder.found])
end
"""


def definitions(paths: list[Path]) -> dict[Path, list[Definition]]:
    listing = "\n".join(map(str, paths))
    answer = subprocess.run(["ruby", "-e", PROGRAM], input=listing, capture_output=True, text=True, check=True)
    found = {}
    for line in answer.stdout.splitlines():
        path, names = json.loads(line)
        found[Path(path)] = [Definition(*name) for name in names]
    return found
