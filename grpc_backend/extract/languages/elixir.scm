; What Elixir defines. All of it is calls.

(call target: (identifier) @keyword (arguments . (alias) @name) (do_block)? @body
  (#any-of? @keyword "defmodule" "defprotocol" "defimpl")) @module
(call target: (identifier) @keyword (arguments . [
  (identifier) @name
  (call target: (identifier) @name (arguments) @parameters @hidden.all)
  (binary_operator left: (identifier) @name operator: "when")
  (binary_operator left: (call target: (identifier) @name (arguments) @parameters @hidden.all) operator: "when")
  (binary_operator left: (identifier) operator: _ @name)
]) (do_block)? @body
  (#any-of? @keyword "def" "defp" "defmacro" "defmacrop" "defguard" "defguardp" "defdelegate" "defn" "defnp")) @function
(unary_operator operator: "@" operand: (call target: (identifier) @keyword (arguments . (binary_operator left: [
  (identifier) @name
  (call target: (identifier) @name (arguments) @parameters @hidden.all)
  (binary_operator left: [(identifier) @name (call target: (identifier) @name (arguments) @parameters @hidden.all)])
] right: (_) @value)) (#any-of? @keyword "type" "typep" "opaque" "callback" "macrocallback"))) @class
(unary_operator operator: "@" operand: (call target: (identifier) @keyword @name (arguments . (_) @value))) @constant
(call target: (identifier) @keyword (arguments . [
  (list (atom) @name)
  (list (keywords (pair key: (keyword) @name)))
  (keywords (pair key: (keyword) @name))
]) (#any-of? @keyword "defstruct" "defexception")) @field

(call target: (identifier) @keyword (arguments (keywords)? @free.all)
  (#any-of? @keyword "alias" "import" "use" "require")) @import
(unary_operator operator: "@" operand: (call target: (identifier) @keyword (arguments) @bases (#eq? @keyword "behaviour")))
(unary_operator operator: "@" operand: (call target: (identifier) @keyword (arguments) @type.all
  (#any-of? @keyword "spec" "type" "typep" "opaque" "callback" "macrocallback")))
(call target: (identifier) @call)
(struct (alias) @type)
(arguments (binary_operator operator: "\\\\" right: (_) @free.all))

(string (interpolation (_) @code)) @mask
(charlist (interpolation (_) @code)) @mask
(sigil) @mask
(sigil (interpolation (_) @code))
(quoted_atom (interpolation (_) @code)) @mask
(quoted_keyword (interpolation (_) @code)) @mask
(char) @mask

(ERROR) @broken
