"""What a command raises when an input or an output fails: :class:`Failure`."""


class Failure(Exception):
    """Its message is the one line that the user sees."""
