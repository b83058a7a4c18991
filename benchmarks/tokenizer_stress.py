"""Threads that tokenize known and new words, open and end memory zones, and keep documents over them: is every answer right?

    python benchmarks/tokenizer_stress.py [SECONDS] [--threads 6] [--seed 0]

Each document that a thread makes comes from a text that can be made again from two numbers. At the end every document
that was kept is compared, token by token and attribute by attribute, with what one thread with a vocabulary of its own
makes of that text, and so are samples while all threads run. Prints the count of wrong answers; exits with 1 if there
is one. Meant for ThreadSanitizer and AddressSanitizer too: CONTRIBUTING.md says how.
"""

import argparse
import gc
import random
import sys
import threading
from time import monotonic

import lexarray
from lexarray.tokens import Doc

ATTRIBUTES = ["ORTH", "LOWER", "NORM", "SHAPE", "PREFIX", "SUFFIX", "LENGTH", "LANG", "SPACY", "IDX", "IS_ALPHA", "IS_STOP", "IS_PUNCT",
              "LIKE_NUM", "LIKE_URL", "IS_TITLE"]
KNOWN = "The quick brown fox isn't (really) quick , e.g. Mr. Fox's 10km run ; see www.example.com/x?y=1 “ok” … 日本 été 😀 12.5%".split()
KEPT = 300                      # documents that a thread keeps at most


def text_of(seed, number):
    """Text `number` of a run: known words, words that come now and then, and words that come once."""
    rng = random.Random(seed << 32 | number)
    words = []
    for i in range(rng.choice([1, 5, 40, 40, 600])):
        how = rng.random()
        words.append(rng.choice(KNOWN) if how < 0.6 else f"Word{rng.randrange(500)}" if how < 0.8 else f"({number}é-new{i}x),")
    return rng.choice([" ", " ", "  ", "\n"]).join(words)


def layers(doc):
    """All that can be seen of a document."""
    return (doc.text, doc.to_array(ATTRIBUTES).tolist() if len(doc) else [],
            [(token.text, token.lower_, token.norm_, token.shape_, token.suffix_, token.lemma_) for token in doc])


class Run:
    """What the threads share."""

    def __init__(self, seconds, threads, seed):
        self.nlp, self.twin = lexarray.blank("en"), lexarray.blank("en")
        self.twin_lock = threading.Lock()
        self.stop = monotonic() + seconds
        self.seed = seed
        self.wrong = []
        self.counts = [0] * threads
        self.compared = 0

    def expected(self, number, lemmas=()):
        """What one thread makes of a text."""
        with self.twin_lock:
            doc = self.twin(text_of(self.seed, number))
            for i, lemma in lemmas:
                doc[i].lemma_ = lemma
            return layers(doc)

    def compare(self, doc, number, lemmas=()):
        """Count the document as right or wrong."""
        self.compared += 1
        try:
            right = layers(doc) == self.expected(number, lemmas)
        except Exception as error:
            right = False
            self.wrong.append((number, repr(error)))
        else:
            if not right:
                self.wrong.append((number, "differs"))
        return right

    def work(self, which):
        """One thread: until the time is over, something at random."""
        rng = random.Random(self.seed * 1000 + which)
        nlp, kept, zones = self.nlp, [], []
        number = which
        try:
            while monotonic() < self.stop:
                number += len(self.counts)
                how = rng.random()
                self.counts[which] += 1
                if how < 0.5:
                    kept.append((nlp(text_of(self.seed, number)), number, []))
                elif how < 0.6 and len(zones) < 3:
                    zones.append(nlp.memory_zone())
                    zones[-1].__enter__()
                elif how < 0.7 and zones:
                    zones.pop(rng.randrange(len(zones))).__exit__(None, None, None)
                elif how < 0.75:
                    numbers = [number * 1000 + k for k in range(rng.randrange(1, 12))]
                    docs = nlp.pipe([text_of(self.seed, each) for each in numbers], threads=rng.choice([1, 2, 3]), batch_size=3,
                                    max_types=rng.choice([None, 20, 500]))
                    for each, doc in zip(numbers[:rng.choice([1, 12])], docs):
                        kept.append((doc, each, []))
                elif how < 0.85 and kept:
                    doc, _, lemmas = rng.choice(kept)
                    if len(doc):
                        i, lemma = rng.randrange(len(doc)), f"lemma{number}"
                        doc[i].lemma_ = lemma
                        lemmas.append((i, lemma))
                elif how < 0.9 and kept:
                    doc, of, lemmas = rng.choice(kept)
                    kept.append((doc.copy(), of, list(lemmas)))
                elif how < 0.92 and len(kept) > 1:
                    (one, _, _), (two, _, _) = rng.sample(kept, 2)
                    joined = Doc.from_docs([one, two], ensure_whitespace=False)
                    if joined.text != one.text + two.text:
                        self.wrong.append((number, "joined"))
                elif how < 0.94:
                    word = f"Word{rng.randrange(500)}"
                    if nlp.vocab[word].lower_ != word.lower():
                        self.wrong.append((number, word))
                elif how < 0.95:
                    list(nlp.vocab.strings)
                    nlp.vocab.memory(), len(nlp.vocab)
                elif kept:
                    self.compare(*kept.pop(rng.randrange(len(kept))))
                while len(kept) > KEPT:
                    kept.pop(rng.randrange(len(kept)))
        except Exception as error:
            self.wrong.append((number, repr(error)))
        for zone in zones:
            zone.__exit__(None, None, None)
        for each in kept:
            self.compare(*each)


def main():
    """Run, and print how many answers were wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seconds", type=float, nargs="?", default=60)
    parser.add_argument("--threads", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    sys.setswitchinterval(1e-4)
    run = Run(arguments.seconds, arguments.threads, arguments.seed)
    workers = [threading.Thread(target=run.work, args=[which]) for which in range(arguments.threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    gc.collect()
    if run.nlp.vocab.memory()["zone"]:
        run.wrong.append(("the end", "a memory zone is open"))
    print(f"{sum(run.counts):,} steps of {arguments.threads} threads, {run.compared:,} documents compared, {len(run.wrong)} wrong")
    for number, what in run.wrong[:10]:
        print(f"  text {number}: {what}")
    sys.exit(1 if run.wrong else 0)


if __name__ == "__main__":
    main()
