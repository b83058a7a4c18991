# Functions for C; there is nothing here for Python.
