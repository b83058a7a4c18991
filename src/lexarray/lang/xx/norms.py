"""NORMS: typographic variants of single tokens -> their plain ASCII form.

Applied to a token's text as a whole where no special case gives a norm: quotes and apostrophes, the ending 's,
dashes, the ellipsis, CJK and full-width sentence marks; currency signs all become "$".
"""

_VARIANTS = {
    "'": ("‘", "’", "´", "`"),
    "'s": ("’s", "’S"),         # which the suffix rules cut off, as they do "'s"
    '"': ("“", "”", "„", "«", "»", "''", "``", "´´", "‘‘", "’’"),
    "-": ("–", "—", "--", "---", "——"),
    "...": ("…",),
    "$": ("£", "€", "¥", "₣", "₩", "₹", "₺", "฿", "US$", "C$", "A$"),
    ".": ("。",),
    ",": ("，",),
    "!": ("！",),
    "?": ("？",),
    ":": ("：",),
    ";": ("；",),
}

NORMS = {variant: plain for plain, variants in _VARIANTS.items() for variant in variants}
