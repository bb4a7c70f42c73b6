; What JavaScript alone has.

(field_definition property: (_) @name value: (_)? @value) @field
(formal_parameters (identifier) @hidden)
(formal_parameters (assignment_pattern left: (identifier) @hidden))
(formal_parameters (rest_pattern (identifier) @hidden))
