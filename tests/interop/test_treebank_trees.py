"""The trees of a real treebank against the slow twin on plain lists. Runs where LEXARRAY_EWT names a folder."""

import os
from pathlib import Path

import pytest
from lexarray.interop.conllu import read_conllu
from lexarray.vocab import Vocab
from reference import tree


@pytest.mark.skipif("LEXARRAY_EWT" not in os.environ, reason="LEXARRAY_EWT: a folder of .conllu files")
def test_every_sentence_equals_the_slow_twin():
    sentences = crossing = 0
    for path in sorted(Path(os.environ["LEXARRAY_EWT"]).glob("*.conllu")):
        for doc in read_conllu(path, Vocab()):
            heads = [token.head.i for token in doc]
            below = [tree.subtree(heads, i) for i in range(len(heads))]
            for i, token in enumerate(doc):
                assert [child.i for child in token.children] == tree.children(heads, i)
                assert [each.i for each in token.subtree] == below[i]
                assert [each.i for each in token.ancestors] == tree.ancestors(heads, i)
                assert (token.left_edge.i, token.right_edge.i) == (below[i][0], below[i][-1])
                crossing += len(below[i]) != below[i][-1] - below[i][0] + 1
            assert doc.get_lca_matrix().tolist() == tree.lca_matrix(heads, 0, len(heads))
            sentences += 1
    assert sentences > 0
    print(f"{sentences:,} sentences, {crossing:,} subtrees with gaps")
