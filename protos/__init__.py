"""The wire's definition and the code generated from it."""
