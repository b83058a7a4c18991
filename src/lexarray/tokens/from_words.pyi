"""A kernel of Doc, for Cython."""
# A function for C; there is nothing here for Python.
