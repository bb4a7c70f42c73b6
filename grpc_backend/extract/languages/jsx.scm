; Elements in code. What stands between tags is text.

(jsx_text) @mask
(jsx_opening_element name: (_) @call)
(jsx_self_closing_element name: (_) @call)
