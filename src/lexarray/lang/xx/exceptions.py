"""Language-neutral special cases: TOKENIZER_EXCEPTIONS, string -> list of token dicts.

Emoticons (generated from eyes, noses and mouths, plus faces that are drawn otherwise), letters
with a full stop ("a."), bare apostrophes, and a few names with punctuation.  Each
is kept as one token.
"""

# Faces seen sideways: eyes, nose, mouth.  The nose may be missing.
_SIDEWAYS = (
    (":", ("", "-"), ") )) ))) ( (( ((( ] } D P p O o 0 / | * 3 > x X".split()),
    (":'", ("", "-"), (")", "(")),
    (":", ("o",), (")",)),
    (";", ("", "-"), (")", "D")),
    ("=", ("",), ") ( ] [ D / | 3".split()),
    ("8", ("", "-"), (")", "D")),
    (">:", ("",), ("(", "o")),
    ("X", ("",), ("D", "DD")),
    ("x", ("",), ("D", "DD")),
)
# ... and lying on the other side: mouth, nose, eyes.
_SIDEWAYS_BACK = (
    ("( [".split(), ("", "-"), ":"),
    ((")",), ("", "-"), ":"),
    (("(",), ("o",), ":"),
    (("(",), ("", "-"), ";"),
    ("( ] [".split(), ("",), "="),
    (("(",), ("-",), "8"),
)
# Upright faces: an eye, a mouth, an eye.
_UPRIGHT = (
    ("o", "o", "_ ."),
    ("O", "O", "_ ."),
    ("o", "O", "_ ."),
    ("O", "o", "_ ."),
    ("0", "0", "_ ."),
    ("0", "o", "_"),
    ("o", "0", "_"),
    ("v", "v", "_ ."),
    ("V", "V", "_ ."),
    ("^", "^", "_ __ ___"),
    ("-", "-", "_ __"),
    (">", "<", "."),
    ("<", "<", "."),
    (">", ">", "."),
    (";", ";", "_"),
    (".", ".", "_"),
    ("@", "@", "_"),
)
# Faces and figures of other shapes, hearts.
_OTHER_FACES = "<3 <33 <333 </3 (*_*) (^_^) (>_<) (-_-) (._.) ¯\\(ツ)/¯".split()


def emoticons():
    """All the emoticons, each once."""
    found = {}
    for eyes, noses, mouths in _SIDEWAYS:
        found.update((eyes + nose + mouth, 1) for nose in noses for mouth in mouths)
    for mouths, noses, eyes in _SIDEWAYS_BACK:
        found.update((mouth + nose + eyes, 1) for nose in noses for mouth in mouths)
    for left, right, mouths in _UPRIGHT:
        found.update((left + mouth + right, 1) for mouth in mouths.split())
    found.update((face, 1) for face in _OTHER_FACES)
    return tuple(found)


EMOTICONS = emoticons()

# "a." ... an abbreviation or the name of an item
LETTERS_WITH_STOP = tuple(letter + "." for letter in "abcdefghijklmnopqrstuvwxyzäöü")

# Apostrophes; closing quotes written with two of them.
MARKS = ("'", "''", "’’")

NAMES = ("C++",)

# Degrees at the end of a sentence, where the stop would make an initial of the letter.
DEGREES = tuple(f"°{scale}." for scale in "CcFfKk")

TOKENIZER_EXCEPTIONS = {
    **{string: [{"ORTH": string}] for string in EMOTICONS + LETTERS_WITH_STOP + MARKS + NAMES},
    **{string: [{"ORTH": char} for char in string] for string in DEGREES},
}
