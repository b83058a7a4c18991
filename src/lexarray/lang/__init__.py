"""The languages: a package each, named by its code. Its ``__init__`` holds the class, its other files the data."""
