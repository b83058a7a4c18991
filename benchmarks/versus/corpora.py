"""The texts that both libraries are given: those of files, and streams of words of five scripts."""

import random
import re

LANGUAGES = ("en", "ru", "ar", "ja", "hi")      # of five scripts


def read_texts(path):
    """The texts of a file.

    Args:
        path (str): a CoNLL-U file, whose `# text = ` lines are the texts, or a text file, which is cut at blank lines.

    Returns:
        list[str]: the texts.
    """
    with open(path, encoding="utf-8", newline="") as file:
        if path.endswith(".conllu"):
            return [line[len("# text = "):].rstrip("\n") for line in file if line.startswith("# text = ")]
        return [part for part in re.split(r"(?<=\n)(?=\n+)", file.read()) if part]


def with_lines_joined(texts):
    """The same texts without line breaks, which make spaCy several times slower; empty ones are left out.

    Args:
        texts (list[str]): the texts.

    Returns:
        list[str]: each as one line.
    """
    joined = (" ".join(text.split()) for text in texts)
    return [text for text in joined if text]


def frequent_words(n_words, seed=1):
    """A stream of words, each drawn as often as its language uses it, in texts of 200 words of one language.

    Args:
        n_words (int): how many words.
        seed (int): of the draws.

    Returns:
        list[str]: the texts, the five languages in turn.
    """
    from wordfreq import get_frequency_dict

    chance = random.Random(seed)
    lists = [get_frequency_dict(language, wordlist="best") for language in LANGUAGES]
    drawn = [chance.choices(list(words), list(words.values()), k=n_words // len(lists)) for words in lists]
    return [" ".join(words[start:start + 200]) for start in range(0, n_words // len(lists), 200) for words in drawn]


def new_words(n_words):
    """Words of the same five languages, every one of them once, in texts of 200.

    Args:
        n_words (int): how many words, at most.

    Returns:
        list[str]: the texts.
    """
    from wordfreq import top_n_list

    words = [word for language in LANGUAGES for word in top_n_list(language, n_words // len(LANGUAGES), wordlist="best")]
    words = list(dict.fromkeys(words))
    random.Random(1).shuffle(words)
    return [" ".join(words[start:start + 200]) for start in range(0, len(words), 200)]
