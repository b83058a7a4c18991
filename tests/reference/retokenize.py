"""Edits of tokens on plain lists: what a document should be after merges and splits."""

from reference import tree


def edit(words, spaces, heads, merges, splits):
    """Words, spaces and heads after merges [(start, end)] and splits {i: (orths, [(token, subtoken)])}.

    Children of merged tokens become the new token's; of a split one, those of the new token that heads the others.
    Returns also the old token -> (first, past) new ones. None if the heads make a cycle.
    """
    starts = dict(merges)
    new_words, new_spaces, place, stand_in, made = [], [], {}, {}, []
    i = 0
    while i < len(words):
        at = len(new_words)
        if i in starts:
            end = starts[i]
            text = "".join(word + " " * space for word, space in zip(words[i:end], spaces[i:end]))
            new_words.append(text[: len(text) - 1] if spaces[end - 1] else text)
            new_spaces.append(spaces[end - 1])
            made.append(("merge", i, end))
        elif i in splits:
            end, orths = i + 1, splits[i][0]
            new_words += orths
            new_spaces += [False] * (len(orths) - 1) + [spaces[i]]
            made += [("split", i, k) for k in range(len(orths))]
        else:
            end = i + 1
            new_words.append(words[i])
            new_spaces.append(spaces[i])
            made.append(("keep", i, end))
        for j in range(i, end):
            place[j] = at, len(new_words)
            stand_in[j] = at
        if i in splits and i not in starts:
            chief = next((k for k, (token, sub) in enumerate(splits[i][1]) if token != i or sub == k), 0)
            stand_in[i] = at + chief
        i = end
    new_heads = []
    for at, (kind, i, k) in enumerate(made):
        if kind == "split":
            token, sub = splits[i][1][k]
            new_heads.append(place[token][0] + sub)
        else:
            root = tree.span_root(heads, i, k)
            new_heads.append(at if i <= heads[root] < k else stand_in[heads[root]])
    if tree.has_cycle(new_heads):
        return None
    return new_words, new_spaces, new_heads, place
