"""tmp"""
NORMS = {"“": '"'}
