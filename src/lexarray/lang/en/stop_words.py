"""STOP_WORDS: the closed classes of English, words that say how other words relate.

Gathered by part of speech, in lower case. Contracted pieces come with both apostrophes, as the tokenizer
cuts them.
"""

_PRONOUNS = """
i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself she her
hers herself it its itself they them their theirs themselves one oneself
this that these those who whom whose which what whoever whatever whichever
someone somebody something anyone anybody anything everyone everybody everything nobody nothing none
"""
_DETERMINERS = """
a an the some any no every each either neither both all half such other another same own
much many more most few fewer less least several enough
"""
_VERBS = """
am is are was were be been being do does did doing done have has had having
can could may might must shall should will would ought
"""
_CONJUNCTIONS = """
and or but nor so yet if unless because since although though while whereas whether until till than as lest once
"""
_PREPOSITIONS = """
about above across after against along amid among around at before behind below beneath beside besides between
beyond by despite down during except for from in inside into near of off on onto out outside over past per
through throughout to toward towards under underneath up upon via with within without
"""
_ADVERBS = """
not never always often sometimes seldom ever already still just only even also too very quite rather almost
nearly perhaps maybe however therefore thus hence otherwise instead meanwhile moreover nevertheless
here there now then again further soon later together apart away back
when whenever where wherever why how somehow anyhow
somewhere anywhere everywhere nowhere else
"""
# What contractions are cut into: "do" + "n't", "ca" + "n't", "I" + "'ll" ...
_PIECES = "ca wo sha ai n't 's 'm 're 've 'll 'd"

_ALL = " ".join([_PRONOUNS, _DETERMINERS, _VERBS, _CONJUNCTIONS, _PREPOSITIONS, _ADVERBS, _PIECES])
STOP_WORDS = frozenset(_ALL.split()) | frozenset(_ALL.replace("'", "’").split())
