"""``lexarray vectors info``: what is in a file of vectors."""

import os
from itertools import islice

from lexarray.cli.formats import columns_of, visible, visible_path
from lexarray.cli.output import standard_output
from lexarray.cli.vectors.tables import add_reading_arguments, failures, read_table

WIDTH = 64          # columns for the first keys


def add_parser(commands):
    """Add the command to the parser of the command line."""
    parser = commands.add_parser(
        "info", help="what is in a file of vectors",
        description="Show what is in a file of vectors. lexarray's own files are mapped, so that is instant; others are "
                    "read and checked, and the first thing wrong in them is named with its line or byte.")
    parser.add_argument("file", metavar="FILE", nargs="?", help="default: the table that comes with lexarray")
    add_reading_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments):
    """Print what is in a file."""
    path, table, found = read_table(arguments.file, arguments, mapped=True)
    with failures(path):
        rows = _rows(path, table, found)
    with standard_output() as output:
        for name, value in rows:
            output.write(f"{name:12}{value}".rstrip() + "\n")


def _rows(path, table, found):
    norms = table.norms
    rows = [
        ("file", visible_path(path)),
        ("format", f"{found}, mapped" if table.mapped_file else found),
        ("class", type(table).__name__),
        ("rows", f"{len(table):,}"),
        ("numbers", f"{table.vector_size:,} a row, {table.dtype}"),
        ("bytes", f"{os.path.getsize(path):,}" if os.path.isfile(path) else "-"),
        ("first keys", _first(table)),
        ("zero rows", f"{int((norms == 0).sum()):,}"),
    ]
    if len(table):
        rows.append(("norms", f"{norms.min():.4f} to {norms.max():.4f}, on average {norms.mean(dtype=float):.4f}"))
    if table.expandos:
        rows.append(("attributes", ", ".join(f"{visible(name)} ({array.dtype})" for name, array in table.expandos.items())))
    return rows


def _first(table):
    # As many of the first keys as fit in a line.
    line = ""
    for key in islice(table, WIDTH):
        key = visible(key)
        if line and columns_of(line) + 2 + columns_of(key) > WIDTH:
            return line + "  ..."
        line = f"{line}  {key}" if line else key
    return line
