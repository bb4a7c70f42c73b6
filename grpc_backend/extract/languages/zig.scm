; What Zig defines. No pattern waits for what comes after a nested definition: such waiting is quadratic in depth.

(function_declaration name: (identifier) @name body: (block)? @body) @function
(variable_declaration ["const" "var"] . (identifier) @name) @variable
(container_field name: (identifier) @name) @field
(error_set_declaration (identifier) @name @enum_member)
(test_declaration (string (string_content) @name) (block) @body @test) @function
(test_declaration (identifier) @name (block) @body @test) @function
(comptime_declaration) @local
(ERROR) @broken
