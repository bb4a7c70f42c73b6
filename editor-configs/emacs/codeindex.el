;;; codeindex.el --- codeindex by eglot (Emacs 29 or later)  -*- lexical-binding: t -*-

;; Load this file from your init file: (load "/PATH/TO/codeindex.el").
;; Eglot asks one server a buffer: modes that you have another server for, take out of `codeindex-modes'.

(require 'eglot)

(defvar codeindex-command '("codeindex" "lsp")
  "The program, with its arguments.")

(defvar codeindex-modes
  '(python-mode python-ts-mode go-mode go-ts-mode rust-mode rust-ts-mode
    js-mode js-ts-mode typescript-mode typescript-ts-mode tsx-ts-mode
    java-mode java-ts-mode c-mode c-ts-mode c++-mode c++-ts-mode
    ruby-mode ruby-ts-mode php-mode sh-mode bash-ts-mode lua-mode
    markdown-mode yaml-ts-mode json-ts-mode css-mode html-mode)
  "Major modes in which codeindex is started.")

(add-to-list 'eglot-server-programs (cons codeindex-modes codeindex-command))

(dolist (mode codeindex-modes)
  (add-hook (intern (format "%s-hook" mode)) #'eglot-ensure))

;; Tell what is typed soon: the server gathers fast typing itself.
(setq eglot-send-changes-idle-time 0.05)

(defun codeindex-status ()
  "Show how far the index of this project is."
  (interactive)
  (let* ((server (eglot-current-server))
         (answer (jsonrpc-request server :workspace/executeCommand
                                  '(:command "codeindex.status")))
         (folders (append (plist-get answer :folders) nil)))
    (message "%s"
             (mapconcat (lambda (one)
                          (format "%s: %d of %d files, %d symbols"
                                  (plist-get one :root)
                                  (plist-get one :indexedFiles)
                                  (plist-get one :totalFiles)
                                  (plist-get one :symbols)))
                        folders "\n"))))

(provide 'codeindex)
;;; codeindex.el ends here
