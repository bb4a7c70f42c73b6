; What Kotlin defines.

(class_declaration name: (_) @name [(class_body) (enum_class_body)]? @body) @class
(object_declaration name: (_) @name (class_body)? @body) @object
(companion_object name: (_) @name (class_body)? @body) @object
(companion_object "companion" @name !name (class_body)? @body) @object
(enum_entry (identifier) @name (class_body)? @body) @enum_member
(class_parameter ["val" "var"] . (identifier) @name) @property
(function_declaration name: (_) @name (function_body)? @body) @function
(secondary_constructor "constructor" @name (block)? @body) @constructor
(type_alias type: (identifier) @name) @class
(source_file (property_declaration (variable_declaration . (identifier) @name)) @property)
(class_body (property_declaration (variable_declaration . (identifier) @name)) @property)
(enum_class_body (property_declaration (variable_declaration . (identifier) @name)) @property)
(source_file (property_declaration (multi_variable_declaration (variable_declaration . (identifier) @name))) @property)
(explicit_delegation (call_expression (annotated_lambda (lambda_literal
  (property_declaration (variable_declaration . (identifier) @name)) @property))))
; Where the grammar loses a class: behind annotations it may take `class` for an operator.
(ERROR) @broken
(source_file (annotated_expression) @broken)

(package_header) @hidden.all
[(type_arguments) (function_type)] @type.all
(function_declaration [(user_type) (nullable_type)] @type.all . "." . name: (_))
(type_parameter (identifier) @hidden)
(type_constraint . (identifier) @type)
(class_modifier "value" @hidden)
(lambda_parameters (variable_declaration . (identifier) @hidden))
(multi_variable_declaration (variable_declaration . (identifier) @hidden))
(setter (identifier) @hidden)
(for_statement (variable_declaration . (identifier) @hidden))
(string_literal (interpolation) @code) @mask
(multiline_string_literal (interpolation) @code) @mask
