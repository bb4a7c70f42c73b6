; What Haskell defines. Signature and equations of a function are joined later.

(header module: (module) @name) @module
(data_type name: (name) @name constructors: (_)? @body) @struct
(data_type [(infix operator: (_) @name) (parens (infix operator: (_) @name))] constructors: (_)? @body) @struct
(newtype name: (name) @name constructor: (_)? @body) @struct
(record name: (constructor) @name) @constructor
(prefix name: (constructor) @name) @constructor
(prefix name: (prefix_id (_) @name)) @constructor
(data_constructor (infix operator: (constructor_operator) @name) @constructor)
(newtype_constructor name: [(constructor) @name (prefix_id (_) @name)]) @constructor
(gadt_constructor name: (constructor) @name) @constructor
(gadt_constructor names: (binding_list (constructor) @name @constructor)) @several
(field name: (field_name (variable) @name)) @field
(type_synonym name: (name) @name) @class @synonym
(type_synonym (infix operator: (_) @name)) @class @synonym
(type_family name: (name) @name) @class @family
(data_family name: (name) @name) @struct
(class name: (name) @name declarations: (_)? @body) @interface
(instance name: (name) @name @inherit patterns: (_)? @type.all declarations: (_)? @body) @scope

(signature name: (variable) @name) @function @signature
(signature name: (prefix_id (_) @name)) @function @signature
(signature names: (binding_list (variable) @name @function)) @several
(signature names: (binding_list (prefix_id (_) @name @function))) @several
(function name: (variable) @name (match)? @body) @function
(function name: (prefix_id (_) @name) (match)? @body) @function
(function (infix operator: [(operator) @name (infix_id (_) @name)]) (match)? @body) @function
(bind name: (variable) @name (match)? @body @bound) @function
(bind name: (prefix_id (_) @name) (match)? @body @bound) @function
(declarations (bind pattern: (tuple element: (variable) @name) (match) @body) @variable)
(pattern_synonym (equation synonym: [
  (constructor) @name
  (apply function: (constructor) @name)
  (apply function: (apply function: (constructor) @name))
  (infix operator: (_) @name)
  (record name: (constructor) @name)
])) @constructor
(pattern_synonym (signature synonym: (constructor) @name)) @constructor @signature
(foreign_import signature: (signature name: (variable) @name) @foreign) @function

(import) @import
(ERROR) @broken
(exports) @hidden.all
(header module: (_) @hidden.all)
(calling_convention) @hidden
(apply function: (variable) @call)
(apply function: (qualified id: (variable) @call))
(deriving) @inherit.all
(deriving_instance name: (name) @inherit)
(signature type: (_) @type.all)
(data_constructors) @type.all
(gadt_constructors) @type.all
(newtype_constructor) @type.all
(type_synonym type: (_) @type.all)
(type_instance) @type.all
(class (context) @inherit.all)
(instance (context) @type.all)
