"""``lexarray vectors plot``: chosen words as points of a plane."""

import os
import warnings

from lexarray.cli.failure import Failure, say
from lexarray.cli.formats import visible_path
from lexarray.cli.output import check_output
from lexarray.cli.vectors.tables import add_reading_arguments, failures, read_table
from lexarray.cli.vectors.words import vectors_of, word
from lexarray.extras import load_extra
from lexarray.replacing import replacing


def add_parser(commands):
    """Add the command to the parser of the command line."""
    parser = commands.add_parser(
        "plot", help="draw words in two dimensions (needs matplotlib)",
        description="Draw words as points: their vectors, scaled to length 1, in the plane of their two principal components. "
                    "Needs matplotlib: pip install 'lexarray[plot]'.",
        epilog="Example: lexarray vectors plot king queen man woman paris london -o words.png")
    parser.add_argument("words", metavar="WORD", nargs="+", type=word, help="as it is spelled in the table; two or more")
    parser.add_argument("-o", "--output", metavar="FILE", required=True, help="the picture: .png, .svg, .pdf ...; its name says which")
    parser.add_argument("--vectors", metavar="FILE", help="a file of vectors; default: the table that comes with lexarray")
    add_reading_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments):
    """Draw the words."""
    import numpy as np

    try:
        Figure = load_extra("matplotlib.figure", "plot").Figure
    except ImportError as error:
        raise Failure(str(error)) from None
    words = list(dict.fromkeys(arguments.words))
    if len(words) < 2:
        raise Failure("two different words at least are needed for a picture")
    figure = Figure(figsize=(7, 6), layout="constrained")
    kind = os.path.splitext(arguments.output)[1][1:].lower()
    kinds = sorted(figure.canvas.get_supported_filetypes())
    if kind not in kinds:
        raise Failure(f"{visible_path(arguments.output)}: the name of a picture ends with one of .{', .'.join(kinds)}")
    path, table, _ = read_table(arguments.vectors, arguments, mapped=True)
    check_output(arguments.output, [path])
    with failures(path):
        vectors = vectors_of(words, table, arguments.vectors)
    points, shares = plane(np.array(vectors, np.float64))
    axes = figure.add_subplot(xlabel=f"component 1 ({shares[0]:.0%} of the variance)", ylabel=f"component 2 ({shares[1]:.0%})")
    axes.set_aspect("equal", "datalim")
    axes.margins(0.15)
    axes.scatter(*points.T, s=16)
    for (x, y), text in zip(points.tolist(), words, strict=True):
        # On the side where there is room; and not as a formula, since a word may have a $.
        side = -1 if x > points[:, 0].max() / 2 else 1
        axes.annotate(text.encode("utf-8", "replace").decode(), (x, y), (4 * side, 4), textcoords="offset points",
                      horizontalalignment="left" if side > 0 else "right", parse_math=False)
    with warnings.catch_warnings(record=True) as caught, failures(arguments.output), replacing(arguments.output) as file:
        warnings.simplefilter("always")
        figure.savefig(file, format=kind)
    if any("missing from" in str(warning.message) for warning in caught):
        say("the font lacks some characters of the words, which are drawn as boxes")


def plane(vectors):
    """Vectors, scaled to length 1, in the plane of their two principal components.

    Args:
        vectors (float64 array): n x d.

    Returns:
        tuple: n x 2 coordinates, and what share of the variance each of the two has. The sign of a component is such that
        the point farthest from 0 is on its positive side.
    """
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    left, sizes, _ = np.linalg.svd(units - units.mean(axis=0), full_matrices=False)
    points, shares = np.zeros((len(vectors), 2)), np.zeros(2)
    k = min(2, len(sizes))
    points[:, :k] = left[:, :k] * sizes[:k]
    farthest = points[np.abs(points).argmax(axis=0), [0, 1]]
    points *= np.where(farthest < 0, -1, 1)
    if sizes.any():
        shares[:k] = sizes[:k] ** 2 / (sizes ** 2).sum()
    return points, shares
