; What Python defines. The query is run level by level: `@into` is where to look further.

(function_definition name: (identifier) @name parameters: (_) @params body: (block) @into) @function
(class_definition name: (identifier) @name superclasses: (argument_list)? @bases body: (block) @into) @class
(decorated_definition definition: (function_definition
  name: (identifier) @name parameters: (_) @params body: (block) @into) @function) @outer
(decorated_definition definition: (class_definition
  name: (identifier) @name superclasses: (argument_list)? @bases body: (block) @into) @class) @outer

(expression_statement [
  (assignment left: (identifier) @name)
  (assignment left: (attribute object: (identifier) attribute: (identifier) @name))
  (assignment left: [(pattern_list (identifier) @name) (tuple_pattern (identifier) @name) (list_pattern (identifier) @name)])
  (assignment right: (assignment left: (identifier) @name))
  (assignment left: (pattern_list (attribute object: (identifier) attribute: (identifier) @name)))
  (named_expression name: (identifier) @name)
]) @variable
(type_alias_statement left: (type (identifier) @name)) @class
(type_alias_statement left: (type (generic_type (identifier) @name))) @class
(with_statement (with_clause (with_item value: (as_pattern alias: (as_pattern_target (identifier) @name @variable)))))
(for_statement left: (identifier) @name @variable)
(for_statement left: (pattern_list (identifier) @name @variable))

[(import_statement) (import_from_statement) (future_import_statement)] @import

(if_statement consequence: (block) @into)
(if_statement alternative: (elif_clause (block) @into))
(if_statement alternative: (else_clause (block) @into))
(for_statement (block) @into)
(for_statement (else_clause (block) @into))
(while_statement (block) @into)
(while_statement (else_clause (block) @into))
(with_statement (block) @into)
(try_statement (block) @into)
(try_statement [(except_clause (block) @into) (else_clause (block) @into) (finally_clause (block) @into)])
(match_statement (block) @into)
(case_clause (block) @into)
(ERROR) @into
