; What PHP defines.

(namespace_definition name: (_) @name body: (_)? @body) @namespace
(class_declaration name: (_) @name body: (_) @body) @class
(interface_declaration name: (_) @name body: (_) @body) @interface
(trait_declaration name: (_) @name body: (_) @body) @class
(enum_declaration name: (_) @name body: (_) @body) @enum
(enum_case name: (_) @name) @enum_member
(function_definition name: (_) @name body: (_) @body) @function
(method_declaration name: (_) @name body: (_)? @body) @method
(const_declaration (const_element . (name) @name)) @constant
(property_declaration (property_element name: (variable_name (name) @name))) @property
(property_promotion_parameter name: (variable_name (name) @name)) @property
(property_promotion_parameter name: (by_ref (variable_name (name) @name))) @property
(program (expression_statement (assignment_expression left: (variable_name) @name)) @variable)
(function_call_expression function: (name) @definer arguments: (arguments . (argument [
  (string (string_content) @name)
  (encapsed_string . (string_content) @name .)
])) (#any-of? @definer "define" "\\define")) @constant

[
  (namespace_use_declaration)
  (require_expression (_) @free.all)
  (require_once_expression (_) @free.all)
  (include_expression (_) @free.all)
  (include_once_expression (_) @free.all)
] @import
(base_clause) @bases
(class_interface_clause) @bases
(use_declaration) @bases
(use_list) @read.all
(attribute_list) @decoration
(attribute [(name) @decorator (qualified_name (name) @decorator)])
(named_type) @type.all
(formal_parameters) @hidden.all
(simple_parameter default_value: (_) @free.all)
(property_promotion_parameter default_value: (_) @free.all)
(argument name: (name) @hidden)
(property_hook (name) @hidden)
(named_label_statement) @hidden.all
(goto_statement) @hidden.all

(text) @mask
(php_tag) @mask
(encapsed_string [
  (variable_name) (member_access_expression) (nullsafe_member_access_expression) (subscript_expression)
  (member_call_expression) (dynamic_variable_name) (scoped_property_access_expression)
] @code) @mask
(heredoc) @mask
(heredoc_body [
  (variable_name) (member_access_expression) (nullsafe_member_access_expression) (subscript_expression)
  (member_call_expression) (dynamic_variable_name) (scoped_property_access_expression)
] @code)
(nowdoc) @mask
(shell_command_expression) @mask
