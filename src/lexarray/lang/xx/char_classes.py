"""Character classes, shared by all languages.

Every class is a fragment of regular-expression source for the standard `re` module that
stands INSIDE a bracket expression (no brackets of its own), e.g. `"[" + ALPHA + "]"`.
`re` has no \\p{..}, so letters are computed at import as code-point ranges: the blocks
are given below, and `str.islower`/`str.isupper` tell the case.  The lists of multi-character
things (HYPHENS, UNITS, CURRENCY ...) are tuples of plain strings.

Contents: LATIN/GREEK/CYRILLIC case pairs (ALPHA_LOWER, ALPHA_UPPER, ALPHA), scripts without
case (UNCASED), ICONS (pictographs and other symbols), PUNCT, QUOTES, CONCAT_QUOTES, HYPHENS,
CURRENCY, UNITS.
"""

import re


def join_ranges(ranges):
    """Regex source of a class body from (first, last) code points."""
    out = []
    for first, last in ranges:
        out.append(re.escape(chr(first)))
        if last > first:
            if last > first + 1:
                out.append("-")
            out.append(re.escape(chr(last)))
    return "".join(out)


def parse_ranges(text):
    """(first, last) pairs from "a6 2100-2101 ..." (hexadecimal)."""
    out = []
    for item in text.split():
        first, _, last = item.partition("-")
        out.append((int(first, 16), int(last or first, 16)))
    return out


def compact(points):
    """(first, last) ranges covering a sorted iterable of code points."""
    out = []
    for point in points:
        if out and out[-1][1] == point - 1:
            out[-1][1] = point
        else:
            out.append([point, point])
    return [(first, last) for first, last in out]


# Blocks of alphabets with case; letters in them are sorted by case with str methods.
# Latin: ASCII, Latin-1, Extended A/B, IPA, phonetic extensions, Additional, Extended C/D/E;
# Greek: the modern letters; Cyrillic: the Slavic letters and the most used others.
CASED_BLOCKS = parse_ranges(
    "41-5a 61-7a c0-d6 d8-f6 f8-1bf 1c4-24f 250-2af 1d00-1d25 1d6b-1d77 1d79-1d9a 1e00-1eff"
    " 2c60-2c7b 2c7e-2c7f a722-a76f a771-a787 a78b-a78e a790-a7b9 a7fa ab30-ab5a ab60-ab64"
    " ff21-ff3a ff41-ff5a"
    " 386-38f 391-3a9 3ac-3af 3b1-3c9 3cc-3ce"
    " 400-401 403-40a 40c-40d 410-451 453-45a 45c-45d"
    " 490-491 496-497 4a2-4a3 4ae-4af 4ba-4bb 4d8-4d9 4e8-4e9"
)

# Scripts without case, by block (marks and digits of the script belong to its words).
# Hebrew, Arabic, Devanagari, Bengali, Tamil, Telugu, Kannada, Sinhala, Hangul, Ethiopic,
# CJK (radicals, kana, ideographs), presentation forms.
UNCASED_BLOCKS = parse_ranges(
    "591-5f4 fb1d-fb4f"  # Hebrew
    " 620-64a 66e-6d5 6e5-6ff 750-77f 8a0-8bd fb50-fbb1 fbd3-fd3d fd50-fdc7 fdf0-fdfb"  # Arabic
    " fe70-fefc 1ee00-1eebb"
    " 900-9ff"  # Devanagari, Bengali
    " b80-cff d80-dff"  # Tamil, Telugu, Kannada; Sinhala
    " 1100-11ff ac00-d7af"  # Hangul
    " 1200-137f"  # Ethiopic
    " 2e80-2fdf 2ff0-2fff 3001-30ff 31c0-31ef 3200-4dbf 4e00-9fff f900-faff fe30-fe4f"  # CJK
    " 1f200-1f2ff 20000-2a6df 2a700-2ebef 2f800-2fa1f"
)

# Symbols (general category "So": pictographs, dingbats, emoji, arrows, box drawing ...)
# of Unicode 11; they always stand alone.
ICON_RANGES = parse_ranges(
    """
    a6 a9 ae b0 482 58d-58e 60e-60f 6de 6e9 6fd-6fe 7f6 9fa b70 bf3-bf8 bfa c7f d4f d79
    f01-f03 f13 f15-f17 f1a-f1f f34 f36 f38 fbe-fc5 fc7-fcc fce-fcf fd5-fd8 109e-109f
    1390-1399 1940 19de-19ff 1b61-1b6a 1b74-1b7c 2100-2101 2103-2106 2108-2109 2114
    2116-2117 211e-2123 2125 2127 2129 212e 213a-213b 214a 214c-214d 214f 218a-218b
    2195-2199 219c-219f 21a1-21a2 21a4-21a5 21a7-21ad 21af-21cd 21d0-21d1 21d3 21d5-21f3
    2300-2307 230c-231f 2322-2328 232b-237b 237d-239a 23b4-23db 23e2-2426 2440-244a
    249c-24e9 2500-25b6 25b8-25c0 25c2-25f7 2600-266e 2670-2767 2794-27bf 2800-28ff
    2b00-2b2f 2b45-2b46 2b4d-2b73 2b76-2b95 2b98-2bc8 2bca-2bfe 2ce5-2cea 2e80-2e99
    2e9b-2ef3 2f00-2fd5 2ff0-2ffb 3004 3012-3013 3020 3036-3037 303e-303f 3190-3191
    3196-319f 31c0-31e3 3200-321e 322a-3247 3250 3260-327f 328a-32b0 32c0-32fe 3300-33ff
    4dc0-4dff a490-a4c6 a828-a82b a836-a837 a839 aa77-aa79 fdfd ffe4 ffe8 ffed-ffee fffc-
    fffd 10137-1013f 10179-10189 1018c-1018e 10190-1019b 101a0 101d0-101fc 10877-10878 10ac8
    1173f 16b3c-16b3f 16b45 1bc9c 1d000-1d0f5 1d100-1d126 1d129-1d164 1d16a-1d16c
    1d183-1d184 1d18c-1d1a9 1d1ae-1d1e8 1d200-1d241 1d245 1d300-1d356 1d800-1d9ff
    1da37-1da3a 1da6d-1da74 1da76-1da83 1da85-1da86 1ecac 1f000-1f02b 1f030-1f093
    1f0a0-1f0ae 1f0b1-1f0bf 1f0c1-1f0cf 1f0d1-1f0f5 1f110-1f16b 1f170-1f1ac 1f1e6-1f202
    1f210-1f23b 1f240-1f248 1f250-1f251 1f260-1f265 1f300-1f3fa 1f400-1f6d4 1f6e0-1f6ec
    1f6f0-1f6f9 1f700-1f773 1f780-1f7d8 1f800-1f80b 1f810-1f847 1f850-1f859 1f860-1f887
    1f890-1f8ad 1f900-1f90b 1f910-1f93e 1f940-1f970 1f973-1f976 1f97a 1f97c-1f9a2
    1f9b0-1f9b9 1f9c0-1f9c2 1f9d0-1f9ff 1fa60-1fa6d
    """
)

# fmt: off
# One-character punctuation that is always cut off both ends of a word.
PUNCT_CHARS = tuple(
    "!¡?¿;:,#&·*_"  # sentence marks, separators
    "()[]{}<>"      # brackets
    "⟦⟧\u2329\u232a〈〉《》「」『』【】〔〕（）"
    "。、，；：！？～"  # CJK, full width
    "।"             # Devanagari danda
    "،؛؟٪۔"         # Arabic, Urdu
)

# Quotation marks of all kinds, one character each.
QUOTE_CHARS = tuple("'\"`´‘’‚“”„«»")
# fmt: on

# What may stand for a quote (or bracket) next to a full stop inside a word: foo.“Bar
CONCAT_QUOTE_CHARS = QUOTE_CHARS + tuple(",⟦⟧\u2329\u232a（）")

ELLIPSIS = "…"
EN_DASH = "–"
EM_DASH = "—"
# Dashes that join two words.
HYPHENS = ("-", "--", "---", EN_DASH, EM_DASH, EM_DASH * 2, "~")

# Currency signs; the Unicode block of them is in CURRENCY_RANGES.
CURRENCY_NAMES = ("US$", "C$", "A$")
CURRENCY_RANGES = parse_ranges("24 a3 a5 e3f 20a0-20bf fdfc")

# Units of measure that are cut off a number: lengths with areas and volumes, weights, speeds,
# pressures, amounts of data, temperatures; the metric ones also in Cyrillic and Arabic.
LENGTHS = ("nm", "mm", "cm", "dm", "m", "km")
UNITS = (
    LENGTHS
    + tuple(unit + power for unit in LENGTHS[1:] for power in "²³")
    + ("ha", "ft", "yd", "in")
    + ("µg", "mg", "g", "kg", "t", "lb", "oz")
    + ("m/s", "km/h", "kmh", "mph")
    + ("hPa", "Pa", "mbar")
    + tuple(f"{a}{b}" for a in "kmgt" for b in "b")
    + tuple(f"{a}{b}" for a in "KMGT" for b in ("", "B"))
    + ("%",)
    + ("км", "м", "см", "мм", "кг", "г", "мг")
    + ("كم", "م", "سم", "كجم", "كغ", "كغم")
)

# Class bodies ---------------------------------------------------------------------------


def _case_classes():
    lower, upper, other = [], [], []
    for first, last in CASED_BLOCKS:
        for point in range(first, last + 1):
            char = chr(point)
            if char.islower() or char == "\u0294":  # the glottal stop has no capital
                lower.append(point)
            elif char.isupper():
                upper.append(point)
            elif char.isalpha():
                other.append(point)
    return lower, upper, other


_lower, _upper, _other = _case_classes()
LOWER_RANGES = compact(_lower)
UPPER_RANGES = compact(_upper)
CASED_RANGES = compact(sorted(_lower + _upper + _other))

UNCASED = join_ranges(UNCASED_BLOCKS)
LOWER = join_ranges(LOWER_RANGES)  # letters that are only lower case
UPPER = join_ranges(UPPER_RANGES)  # letters that are only upper case
ALPHA_LOWER = LOWER + UNCASED
ALPHA_UPPER = UPPER + UNCASED
ALPHA = join_ranges(CASED_RANGES) + UNCASED
ICONS = join_ranges(ICON_RANGES)
CURRENCY = join_ranges(CURRENCY_RANGES)
QUOTES = re.escape("".join(QUOTE_CHARS))
CONCAT_QUOTES = re.escape("".join(CONCAT_QUOTE_CHARS))
PUNCT = re.escape("".join(PUNCT_CHARS))
