"""``python -m lexarray``: the same as the ``lexarray`` command."""

from lexarray.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
