"""English special cases: TOKENIZER_EXCEPTIONS, string -> list of token dicts.

Contractions are generated: a host word (in lower case and with a capital), a clitic, both
apostrophes, with and without the apostrophe, as far as no other word is spelled that way
("its", "well", "hell").  Then fixed phrases, clipped words, times of day and abbreviations.
The neutral special cases of `lexarray.lang.xx.exceptions` are included.
"""

from lexarray.lang.xx.exceptions import TOKENIZER_EXCEPTIONS as NEUTRAL_EXCEPTIONS

APOSTROPHES = ("'", "’")

# What the pieces stand for.  ("'s" and "'d" may stand for several things.)
CLITIC_NORMS = {"'ll": "will", "'ve": "have", "'re": "are", "'m": "am", "n't": "not"}
HOST_NORMS = {"ca": "can", "wo": "will", "sha": "shall", "did": "do", "had": "have"}

PERSONS = tuple("i you he she it we they".split())
QUESTIONS = tuple("who what when where why how".split())
POINTERS = tuple("this that these those there".split())
SUBJECTS = PERSONS + QUESTIONS + POINTERS

# clitics -> hosts they lean on, and hosts for which the apostrophe may not be left out
SUBJECT_CLITICS = (
    (("'ll",), SUBJECTS, "i he she we"),
    (("'d",), SUBJECTS, "she"),
    (("'ll", "'ve"), SUBJECTS, ""),
    (("'d", "'ve"), SUBJECTS, ""),
    (("'m",), ("i",), ""),
    (("'ve",), ("i", "you", "we", "they", "these", "those", "there") + QUESTIONS, ""),
    (("'re",), ("you", "we", "they", "these", "those", "there") + QUESTIONS, "we who"),
    (("'s",), ("he", "she", "it", "this", "that", "there") + QUESTIONS, "it"),
)
# verbs before "n't": the second group also before "n't've"
NEGATED_SHORT = tuple("ai are dare has have is was were".split())
NEGATED = tuple(
    "ca could did do does had may might must need ought sha should wo would".split()
)
MODALS_WITH_HAVE = tuple("could might must should would".split())


def capital(word):
    """The word with its first letter in upper case."""
    return word[:1].upper() + word[1:]


def clitic_norm(clitic, apostrophe, more):
    """Norm of a clitic; `more`: another one follows ("'d" before "'ve" can only be "would")."""
    if clitic == "'d" and more:
        return "would"
    if clitic in ("'s", "'m") and not apostrophe:
        return clitic[1:]
    return CLITIC_NORMS.get(clitic, clitic)


def contraction(host, clitics, apostrophe):
    """(string, token dicts) of host + clitics with the given apostrophe (or "")."""
    tokens = [{"ORTH": host, "NORM": HOST_NORMS.get(host.lower(), host.lower())}]
    for clitic in clitics:
        tokens.append(
            {
                "ORTH": clitic.replace("'", apostrophe),
                "NORM": clitic_norm(clitic, apostrophe, more=clitics[-1] != clitic),
            }
        )
    return "".join(token["ORTH"] for token in tokens), tokens


def contractions():
    """All regular contractions."""
    found = {}

    def add(host, clitics, bare):
        """Both cases of the host, both apostrophes, and none if `bare`."""
        for form in (host, capital(host)):
            for apostrophe in APOSTROPHES + (("",) if bare else ()):
                string, tokens = contraction(form, clitics, apostrophe)
                found[string] = tokens

    for clitics, hosts, unclear in SUBJECT_CLITICS:
        for host in hosts:
            add(host, clitics, bare=host not in unclear.split())
    for verb in NEGATED_SHORT + NEGATED:
        add(verb, ("n't",), bare=True)
    for verb in NEGATED:
        add(verb, ("n't", "'ve"), bare=True)
    for verb in MODALS_WITH_HAVE:
        add(verb, ("'ve",), bare=True)
    return found


# Words that fall into pieces; "'" stands for both apostrophes; "+" divides.  Words with a
# capital first letter are derived where the last field says so.
FUSED = (
    ("can+not", "can not", True),
    ("gon+na", "going to", True),
    ("got+ta", "got to", True),
    ("let+'s", "let us", True),
    ("c'm+on", "come on", True),
    ("y'+all", "you all", False),
    ("i+'m+a", "i am gonna", True),
)

# Clipped words: kept whole.  Of those in "-in'" the apostrophe may be missing.
CLIPPED_ING = "doin goin havin lovin nothin nuthin somethin".split()
CLIPPED = {
    "'em": "them",
    "em": "them",
    "ol'": "old",
    "ol": "old",
    "o'clock": "o'clock",
    "ma'am": "madam",
    "'cause": "because",
    "'cos": "because",
    "'coz": "because",
    "'cuz": "because",
    "'bout": "about",
    "'nuff": "enough",
}
LOWER_ONLY = ("'em", "em", "'bout", "'nuff")

# Clitics and possessives that may stand alone.
LONE_CLITICS = {"'s": "'s", "'S": "'s", "'d": "'d", "'ll": "will", "'re": "are"}

# Abbreviations with their full stop -> norm.
TITLES = "Adm Bros Co Corp Dr Gen Gov Inc Jr Ltd Messrs Mr Mrs Ms Mt Prof Rep Rev Sen St"
MONTHS = {
    "Jan": "January",
    "Feb": "February",
    "Mar": "March",
    "Apr": "April",
    "Jun": "June",
    "Jul": "July",
    "Aug": "August",
    "Sep": "September",
    "Sept": "September",
    "Oct": "October",
    "Nov": "November",
    "Dec": "December",
}
STATES = {
    "Ala": "Alabama",
    "Ariz": "Arizona",
    "Ark": "Arkansas",
    "Calif": "California",
    "Colo": "Colorado",
    "Conn": "Connecticut",
    "Del": "Delaware",
    "Fla": "Florida",
    "Ga": "Georgia",
    "Ia": "Iowa",
    "Id": "Idaho",
    "Ill": "Illinois",
    "Ind": "Indiana",
    "Kan": "Kansas",
    "Kans": "Kansas",
    "Ky": "Kentucky",
    "La": "Louisiana",
    "Md": "Maryland",
    "Mass": "Massachusetts",
    "Mich": "Michigan",
    "Minn": "Minnesota",
    "Miss": "Mississippi",
    "Mo": "Missouri",
    "Mont": "Montana",
    "Neb": "Nebraska",
    "Nebr": "Nebraska",
    "Nev": "Nevada",
    "Okla": "Oklahoma",
    "Ore": "Oregon",
    "Pa": "Pennsylvania",
    "Tenn": "Tennessee",
    "Va": "Virginia",
    "Wash": "Washington",
    "Wis": "Wisconsin",
}
LATIN = "e.g. E.g. i.e. I.e. vs. co. a.m. p.m. Ph.D. and/or w/o"
ABBREVIATIONS = tuple(
    word + "." for word in TITLES.split() + list(MONTHS) + list(STATES)
) + tuple(LATIN.split())

OTHER_NORMS = {"Mt.": "Mount", "w/o": "without"}


def times():
    """1am ... 12p.m.: the hour and the half of the day."""
    found = {}
    for hour in range(1, 13):
        for half, norm in (("am", "a.m."), ("a.m.", "a.m."), ("pm", "p.m."), ("p.m.", "p.m.")):
            found[f"{hour}{half}"] = [{"ORTH": str(hour)}, {"ORTH": half, "NORM": norm}]
    return found


def fused():
    """The words of FUSED with their norms."""
    found = {}
    for spelled, norms, capitalized in FUSED:
        for word in (spelled, capital(spelled)) if capitalized else (spelled,):
            for apostrophe in APOSTROPHES:
                orths = [orth.replace("'", apostrophe) for orth in word.split("+")]
                found["".join(orths)] = [
                    {"ORTH": orth, "NORM": norm} for orth, norm in zip(orths, norms.split())
                ]
    return found


def whole_words():
    """Words and abbreviations that stay one token."""
    found = {}

    def add(word, norm, forms):
        """Each form with both apostrophes."""
        for form in forms:
            for apostrophe in APOSTROPHES:
                found[form.replace("'", apostrophe)] = [
                    {"ORTH": form.replace("'", apostrophe), "NORM": norm}
                ]

    for word, norm in CLIPPED.items():
        if word in LOWER_ONLY:
            forms = (word,)
        elif word.startswith("'"):
            forms = (word, "'" + capital(word[1:]))
        else:
            forms = (word, capital(word))
        add(word, norm, forms)
    for word in CLIPPED_ING:
        norm = "nothing" if word == "nuthin" else word + "g"
        for form in (word, word + "'"):
            add(form, norm, (form, capital(form)))
    for word, norm in LONE_CLITICS.items():
        add(word, norm, (word,))
    for word in ("‘s", "‘S"):  # the wrong quote for an apostrophe
        found[word] = [{"ORTH": word, "NORM": "'s"}]
    for word in ABBREVIATIONS:
        found[word] = [{"ORTH": word}]
    for word, norm in OTHER_NORMS.items():
        found[word] = [{"ORTH": word, "NORM": norm}]
    for names in (MONTHS, STATES):
        for word, norm in names.items():
            found[word + "."] = [{"ORTH": word + ".", "NORM": norm}]
    return found


TOKENIZER_EXCEPTIONS = {
    **NEUTRAL_EXCEPTIONS,
    **contractions(),
    **fused(),
    **whole_words(),
    **times(),
}
