"""The editor's side: a language server whose answers come from the daemon, and whose open texts go to it."""
