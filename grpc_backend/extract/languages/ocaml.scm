; What OCaml defines, in implementations and interfaces.

(let_binding pattern: (value_name) @name body: (_)? @body) @function
(let_binding pattern: (parenthesized_operator (_) @name) body: (_)? @body) @function
(let_binding pattern: (parenthesized_pattern (typed_pattern pattern: (value_name) @name)) body: (_)? @body) @function
(let_binding pattern: (string (string_content) @name) body: (_)? @body @test) @function
(external [(value_name) @name (parenthesized_operator (_) @name)] type: (_) @typed) @function
(value_specification [(value_name) @name (parenthesized_operator (_) @name)] type: (_) @typed) @function
(type_binding name: (type_constructor) @name body: (_)? @value) @struct
(constructor_declaration . (constructor_name) @name) @enum_member
(exception_definition (constructor_declaration . (constructor_name) @name)) @class
(field_declaration (field_name) @name) @field
(module_binding (module_name) @name module_type: (_)? @typed body: (_)? @value) @module
(module_type_definition (module_type_name) @name body: (_)? @body) @interface
(class_binding (class_name) @name body: (_)? @body) @class
(class_type_binding (class_type_name) @name body: (_)? @body) @interface
(method_definition (method_name) @name body: (_)? @body) @method
(method_specification (method_name) @name) @method
(instance_variable_definition (instance_variable_name) @name body: (_)? @body) @field
(instance_variable_specification (instance_variable_name) @name) @field

[(open_module) (include_module) (include_module_type)] @import
(application_expression function: (value_path (value_name) @call))
(method_invocation method: (method_name) @call)
(new_expression (class_path (class_name) @call))
(inheritance_definition class: (class_path (class_name) @inherit))
(inheritance_definition class: (class_application class: (class_path (class_name) @inherit)))
(type_constructor_path (type_constructor) @type)
(parameter pattern: (value_pattern) @hidden)
(quoted_string) @mask
(attribute) @hidden.all
(item_attribute) @hidden.all
(ERROR) @broken
