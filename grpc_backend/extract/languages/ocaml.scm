; What OCaml defines, in implementations and interfaces.

(external [(value_name) @name (parenthesized_operator (_) @name)] type: (_) @typed) @function
(value_specification [(value_name) @name (parenthesized_operator (_) @name)] type: (_) @typed) @function
(type_binding name: (type_constructor) @name body: (_)? @value) @struct
(constructor_declaration . (constructor_name) @name) @enum_member
(field_declaration (field_name) @name) @field
(module_binding (module_name) @name module_type: (_)? @typed body: (_)? @value) @module
(module_type_definition (module_type_name) @name body: (_)? @body) @interface
(class_binding (class_name) @name body: (_)? @body) @class
(class_type_binding (class_type_name) @name body: (_)? @body) @interface
(method_specification (method_name) @name) @method
(instance_variable_specification (instance_variable_name) @name) @field

[(open_module) (include_module) (include_module_type)] @import
(inheritance_specification class_type: (class_type_path (class_type_name) @inherit))
(inheritance_specification class_type: (instantiated_class_type (class_type_path (class_type_name) @inherit)))
(type_constructor_path (type_constructor) @type)
(attribute) @hidden.all
(item_attribute) @hidden.all
(floating_attribute) @hidden.all
(ERROR) @broken
