"""Files that are codeindex's alone, so that they are written as a whole: YAML, Lua and Emacs Lisp."""

from __future__ import annotations

import json

from bridge.setup.launch import Launch


def continue_block(launch: Launch) -> str:
    """A block file of Continue's. JSON's strings and lists are YAML's too."""
    return f"""name: codeindex
version: 0.0.1
schema: v1
mcpServers:
  - name: codeindex
    command: {_string(launch.command)}
    args: {json.dumps(launch.arguments, ensure_ascii=False)}
"""


def codecompanion_module(launch: Launch) -> str:
    """A Lua module that returns what CodeCompanion's option `mcp` takes.

    CodeCompanion tells no server its folders unless it is asked to: `roots` does.
    """
    words = ", ".join(_string(word) for word in (launch.command, *launch.arguments))
    return f"""-- In your configuration: require("codecompanion").setup({{ mcp = require("codeindex_codecompanion") }})
return {{
  servers = {{
    codeindex = {{
      cmd = {{ {words} }},
      roots = function()
        local folder = vim.fs.root(0, ".git") or vim.fn.getcwd()
        return {{ {{ uri = vim.uri_from_fname(folder), name = vim.fs.basename(folder) }} }}
      end,
    }},
  }},
  opts = {{ default_servers = {{ "codeindex" }} }},
}}
"""


def emacs_library(launch: Launch) -> str:
    """A library for mcp.el, and for gptel where that is installed."""
    words = " ".join(_string(word) for word in launch.arguments)
    return f""";;; codeindex-mcp.el --- codeindex for gptel, by mcp.el  -*- lexical-binding: t -*-

;; In your init file: (load (locate-user-emacs-file "codeindex-mcp"))

(require 'mcp-hub)
(require 'gptel-integrations nil t)

(setf (alist-get "codeindex" mcp-hub-servers nil nil #'equal)
      '(:command {_string(launch.command)}
        :args ({words})))

(add-hook 'after-init-hook #'mcp-hub-start-all-server)

(provide 'codeindex-mcp)
;;; codeindex-mcp.el ends here
"""


def _string(text: str) -> str:
    """A string in double quotes, as JSON, Lua and Emacs Lisp all read it."""
    return json.dumps(text, ensure_ascii=False)
