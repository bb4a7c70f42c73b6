; What C and C++ define alike. The query is run level by level: `@into` is where to look further.
; A `@name` is a whole declarator: the name in it is found in the text (see c_declarators.py).

(function_definition declarator: (_) @name body: (_) @into) @function
(declaration declarator: (_) @name) @variable
(field_declaration declarator: (_) @name) @field
(type_definition declarator: (_) @name) @class
(type_definition declarator: (_) declarator: (_) @name @outer) @class
(enumerator name: (_) @name) @enum_member

(struct_specifier name: (_) @name body: (_) @into) @struct
(union_specifier name: (_) @name body: (_) @into) @struct
(enum_specifier name: (_) @name body: (_) @into) @enum

(declaration type: (struct_specifier name: (_) @name body: (_) @into) @struct)
(declaration type: (union_specifier name: (_) @name body: (_) @into) @struct)
(declaration type: (enum_specifier name: (_) @name body: (_) @into) @enum)
(field_declaration type: (struct_specifier name: (_) @name body: (_) @into) @struct)
(field_declaration type: (union_specifier name: (_) @name body: (_) @into) @struct)
(field_declaration type: (enum_specifier name: (_) @name body: (_) @into) @enum)
(type_definition type: (struct_specifier name: (_) @name body: (_) @into) @struct)
(type_definition type: (union_specifier name: (_) @name body: (_) @into) @struct)
(type_definition type: (enum_specifier name: (_) @name body: (_) @into) @enum)
[
  (declaration type: (_ !name body: (_) @into))
  (field_declaration type: (_ !name body: (_) @into))
  (type_definition type: (_ !name body: (_) @into))
  (struct_specifier !name body: (_) @into)
  (union_specifier !name body: (_) @into)
  (enum_specifier !name body: (_) @into)
]

; The same without asking for hints, in functions.
[
  (declaration type: (_ !name body: (_ [(enumerator name: (_) @name) @enum_member (field_declaration declarator: (_) @name) @field])))
  (field_declaration type: (_ !name body: (_ [(enumerator name: (_) @name) @enum_member (field_declaration declarator: (_) @name) @field])))
  (type_definition type: (_ !name body: (_ [(enumerator name: (_) @name) @enum_member (field_declaration declarator: (_) @name) @field])))
  (enum_specifier !name body: (_ [(enumerator name: (_) @name) @enum_member (field_declaration declarator: (_) @name) @field]))
]

(linkage_specification body: (declaration_list) @into)
(linkage_specification body: [(declaration) (function_definition)]) @into
; Statements: where types and macros inside of functions are, and what an error made nest.
(compound_statement) @into
(if_statement consequence: (_) @into)
(if_statement alternative: (_) @into)
(for_statement body: (_) @into)
(while_statement body: (_) @into)
(do_statement body: (_) @into)
(switch_statement body: (_) @into)
(case_statement) @into
(labeled_statement) @into
(ERROR) @into
