; What C++ defines beyond C.

(function_definition declarator: (_) @name (field_initializer_list) @body body: (_) @into) @function
(function_definition declarator: (_) @name (try_statement) @into) @function
(function_definition declarator: (_) @name [(default_method_clause) (delete_method_clause) (pure_virtual_clause)]) @function
(friend_declaration (function_definition declarator: (_) @name body: (_) @into) @function)

(class_specifier name: (_) @name (base_class_clause)? @bases body: (_) @into) @class
(declaration type: (class_specifier name: (_) @name (base_class_clause)? @bases body: (_) @into) @class)
(field_declaration type: (class_specifier name: (_) @name (base_class_clause)? @bases body: (_) @into) @class)
(type_definition type: (class_specifier name: (_) @name (base_class_clause)? @bases body: (_) @into) @class)
(struct_specifier name: (_) @name (base_class_clause) @bases body: (_) @into) @struct
(declaration type: (struct_specifier name: (_) @name (base_class_clause) @bases body: (_) @into) @struct)
(field_declaration type: (struct_specifier name: (_) @name (base_class_clause) @bases body: (_) @into) @struct)
(class_specifier !name body: (_) @into)
(access_specifier) @name @key

(template_declaration [
  (class_specifier name: (_) @name (base_class_clause)? @bases body: (_) @into) @class
  (struct_specifier name: (_) @name (base_class_clause)? @bases body: (_) @into) @struct
  (union_specifier name: (_) @name body: (_) @into) @struct
  (function_definition declarator: (_) @name (field_initializer_list)? @body body: (_) @into) @function
  (function_definition declarator: (_) @name [(default_method_clause) (delete_method_clause)]) @function
  (declaration declarator: (_) @name) @variable
  (declaration type: (class_specifier name: (_) @name (base_class_clause)? @bases body: (_) @into) @class)
  (declaration type: (struct_specifier name: (_) @name (base_class_clause)? @bases body: (_) @into) @struct)
  (field_declaration declarator: (_) @name) @field
  (alias_declaration name: (_) @name type: (_) @value) @class
  (concept_definition name: (_) @name) @interface
  (friend_declaration (function_definition declarator: (_) @name body: (_) @into) @function)
] @head) @outer
(template_declaration (template_declaration) @into)
(template_declaration (ERROR) @into)
(for_range_loop body: (_) @into)
(try_statement body: (_) @into)
(try_statement (catch_clause body: (_) @into))

(namespace_definition name: (namespace_identifier) @name body: (_) @body) @namespace
(namespace_definition name: (nested_namespace_specifier (namespace_identifier) @name) body: (_) @body) @namespace
(namespace_definition name: (nested_namespace_specifier
  (nested_namespace_specifier (namespace_identifier) @name)) body: (_) @body) @namespace
(namespace_definition name: (nested_namespace_specifier
  (nested_namespace_specifier (nested_namespace_specifier (namespace_identifier) @name))) body: (_) @body) @namespace
(namespace_definition body: (_) @into)
(namespace_alias_definition name: (_) @name . (_) @value) @namespace
(alias_declaration name: (_) @name type: (_) @value) @class
