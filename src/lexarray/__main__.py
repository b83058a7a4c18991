"""``python -m lexarray``: the same as the ``lexarray`` command."""

from lexarray.cli import main

raise SystemExit(main())
