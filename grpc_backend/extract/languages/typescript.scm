; What TypeScript adds.

(abstract_class_declaration name: (_) @name body: (_) @body) @class
(function_signature name: (_) @name) @function
(method_signature name: (_) @name) @method
(abstract_method_signature name: (_) @name) @method
(public_field_definition name: (_) @name value: (_)? @value) @field
(property_signature name: (_) @name) @property
(required_parameter (accessibility_modifier) pattern: (identifier) @name) @field
(required_parameter "readonly" pattern: (identifier) @name) @field
(interface_declaration name: (_) @name body: (_) @body) @interface
(type_alias_declaration name: (_) @name) @class
(enum_declaration name: (_) @name body: (_) @body) @enum
(enum_body [(property_identifier) (string)] @name @enum_member)
(enum_body (enum_assignment name: (_) @name) @enum_member)
(internal_module name: (_) @name body: (_) @body) @namespace
(module name: (_) @name body: (_) @body) @namespace
(import_alias . (identifier) @name) @variable

(extends_type_clause) @bases
(required_parameter pattern: (identifier) @hidden)
(optional_parameter pattern: (identifier) @hidden)
(type_parameter name: (_) @hidden)
(index_signature name: (identifier) @hidden)
(type_identifier) @type
