; What TypeScript adds.

(abstract_class_declaration name: (_) @name body: (_) @body) @class
(function_signature name: (_) @name) @function
(method_signature name: (_) @name) @method
(abstract_method_signature name: (_) @name) @method
(public_field_definition name: (_) @name value: (_)? @value) @field
(property_signature name: (_) @name) @property
(required_parameter [(accessibility_modifier) (override_modifier) "readonly"] pattern: (identifier) @name) @field
(optional_parameter [(accessibility_modifier) (override_modifier) "readonly"] pattern: (identifier) @name) @field
(interface_declaration name: (_) @name body: (_) @body) @interface
(type_alias_declaration name: (_) @name value: (_) @value) @class
(enum_declaration name: (_) @name body: (_) @body) @enum
(enum_body [(property_identifier) (string)] @name @enum_member)
(enum_body (enum_assignment name: (_) @name) @enum_member)
(internal_module name: (_) @name body: (_) @body) @namespace
(module name: (_) @name body: (_) @body) @namespace
(import_alias . (identifier) @name . (_) @aliased) @variable

(required_parameter pattern: [(identifier) @hidden (rest_pattern (identifier) @hidden)])
(optional_parameter pattern: (identifier) @hidden)
(type_parameter name: (_) @hidden)
(index_signature name: (identifier) @hidden)
(implements_clause [
  (type_identifier) @inherit
  (generic_type name: (type_identifier) @inherit)
  (nested_type_identifier name: (_) @inherit)
  (generic_type name: (nested_type_identifier name: (_) @inherit))
])
(extends_type_clause type: [
  (type_identifier) @inherit
  (generic_type name: (type_identifier) @inherit)
  (nested_type_identifier name: (_) @inherit)
  (generic_type name: (nested_type_identifier name: (_) @inherit))
])
(type_identifier) @type
(call_expression function: [(identifier) @call (member_expression property: (_) @call)] type_arguments: (_))
(template_literal_type) @mask
(template_type) @code
(template_type "${" @mask)
