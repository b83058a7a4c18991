"""Documents to and from other systems' formats, one module a format."""
