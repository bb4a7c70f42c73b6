; What C# defines.

(namespace_declaration name: (_) @name body: (_) @body) @namespace
(file_scoped_namespace_declaration name: (_) @name) @namespace
(class_declaration name: (_) @name body: (_)? @body) @class
(record_declaration name: (_) @name body: (_)? @body) @class
(record_declaration (parameter_list (parameter name: (_) @name) @property))
(struct_declaration name: (_) @name body: (_)? @body) @struct
(interface_declaration name: (_) @name body: (_)? @body) @interface
(enum_declaration name: (_) @name body: (_)? @body) @enum
(enum_member_declaration name: (_) @name) @enum_member
(delegate_declaration name: (_) @name) @class
(method_declaration (explicit_interface_specifier)? @explicit name: (_) @name body: (_)? @body) @method
(local_function_statement name: (_) @name body: (_)? @body) @function
(constructor_declaration name: (_) @name body: (_)? @body) @constructor
(destructor_declaration name: (_) @name body: (_)? @body) @method
(property_declaration (explicit_interface_specifier)? @explicit name: (_) @name
  [accessors: (_) value: (arrow_expression_clause)] @body) @property
(indexer_declaration "this" @name [accessors: (_) value: (_)] @body) @property
(event_declaration name: (_) @name accessors: (_)? @body) @event
(event_field_declaration (variable_declaration (variable_declarator name: (_) @name))) @event
(field_declaration (variable_declaration (variable_declarator name: (_) @name))) @field
(operator_declaration "operator" @name body: (_)? @body) @operator
(conversion_operator_declaration "operator" @name body: (_)? @body) @operator
(ERROR) @broken

(parameter (attribute_list (attribute name: (identifier) @decorator)))
(enum_member_declaration (attribute_list (attribute name: (identifier) @decorator)))
(global_attribute (attribute name: (identifier) @decorator))
(attribute name: (generic_name . (identifier) @decorator))
(attribute_list . [(attribute) (attribute_target_specifier)] . (attribute name: (identifier) @decorator))

[(namespace_declaration name: (_) @hidden.all) (file_scoped_namespace_declaration name: (_) @hidden.all)]
(_ type: [(identifier) (generic_name) (nullable_type) (array_type) (qualified_name)] @type.all)
(_ returns: [(identifier) (generic_name) (nullable_type) (array_type) (qualified_name)] @type.all)
(type_argument_list) @type.all
(object_creation_expression type: [(identifier) @call (generic_name . (identifier) @call)])
(invocation_expression function: [
  (generic_name . (identifier) @call)
  (member_access_expression name: (generic_name . (identifier) @call))
])
(argument name: (_) @hidden)
(type_parameter name: (_) @hidden)
(type_parameter_constraints_clause . (identifier) @type)
(lambda_expression parameters: [
  (implicit_parameter) @hidden
  (parameter_list (parameter !type name: (identifier) @hidden))
])
[(labeled_statement . (identifier) @hidden) (goto_statement (identifier) @hidden) (extern_alias_directive (identifier) @hidden)]
(explicit_interface_specifier) @type.all
(attribute_list (attribute_target_specifier) @hidden.all)
(global_attribute ["assembly" "module"] @hidden)
(interpolated_string_expression (interpolation) @code) @mask
(interpolation (interpolation_format_clause) @mask)
[(preproc_region) (preproc_endregion) (preproc_error) (preproc_warning) (preproc_pragma) (preproc_nullable)] @mask
