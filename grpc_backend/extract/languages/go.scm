; What Go defines.

(function_declaration name: (_) @name body: (_)? @body) @function
(method_declaration receiver: (parameter_list (parameter_declaration type: (_) @receiver))
  name: (_) @name body: (_)? @body) @method
(type_spec name: (_) @name type: (_) @value) @class
(type_alias name: (_) @name type: (_) @value) @class
(type_spec name: (_) @name type: (struct_type (field_declaration_list) @body)) @struct
(type_spec name: (_) @name type: (interface_type "{" @body) @members) @interface
(field_declaration name: (_) @name) @field
(field_declaration !name type: [
  (type_identifier) @name
  (qualified_type name: (_) @name)
  (generic_type type: (type_identifier) @name)
  (generic_type type: (qualified_type name: (_) @name))
] @embedded) @field
(method_elem name: (_) @name) @method
(const_spec (identifier) @name) @constant
(var_spec (identifier) @name) @variable
(func_literal) @local

(import_spec) @import
(interface_type (type_elem . [(type_identifier) @inherit (qualified_type name: (_) @inherit)] .))
(type_identifier) @type
(parameter_declaration name: (identifier) @hidden)
(variadic_parameter_declaration name: (identifier) @hidden)
(type_parameter_declaration name: (identifier) @hidden)
(label_name) @hidden
(package_clause) @hidden.all
