; What a shell script defines.

(function_definition name: (_) @name body: (_) @body) @function
(declaration_command (variable_assignment name: (variable_name) @name)) @variable
(program (variable_assignment name: (variable_name) @name) @variable)
(program (variable_assignments (variable_assignment name: (variable_name) @name) @variable))
(ERROR (variable_assignment name: (variable_name) @name) @variable) @lost
(ERROR (variable_assignments (variable_assignment name: (variable_name) @name) @variable)) @lost
(command name: (command_name (word) @maker) argument: [(concatenation) (word)] @name (#eq? @maker "alias")) @constant

(command name: (command_name (word) @loading) argument: (_) @hidden.all (#any-of? @loading "source" ".")) @import
(command name: (command_name (word) @hidden) . argument: (word) @call (#eq? @hidden "trap"))
(command_name (word) @call)
(variable_assignment name: (variable_name) @write)
(variable_assignment name: (subscript name: (variable_name) @write))
(for_statement variable: (variable_name) @write)
(arithmetic_expansion) @read.all
(compound_statement "((") @read.all
(c_style_for_statement initializer: (_) @read.all)
(c_style_for_statement condition: (_) @read.all)
(c_style_for_statement update: (_) @read.all)
(unset_command (variable_name) @write)

(ERROR) @broken
(string [(simple_expansion) (expansion) (command_substitution) (arithmetic_expansion)] @code) @mask
(heredoc_body [(simple_expansion) (expansion) (command_substitution) (arithmetic_expansion)] @code)
(heredoc_body) @mask
