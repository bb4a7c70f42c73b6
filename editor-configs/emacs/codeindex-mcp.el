;;; codeindex-mcp.el --- codeindex for gptel, by mcp.el  -*- lexical-binding: t -*-

;; In your init file: (load (locate-user-emacs-file "codeindex-mcp"))

(require 'mcp-hub)
(require 'gptel-integrations nil t)

(setf (alist-get "codeindex" mcp-hub-servers nil nil #'equal)
      '(:command "codeindex"
        :args ("mcp" "--workspace" "/PATH/TO/PROJECT")))

(add-hook 'after-init-hook #'mcp-hub-start-all-server)

(provide 'codeindex-mcp)
;;; codeindex-mcp.el ends here
