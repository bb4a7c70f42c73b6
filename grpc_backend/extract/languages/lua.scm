; What Lua defines.

(chunk (variable_declaration (assignment_statement (variable_list name: (identifier) @name))) @variable)
(chunk (variable_declaration (variable_list name: (identifier) @name)) @variable)
(chunk (assignment_statement (variable_list name: (identifier) @name)) @variable)
(chunk (assignment_statement (variable_list
  name: (dot_index_expression table: (_) @table field: (identifier) @name))) @field)
(field name: (identifier) @name value: (table_constructor)) @scope
(field name: [(identifier) @name (string content: (_) @name)] value: (function_definition)) @function
(assignment_statement
  (variable_list . name: [
    (identifier) @name
    (dot_index_expression table: (_) @table field: (identifier) @name)
    (bracket_index_expression table: (_) @table field: (string content: (_) @name))
  ])
  (expression_list . value: (function_definition))) @function
(function_declaration name: [
  (identifier) @name
  (dot_index_expression table: (_) @table field: (identifier) @name)
]) @function
(function_declaration name: (method_index_expression table: (_) @table method: (identifier) @name)) @method

(function_call name: (identifier) @loading arguments: (arguments . (string)) (#eq? @loading "require")) @import
(function_call arguments: (arguments . (identifier) @loading . (string)) (#eq? @loading "require")) @import
(parameters) @hidden.all
(for_generic_clause (variable_list) @write.all)
(goto_statement) @hidden.all
(label_statement) @hidden.all
(attribute) @hidden.all
(hash_bang_line) @mask

(ERROR) @broken
