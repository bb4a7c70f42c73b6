; What Ruby defines.

(module name: [(constant) @name (scope_resolution name: (constant) @name)]) @module
(class name: [(constant) @name (scope_resolution name: (constant) @name)] . superclass: (superclass)? @bases) @class
(singleton_class value: (_) @name) @scope
(method name: (_) @name . parameters: (_)? @hidden.all) @method
(singleton_method object: (_) @owner name: (_) @name . parameters: (_)? @hidden.all) @method
(optional_parameter value: (_) @free.all)
(keyword_parameter value: (_) @free.all)
(alias name: (_) @name alias: (_) @target) @method
(assignment left: [
  (constant) @name
  (scope_resolution scope: (_)? @owner name: (constant) @name)
] right: (_) @value) @constant
(operator_assignment left: [(constant) @name (scope_resolution scope: (_)? @owner name: (constant) @name)]) @constant
(left_assignment_list [
  (constant) @name
  (scope_resolution scope: (_)? @owner name: (constant) @name)
]) @constant
(left_assignment_list (rest_assignment (constant) @name)) @constant
(assignment left: [(class_variable) (global_variable)] @name) @variable
(operator_assignment left: [(class_variable) (global_variable)] @name) @variable
(left_assignment_list [(class_variable) (global_variable)] @name) @variable
(assignment left: [(constant) (scope_resolution)] right: (call receiver: (_) @maker method: (identifier) @making
  arguments: (argument_list (simple_symbol) @name @property)
  (#any-of? @maker "Struct" "Data" "::Struct" "::Data") (#any-of? @making "new" "define")))
(class name: (_) . superclass: (superclass (call receiver: (_) @maker method: (identifier) @making
  arguments: (argument_list (simple_symbol) @name @property)
  (#any-of? @maker "Struct" "Data" "::Struct" "::Data") (#any-of? @making "new" "define"))))

(call !receiver method: (identifier) @call arguments: (argument_list [(simple_symbol) (string (string_content))] @name)
  (#any-of? @call "attr_reader" "attr_writer" "attr_accessor" "attr" "cattr_reader" "cattr_writer" "cattr_accessor"
    "mattr_reader" "mattr_writer" "mattr_accessor" "class_attribute" "thread_mattr_accessor")) @property
(call !receiver method: (identifier) @call arguments: (argument_list . [(simple_symbol) (string (string_content))] @name)
  (#any-of? @call "define_method" "define_singleton_method" "alias_method")) @method
(call !receiver method: (identifier) @call arguments: (argument_list . [(constant) (scope_resolution)]) @bases
  (#any-of? @call "include" "extend" "prepend"))
(call !receiver method: (identifier) @loading arguments: (argument_list)
  (#any-of? @loading "require" "require_relative" "autoload")) @import

(call !receiver method: (identifier) @call)
(exception_variable (identifier) @write)
(block_parameters) @hidden.all
(lambda_parameters) @hidden.all

(string (interpolation) @code) @mask
(heredoc_body (interpolation) @code)
(heredoc_body) @mask
(heredoc_beginning) @mask
(regex) @mask
(regex (interpolation) @code)
(string_array) @mask
(string_array (bare_string (interpolation) @code))
(symbol_array) @mask
(delimited_symbol) @mask
(delimited_symbol (interpolation) @code)
(subshell) @mask
(subshell (interpolation) @code)
(character) @mask
(uninterpreted) @mask

(ERROR) @broken
