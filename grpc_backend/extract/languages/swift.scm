; What Swift defines.

(class_declaration name: (_) @name body: (_)? @body) @class
(protocol_declaration name: (_) @name body: (_)? @body) @interface
(function_declaration name: [
  (simple_identifier) (custom_operator) (bang)
  "==" "!=" "<" ">" "<=" ">=" "===" "!==" "+" "-" "*" "/" "%" "&" "|" "^" "~" "<<" ">>" "+=" "-=" "*=" "/=" "%="
] @name body: (_)? @body) @function
(protocol_function_declaration name: [
  (simple_identifier) (custom_operator) (bang) "==" "!=" "<" ">" "<=" ">=" "+" "-" "*" "/" "%" "&" "|" "^" "~" "<<" ">>"
] @name) @method
(init_declaration "init" @name body: (_)? @body) @constructor
(deinit_declaration "deinit" @name body: (_)? @body) @method
(subscript_declaration "subscript" @name (computed_property) @body) @property
(source_file (property_declaration name: (pattern bound_identifier: (simple_identifier) @name)
  computed_value: (_)? @body) @variable)
(source_file (property_declaration name: (pattern (pattern (simple_identifier) @name))) @variable)
(class_body (property_declaration name: (pattern bound_identifier: (simple_identifier) @name)
  computed_value: (_)? @body) @property)
(enum_class_body (property_declaration name: (pattern bound_identifier: (simple_identifier) @name)
  computed_value: (_)? @body) @property)
(class_body (property_declaration name: (pattern (pattern (simple_identifier) @name))) @property)
(protocol_property_declaration name: (pattern bound_identifier: (simple_identifier) @name)
  (protocol_property_requirements) @body) @property
(enum_entry name: (simple_identifier) @name) @enum_member
(associatedtype_declaration "associatedtype" . (_) @name) @type_parameter
(typealias_declaration "typealias" . (_) @name) @class
(operator_declaration (custom_operator) @name) @operator
(precedence_group_declaration "precedencegroup" . (simple_identifier) @name) @operator
(macro_declaration "macro" . (simple_identifier) @name) @function
(ERROR) @broken

(import_declaration) @import
(type_identifier) @type
(type_parameter . (type_identifier) @hidden)
(parameter external_name: (_) @hidden)
(parameter name: (simple_identifier) @hidden)
(value_argument_label) @hidden.all
(lambda_parameter name: (simple_identifier) @hidden)
(capture_list_item name: (simple_identifier) @hidden . "=")
(enum_type_parameters (simple_identifier) @hidden)
(tuple_type_item name: (simple_identifier) @hidden)
(precedence_group_attribute . (simple_identifier) @hidden)
(statement_label) @hidden.all
(control_transfer_statement ["break" "continue"] result: (simple_identifier) @hidden)
(directive) @hidden.all
(availability_condition) @hidden.all
(attribute (user_type (type_identifier) @decorator))
(attribute (simple_identifier) @hidden)
(inheritance_constraint constrained_type: (identifier) @type.all)
(line_string_literal interpolation: (_) @code) @mask
(multi_line_string_literal interpolation: (_) @code) @mask
(raw_string_literal) @mask
(regex_literal) @mask
