; What Python defines. The query is run level by level: `@into` is where to look further.

(function_definition name: (identifier) @name parameters: (_) @params body: (block) @into) @function
(class_definition name: (identifier) @name superclasses: (argument_list)? @bases body: (block) @into) @class
(decorated_definition definition: (function_definition
  name: (identifier) @name parameters: (_) @params body: (block) @into) @function) @outer
(decorated_definition definition: (class_definition
  name: (identifier) @name superclasses: (argument_list)? @bases body: (block) @into) @class) @outer

; Targets nested in targets, and `b = 1` of `a = b = 1`, are looked at by themselves.
(assignment left: (identifier) @name) @variable
(assignment left: (attribute object: (identifier) attribute: (identifier) @name)) @variable
(assignment left: [
  (pattern_list [(identifier) @name (attribute attribute: (identifier) @name)])
  (tuple_pattern [(identifier) @name (attribute attribute: (identifier) @name)])
  (list_pattern [(identifier) @name (attribute attribute: (identifier) @name)])
]) @variable
(tuple_pattern [(identifier) @name (attribute attribute: (identifier) @name)]) @variable
(list_pattern [(identifier) @name (attribute attribute: (identifier) @name)]) @variable
(list_splat_pattern [(identifier) @name (attribute attribute: (identifier) @name)]) @variable
(tuple_pattern [(tuple_pattern) (list_pattern) (list_splat_pattern)] @into)
(list_pattern [(tuple_pattern) (list_pattern) (list_splat_pattern)] @into)
(assignment left: (_ [(tuple_pattern) (list_pattern) (list_splat_pattern)] @into))
(assignment right: (assignment) @into)
(expression_statement (assignment left: (_ [(tuple_pattern) (list_pattern) (list_splat_pattern)] @into)))
(expression_statement (assignment right: (assignment) @into))
(for_statement left: (_ [(tuple_pattern) (list_pattern) (list_splat_pattern)] @into))

(expression_statement [
  (assignment left: (identifier) @name)
  (assignment left: (attribute object: (identifier) attribute: (identifier) @name))
  (assignment left: [
    (pattern_list [(identifier) @name (attribute attribute: (identifier) @name)])
    (tuple_pattern [(identifier) @name (attribute attribute: (identifier) @name)])
    (list_pattern [(identifier) @name (attribute attribute: (identifier) @name)])
  ])
  (parenthesized_expression (named_expression name: (identifier) @name))
]) @variable
(type_alias_statement left: (type (identifier) @name) right: (_) @aliased) @class
(type_alias_statement left: (type (generic_type (identifier) @name)) right: (_) @aliased) @class
(with_statement (with_clause (with_item value: (as_pattern alias: (as_pattern_target [
  (identifier) @name @variable
  (tuple (identifier) @name @variable)
])))))
(for_statement left: [
  (identifier) @name @variable
  (pattern_list (identifier) @name @variable)
  (tuple_pattern (identifier) @name @variable)
])

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
