; What HCL defines: blocks with labels, blocks and attributes of the file, locals.

(block . (identifier) @name . [(string_lit) (identifier)]) @object
(config_file (body (block . (identifier) @name . (block_start) @body) @object))
(config_file (body (attribute . (identifier) @name) @key))
(config_file (body (block . (identifier) @word (body (attribute . (identifier) @name) @constant)))
  (#eq? @word "locals"))

; Arguments of a module are its variables.
(config_file (body (block . (identifier) @word (body (attribute . (identifier) @write))))
  (#eq? @word "module"))
(ERROR) @broken
