"""Documents to and from other systems' formats, a module or package for each."""
