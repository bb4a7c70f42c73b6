; What Rust defines. An impl block is a scope, named for its type.

(function_item name: (_) @name parameters: (_) @parameters body: (_) @body) @function
(function_signature_item name: (_) @name parameters: (_) @parameters) @function
(struct_item name: (_) @name body: (field_declaration_list)? @body) @struct
(union_item name: (_) @name body: (_) @body) @struct
(enum_item name: (_) @name body: (_) @body) @enum
(enum_variant name: (_) @name) @enum_member
(field_declaration name: (_) @name) @field
(trait_item name: (_) @name bounds: (_)? @supertraits body: (_) @body) @interface
(type_item name: (_) @name type: (_) @value) @class
(associated_type name: (_) @name) @class
(const_item name: (_) @name) @constant
(static_item name: (_) @name) @variable
(mod_item name: (_) @name body: (_)? @body) @module
(macro_definition "macro_rules!" @macro name: (_) @name) @function
(impl_item trait: (_)? @trait type: (_) @name body: (_) @body) @scope

; Macros that stand where items stand.
(source_file (macro_invocation (token_tree) @embedded))
(source_file (expression_statement (macro_invocation (token_tree) @embedded)))
(declaration_list (macro_invocation (token_tree) @embedded))
(block (macro_invocation (token_tree . "{") @embedded))
(block (expression_statement (macro_invocation (token_tree . "{") @embedded)))

(attribute_item) @decoration
(attribute arguments: (token_tree) @read.all)
[(use_declaration) (extern_crate_declaration)] @import
(metavariable) @mask
(fragment_specifier) @hidden

(type_identifier) @type
(type_parameter name: (_) @hidden)
(const_parameter name: (_) @hidden)
(parameter pattern: (identifier) @hidden)
(closure_parameters (identifier) @hidden)
(let_declaration pattern: (identifier) @hidden)
(for_expression pattern: (identifier) @hidden)
(field_initializer field: (_) @write)
(tuple_struct_pattern type: [(identifier) @read (scoped_identifier name: (_) @read)])
(generic_function function: [
  (identifier) @call
  (scoped_identifier name: (_) @call)
  (field_expression field: (_) @call)
])
(impl_item trait: [
  (type_identifier) @inherit
  (scoped_type_identifier name: (_) @inherit)
  (generic_type type: [(type_identifier) @inherit (scoped_type_identifier name: (_) @inherit)])
])
(trait_item bounds: (trait_bounds [
  (type_identifier) @inherit
  (scoped_type_identifier name: (_) @inherit)
  (generic_type type: [(type_identifier) @inherit (scoped_type_identifier name: (_) @inherit)])
  (higher_ranked_trait_bound type: (generic_type type: (type_identifier) @inherit))
]))
