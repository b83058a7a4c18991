"""What the figures in docs/images have in common: size, type, and how they are saved. Needs matplotlib."""

from pathlib import Path


def new_figure():
    """A figure with one set of axes.

    Returns:
        tuple[Figure, Axes]: both of them.
    """
    try:
        import matplotlib
    except ImportError as error:
        raise SystemExit(f"{error}: a plot needs matplotlib; leave out --plot, or `pip install matplotlib`") from None
    matplotlib.use("svg")
    # Text stays text, so that a file is small; the salt makes two runs' identifiers the same, so that they can be compared.
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "lexarray", "font.size": 9,
                                "axes.spines.top": False, "axes.spines.right": False, "lines.linewidth": 1.2})
    from matplotlib import pyplot

    return pyplot.subplots(figsize=(7, 4.2), layout="constrained")


def save(figure, path):
    """Write a figure as SVG, on white, so that it can be read on a dark page too; say how large the file is."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="svg", facecolor="white", metadata={"Date": None})
    print(f"{path}: {Path(path).stat().st_size:,} bytes")
