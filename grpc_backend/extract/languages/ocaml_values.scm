; What only implementations of OCaml have. What is inside a `let ()` is local.

(let_binding pattern: (value_name) @name body: (_)? @body) @function
(let_binding pattern: (parenthesized_operator (_) @name) body: (_)? @body) @function
(let_binding pattern: (typed_pattern pattern: (value_name) @name) body: (_)? @body) @function
(let_binding pattern: (string (string_content) @name) body: (_)? @body @test) @function
(method_definition (method_name) @name body: (_)? @body) @method
(instance_variable_definition (instance_variable_name) @name body: (_)? @body) @field
(value_definition (let_binding pattern: [
  (parenthesized_pattern (tuple_pattern (value_name) @name))
  (tuple_pattern (value_name) @name)
  (record_pattern (field_pattern pattern: (value_name) @name))
] body: (_) @body) @variable)
(let_binding pattern: [(unit) (any_pattern)]) @local

(application_expression function: (value_path (value_name) @call))
(method_invocation method: (method_name) @call)
(new_expression (class_path (class_name) @call))
(inheritance_definition class: (class_path (class_name) @inherit))
(inheritance_definition class: (class_application class: (class_path (class_name) @inherit)))
(parameter pattern: (value_pattern) @hidden)
(quoted_string) @mask
