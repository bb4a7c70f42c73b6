; What implementations of OCaml define besides: patterns. What is inside a `let ()` is local.

(value_definition (let_binding pattern: [
  (parenthesized_pattern (tuple_pattern (value_name) @name))
  (tuple_pattern (value_name) @name)
  (record_pattern (field_pattern pattern: (value_name) @name))
] body: (_) @body) @variable)
(let_binding pattern: [(unit) (any_pattern)]) @local
