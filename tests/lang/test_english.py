"""English: what its tokens should be, by kind of rule, and that its data are well made."""

import lexarray
import pytest
from lexarray.lang.en import English
from lexarray.lang.en.stop_words import STOP_WORDS

CASES = """
I don't know .                      | I do n't know .
You’ll see — they’ve won            | You ’ll see — they ’ve won
It's James's and the dogs' house    | It 's James 's and the dogs ' house
She'd've gone, shouldn't've she?    | She 'd 've gone , should n't 've she ?
cannot gonna can't Cannot           | can not gon na ca n't Can not
its well hell were                  | its well hell were
o'clock ma'am 'em goin'             | o'clock ma'am 'em goin'
Mr. Smith and Dr. No met at 5 a.m.  | Mr. Smith and Dr. No met at 5 a.m.
In the U.S. (and e.g. the U.K.)     | In the U.S. ( and e.g. the U.K. )
He got a Ph.D. in Jan. of '99.      | He got a Ph.D. in Jan. of ' 99 .
Well-known and/or self-made         | Well - known and/or self - made
at 10am or 3pm or 11p.m.            | at 10 am or 3 pm or 11 p.m.
5km 20kg 10% 20°C. 100mph           | 5 km 20 kg 10 % 20 ° C . 100 mph
$5 £1,000.50 US$10 10€              | $ 5 £ 1,000.50 US$ 10 10 €
1-2 10:30 3/4 2+2 1990s 2nd         | 1 - 2 10:30 3/4 2 + 2 1990s 2nd
"Hi," (she) 'said'... [ok]!?        | " Hi , " ( she ) ' said ' ... [ ok ] ! ?
“Hi” ‘you’ «there»                  | “ Hi ” ‘ you ’ « there »
see https://example.org/path?q=1.   | see https://example.org/path?q=1 .
mail me@example.com or <a.b@c.co>   | mail me@example.com or < a.b@c.co >
fun :) not fun :-( love <3 x:)      | fun :) not fun :-( love <3 x :)
wait...what the end.Start           | wait ... what the end . Start
one,two three:four a=b              | one , two three : four a = b
#tag @user C++ AT&T                 | # tag @user C++ AT&T
hi😀there 👍                        | hi 😀 there 👍
日本。 naïve Straße.                 | 日本 。 naïve Straße .
""".strip().splitlines()


@pytest.fixture(scope="module")
def nlp():
    return English()


@pytest.mark.parametrize("case", CASES)
def test_tokens(nlp, case):
    text, tokens = case.split("|")
    text = text.strip()
    doc = nlp(text)
    assert " ".join(token.text for token in doc) == tokens.strip()
    assert doc.text == text


def test_contractions_in_every_shape(nlp):
    for host, clitic, norm in [("do", "n't", "not"), ("we", "'ll", "will"), ("they", "'re", "are"), ("i", "'m", "am")]:
        for written in (host, host.capitalize()):
            for apostrophe in "'’":
                mark = clitic.replace("'", apostrophe)
                doc = nlp(f"({written}{mark})")
                assert [token.text for token in doc] == ["(", written, mark, ")"]
                assert (doc[1].norm_, doc[2].norm_) == (host, norm)


def test_word_attributes(nlp):
    vocab = nlp.vocab
    assert all(vocab[word].is_stop for word in ("the", "The", "n't", "’ll", "AND"))
    assert not any(vocab[word].is_stop for word in ("coffee", "London", "100"))
    assert all(vocab[word].like_num for word in ("ten", "Twelfth", "million", "22nd", "1,000", "3/4", "-5", "ninetieth"))
    assert not any(vocab[word].like_num for word in ("tent", "22x", "nd", "/", "1/2/3"))
    assert [vocab[word].norm_ for word in ("“", "’", "—", "…", "€", "Coffee")] == ['"', "'", "-", "...", "$", "coffee"]
    for text in "John's", "JOHN'S", "John’s", "JOHN’S", "it’s":
        doc = English()(text)
        assert (len(doc), doc[1].norm_) == (2, "'s")


def test_the_data_are_well_made(nlp):
    assert all(word == word.lower() and not word.isspace() for word in STOP_WORDS)
    for string, tokens in nlp.tokenizer.rules.items():
        assert "".join(token[65] for token in tokens) == string and not any(char.isspace() for char in string)
        assert [token.text for token in nlp(string)] == [token[65] for token in tokens]
    assert "don't" not in lexarray.blank("xx").tokenizer.rules


def test_data_of_one_pipeline_are_not_anothers(nlp):
    mine = English()
    mine.tokenizer.rules["coffee"] = [{"ORTH": "cof"}, {"ORTH": "fee"}]
    mine.vocab["coffee"].is_stop = True
    assert len(nlp("coffee")) == 1 and not nlp("coffee")[0].is_stop


@pytest.mark.parametrize("text", ["a." * 4000, "http://" + "a" * 8000, "-." * 4000, "a@" * 4000, "(" * 2000, "'" * 2000,
                                  "a-" * 4000, "1" * 8000 + "km", "://" * 3000, "…" * 2000], ids=lambda text: text[:8])
def test_hostile_chunks(nlp, text):
    doc = nlp(text)
    assert doc.text == text and [each for _, each in nlp.tokenizer.explain(text)] == [token.text for token in doc]
