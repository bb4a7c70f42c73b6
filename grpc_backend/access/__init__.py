"""Who may do what: grants, and the file of tokens that give them. Knows no transport."""
