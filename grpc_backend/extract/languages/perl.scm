; What Perl defines.

(package_statement name: (package) @name (block)? @body) @package
(block_statement . (package_statement name: (package) @name !version) @package) @region
(block . (package_statement name: (package) @name !version) @package) @region
(class_statement name: (package) @name (block)? @body) @class
(subroutine_declaration_statement name: (_) @name body: (_)? @body) @function
(method_declaration_statement name: (_) @name body: (_)? @body) @method
(variable_declaration "our" variable: (_) @name) @variable
(variable_declaration "our" variables: (_) @name) @variable
(variable_declaration "field" variable: (_) @name) @field
(use_statement module: (package) @pragma (list_expression . (autoquoted_bareword) @name)
  (#eq? @pragma "constant")) @constant
(use_statement module: (package) @pragma (anonymous_hash_expression (list_expression (autoquoted_bareword) @name))
  (#eq? @pragma "constant")) @constant
(assignment_expression left: (glob (varname) @name) right: (anonymous_subroutine_expression)) @function
(assignment_expression left: (glob (varname) @name) right: (refgen_expression (_) @target)) @function
(ambiguous_function_call_expression function: (function) @maker arguments: (list_expression . [
  (autoquoted_bareword) @name
  (string_literal content: (_) @name)
  (interpolated_string_literal content: (_) @name)
]) (#eq? @maker "has")) @property

(use_statement module: (package) @import)
(require_expression (bareword) @import)
(ambiguous_function_call_expression function: (function) @call)
(ERROR) @broken
(signature) @hidden.all
(heredoc_token) @mask
(heredoc_content) @mask
(match_regexp) @mask
(substitution_regexp) @mask
(transliteration_expression) @mask
(quoted_regexp) @mask
(quoted_word_list) @mask
(pod) @mask
(data_section) @mask
(format_statement) @mask
(attrlist) @mask
(interpolated_string_literal content: (string_content [
  (scalar) (array) (hash_element_expression) (array_element_expression)
] @code)) @mask
(heredoc_content [(scalar) (array) (hash_element_expression) (array_element_expression)] @code)
