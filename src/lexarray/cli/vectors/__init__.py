"""``lexarray vectors``: commands about files of vectors, one a module."""

from lexarray.cli.vectors import convert, evaluate, info, plot, similar


def add_parser(commands):
    """Add the commands to the parser of the command line."""
    parser = commands.add_parser("vectors", help="convert, show, ask and evaluate files of word vectors",
                                 description="Commands about files of word vectors, of any format that lexarray knows.")
    own = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in (convert, info, similar, evaluate, plot):
        command.add_parser(own)
