"""Kernels of Doc.to_json and Doc.from_json, for Cython."""
