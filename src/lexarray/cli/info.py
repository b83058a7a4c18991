"""``lexarray info``: what is installed, for a bug report."""

import platform
import sys
from pathlib import Path

from lexarray.cli.output import standard_output


def add_parser(commands):
    """Add the command to the parser of the command line."""
    parser = commands.add_parser("info", help="what is installed, for a bug report", description=__doc__)
    parser.set_defaults(run=run)


def run(arguments):
    """Print versions and places."""
    from importlib import metadata          # slow, and of no use to the other commands

    import lexarray
    from lexarray.language import languages

    rows = [
        ("lexarray", lexarray.__version__),
        ("ABI", lexarray.ABI_VERSION),
        ("location", Path(lexarray.__file__).parent),
        ("languages", ", ".join(languages())),
        ("Python", sys.version.replace("\n", " ")),
        ("platform", platform.platform()),
        *((name, metadata.version(name)) for name in ("cymem", "preshed", "murmurhash", "numpy", "tqdm")),
    ]
    with standard_output() as output:
        for name, value in rows:
            output.write(f"{name:12}{value}\n")
