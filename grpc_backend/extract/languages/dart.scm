; What Dart defines. A body stands beside its signature, not in it.

(class_definition name: (_) @name body: (_)? @body) @class
(class_definition (mixin_application_class . (identifier) @name)) @class
(mixin_declaration (identifier) @name (class_body) @body) @class
(extension_declaration name: (_) @name body: (_) @body) @class
(extension_declaration !name class: (_) @name body: (_) @body) @scope
(extension_type_declaration name: (_) @name body: (_)? @body) @class
(representation_declaration name: (_) @name) @field
(enum_declaration name: (_) @name body: (_) @body) @enum
(enum_constant name: (_) @name) @enum_member
(type_alias (type_identifier) @name . (type_parameters)? . ["=" (formal_parameter_list)]) @class

(program (function_signature name: (_) @name) @function)
(program (getter_signature name: (_) @name) @property)
(program (setter_signature name: (_) @name) @property)
(program [(function_signature name: (_) @name) @function (getter_signature name: (_) @name) @property
  (setter_signature name: (_) @name) @property] . (function_body) @body)
(declaration (function_signature name: (_) @name)) @method
(declaration [(getter_signature name: (_) @name) (setter_signature name: (_) @name)]) @property
(declaration (operator_signature "operator" @name)) @operator
(declaration [
  (constructor_signature name: (identifier) @name . parameters: (_))
  (constant_constructor_signature (identifier) @name . (formal_parameter_list))
  (factory_constructor_signature (identifier) @name . (formal_parameter_list))
  (redirecting_factory_constructor_signature (identifier) @name . (formal_parameter_list))
]) @constructor
((method_signature (function_signature name: (_) @name)) @method . (function_body) @body)
((method_signature [(getter_signature name: (_) @name) (setter_signature name: (_) @name)]) @property
  . (function_body) @body)
((method_signature (operator_signature "operator" @name)) @operator . (function_body) @body)
((method_signature [
  (constructor_signature name: (identifier) @name . parameters: (_))
  (factory_constructor_signature (identifier) @name . (formal_parameter_list))
]) @constructor . (function_body) @body)
(local_function_declaration (lambda_expression
  parameters: (function_signature name: (_) @name) body: (_) @body)) @function
(declaration (initialized_identifier_list (initialized_identifier . (identifier) @name))) @field
(declaration (static_final_declaration_list (static_final_declaration . (identifier) @name))) @field
(declaration (identifier_list (identifier) @name)) @field
(declaration . (_) . (identifier) @name .) @field
(program (initialized_identifier_list (initialized_identifier . (identifier) @name)) @variable)
(program (static_final_declaration_list (static_final_declaration . (identifier) @name)) @variable)
(ERROR) @broken

[(import_or_export) (part_directive)] @import
[(library_name) (part_of_directive)] @hidden.all
(annotation) @decoration
(type_identifier) @type
(type_parameter . (type_identifier) @hidden)
(formal_parameter . (identifier) @hidden)
(label (identifier) @hidden)
(extension_type_declaration "type" @hidden)
(string_literal (template_substitution (identifier_dollar_escaped) @code)) @mask
(string_literal (template_substitution "{") @code) @mask
