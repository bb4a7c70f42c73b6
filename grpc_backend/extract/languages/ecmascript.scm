; What JavaScript and TypeScript define alike.

(function_declaration name: (_) @name body: (_) @body) @function
(generator_function_declaration name: (_) @name body: (_) @body) @function
(class_declaration name: (_) @name body: (_) @body) @class
(method_definition name: (_) @name body: (_) @body) @method
(variable_declarator name: (identifier) @name value: (_)? @value) @variable
(variable_declarator name: [
  (object_pattern [
    (shorthand_property_identifier_pattern) @name
    (object_assignment_pattern left: (shorthand_property_identifier_pattern) @name)
    (rest_pattern (identifier) @name)
    (pair_pattern value: [
      (identifier) @name
      (assignment_pattern left: (identifier) @name)
      (array_pattern (identifier) @name)
      (object_pattern [
        (shorthand_property_identifier_pattern) @name
        (object_assignment_pattern left: (shorthand_property_identifier_pattern) @name)
        (pair_pattern value: (identifier) @name)
      ])
    ])
  ])
  (array_pattern [
    (identifier) @name
    (assignment_pattern left: (identifier) @name)
    (rest_pattern (identifier) @name)
    (array_pattern (identifier) @name)
    (object_pattern [
      (shorthand_property_identifier_pattern) @name
      (pair_pattern value: (identifier) @name)
    ])
  ])
]) @variable
(pair key: (_) @name value: [(function_expression) (arrow_function) (generator_function) (class)] @value) @method
(assignment_expression left: (member_expression object: (_) @target property: (_) @name) right: (_) @value) @property
(assignment_expression
  left: (member_expression property: (property_identifier) @prototype) @name
  right: (object) @body
  (#eq? @prototype "prototype")) @scope
(arrow_function) @local
(function_expression) @local
(function_expression name: (_) @name @hidden body: (_) @body) @function
(generator_function) @local
(generator_function name: (_) @name @hidden body: (_) @body) @function
(class_static_block) @local
(class body: (_) @body) @anonymous
(class name: (_) @name @hidden body: (_) @body) @class

(decorator) @decoration
(decorator [
  (identifier) @decorator
  (member_expression property: (_) @decorator)
  (call_expression function: (identifier) @decorator)
  (call_expression function: (member_expression property: (_) @decorator))
])
[(export_statement source: (string)) (import_statement)] @import

(class_heritage) @bases
(arrow_function parameter: (identifier) @hidden)
(statement_identifier) @hidden
(export_specifier alias: (_) @hidden)
(template_string [(string_fragment) (escape_sequence)] @mask)
(template_substitution "${" @mask)
(regex) @mask
