; What Scala 2 and 3 define.

(package_clause name: (_) @name body: (_) @body) @package
(package_object name: (_) @name body: (_)? @body) @module
(class_definition name: (_) @name body: (_)? @body) @class
(object_definition name: (_) @name body: (_)? @body) @object
(trait_definition name: (_) @name body: (_)? @body) @interface
(enum_definition name: (_) @name body: (_)? @body) @enum
(simple_enum_case name: (_) @name) @enum_member
(full_enum_case name: (_) @name) @enum_member
(given_definition name: (_) @name return_type: (_)? @given body: (_)? @body) @variable
(given_definition !name body: (with_template_body)) @anonymous
(extension_definition . (parameters . (parameter type: (_) @name))) @scope
(extension_definition . (type_parameters) . (parameters . (parameter type: (_) @name))) @scope
(function_definition name: (_) @name body: (_)? @body) @function
(function_declaration name: (_) @name) @function
(type_definition name: (_) @name) @class
(class_definition "case" . "class" class_parameters: (class_parameters (class_parameter name: (_) @name) @field))
(full_enum_case class_parameters: (class_parameters (class_parameter name: (_) @name) @field))
(class_parameter ["val" "var"] name: (_) @name) @field
(compilation_unit [
  (val_definition pattern: [(identifier) @name (identifiers (identifier) @name) (tuple_pattern (identifier) @name)])
  (var_definition pattern: [(identifier) @name (identifiers (identifier) @name) (tuple_pattern (identifier) @name)])
] @variable)
; Few patterns that begin with a body: each of them costs at every level of nesting.
(template_body (_ pattern: [
  (identifier) @name (identifiers (identifier) @name) (tuple_pattern (identifier) @name)
]) @field)
(with_template_body (_ pattern: [
  (identifier) @name (identifiers (identifier) @name) (tuple_pattern (identifier) @name)
]) @field)
(enum_body (_ pattern: [
  (identifier) @name (identifiers (identifier) @name) (tuple_pattern (identifier) @name)
]) @field)
(extends_clause type: (structural_type (_ pattern: [
  (identifier) @name (identifiers (identifier) @name) (tuple_pattern (identifier) @name)
]) @field))
(val_declaration name: (identifier) @name) @field
(var_declaration name: (identifier) @name) @field
(ERROR) @broken

[(import_declaration) (export_declaration)] @import
[(package_clause name: (_) @hidden.all) (end_marker) @hidden.all]
(given_definition return_type: (_) @type.all)
(type_definition type: (_) @type.all)
(derives_clause) @type.all
(type_parameters name: (_) @hidden)
(lambda_expression parameters: (identifier) @hidden)
(binding name: (identifier) @hidden)
(self_type . (identifier) @hidden)
(enumerator . (identifier) @hidden)
(interpolated_string_expression interpolator: (_) @hidden)
(interpolated_string (interpolation) @code) @mask
