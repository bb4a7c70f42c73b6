; What Java defines.

(class_declaration name: (_) @name superclass: (_)? @extends interfaces: (_)? @implements body: (_) @body) @class
(record_declaration name: (_) @name interfaces: (_)? @implements body: (_) @body) @class
(record_declaration parameters: (formal_parameters [
  (formal_parameter name: (identifier) @name)
  (spread_parameter (variable_declarator name: (_) @name))
] @field))
(interface_declaration name: (_) @name (extends_interfaces)? @implements body: (_) @body) @interface
(annotation_type_declaration name: (_) @name body: (_) @body) @interface
(annotation_type_element_declaration name: (_) @name) @method
(enum_declaration name: (_) @name interfaces: (_)? @implements body: (_) @body) @enum
(enum_constant name: (_) @name body: (_)? @body) @enum_member
(method_declaration name: (_) @name body: (_)? @body) @method
(constructor_declaration name: (_) @name body: (_) @body) @constructor
(compact_constructor_declaration name: (_) @name body: (_) @body) @constructor
(field_declaration declarator: (variable_declarator name: (identifier) @name)) @field
(constant_declaration declarator: (variable_declarator name: (identifier) @name)) @constant
(program (local_variable_declaration declarator: (variable_declarator name: (identifier) @name)) @field)
(module_declaration name: (_) @name body: (_) @body) @module

[(import_declaration) (requires_module_directive)] @import
[(exports_module_directive) (opens_module_directive) (package_declaration)] @hidden.all
[(uses_module_directive) (provides_module_directive)] @type.all

(type_identifier) @type
(record_pattern . (identifier) @type)
(module_declaration name: (_) @hidden.all)
(type_parameter (type_identifier) @hidden)
(object_creation_expression type: [
  (type_identifier) @call
  (generic_type (type_identifier) @call)
  (scoped_type_identifier (type_identifier) @call .)
  (generic_type (scoped_type_identifier (type_identifier) @call .))
])
(superclass [
  (type_identifier) @inherit
  (generic_type (type_identifier) @inherit)
  (scoped_type_identifier (type_identifier) @inherit .)
  (generic_type (scoped_type_identifier (type_identifier) @inherit .))
])
(super_interfaces (type_list [
  (type_identifier) @inherit
  (generic_type (type_identifier) @inherit)
  (scoped_type_identifier (type_identifier) @inherit .)
  (generic_type (scoped_type_identifier (type_identifier) @inherit .))
]))
(extends_interfaces (type_list [
  (type_identifier) @inherit
  (generic_type (type_identifier) @inherit)
  (scoped_type_identifier (type_identifier) @inherit .)
  (generic_type (scoped_type_identifier (type_identifier) @inherit .))
]))
(element_value_pair key: (identifier) @read)
(local_variable_declaration "," . (variable_declarator name: (identifier) @hidden))
(lambda_expression parameters: (identifier) @hidden)
(inferred_parameters (identifier) @hidden)
[(labeled_statement . (identifier) @hidden) (break_statement (identifier) @hidden) (continue_statement (identifier) @hidden)]
