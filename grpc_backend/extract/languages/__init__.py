"""One query file (.scm) and one rule file (.py) a language."""
