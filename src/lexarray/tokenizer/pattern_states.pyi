"""What automata are made of, for Cython."""
# Classes and functions for C; there is nothing here for Python.
