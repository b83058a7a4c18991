r"""CoNLL-U files: :func:`read_conllu` beside :func:`write_conllu` and :func:`to_conllu`.

A word line becomes a token: FORM its text, LEMMA ``lemma``, UPOS ``pos``, XPOS ``tag``, FEATS ``morph``, HEAD
``head``, DEPREL ``dep``, and the spaces that MISC tells (``SpaceAfter=No``, and UDPipe's ``SpacesAfter=\s\n``) the
spaces after it. What a Doc cannot hold is kept in ``doc.user_data["conllu"]``, a dict of plain values. It is sparse:
what is not in it is as the writer would make it. Its keys, where ``i`` is the index of a token:

- ``"length"``: number of tokens of the Doc when it was read. If that has changed, the indices are wrong, and the
  writer says so.
- ``"comments"``: ``{i: [line, ...]}``, the comments before the sentence that starts at ``i``, each with its ``#``;
  None stands for the ``# text = `` line that the writer makes from the words.
- ``"starts"``: ``[i, ...]``, where sentences start, if the tree tells otherwise: a sentence with two roots.
- ``"feats"``: ``{i: FEATS}``, if it is not in UD's order. It is ignored once ``token.morph`` has other features.
- ``"misc"``: ``{i: MISC}``, if it says more than the spaces.
- ``"enhanced"``: True if DEPS of a word that is not in ``"deps"`` is ``HEAD:DEPREL``; else it is ``_``.
- ``"deps"``: ``{i: DEPS}``.
- ``"multiword"``: ``{i: (end, FORM, FEATS, MISC)}``, a multiword token of the words ``i`` to ``end - 1``.
- ``"empty"``: ``{i: [line, ...]}``, the lines of the empty nodes after the word ``i``, or before it (ID ``0.1``).
"""

from lexarray.interop.conllu.fields import COLUMNS
from lexarray.interop.conllu.reading import read_conllu
from lexarray.interop.conllu.writing import to_conllu, write_conllu

__all__ = ["COLUMNS", "read_conllu", "to_conllu", "write_conllu"]
