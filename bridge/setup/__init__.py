"""Registers codeindex with the programs that people use: their configuration files, and what goes into them."""
