"""The table of spans, as it is read: :class:`Spans`, entities and groups. Its rows are a :class:`~.blocks.Block`'s."""

import numpy as np

from lexarray.interop.arrow.layout import IOBS, entities_of, pyarrow


class Spans:
    """The rows of entities and of groups, of some documents."""

    def __init__(self, spans, numbers, ends):
        self.rows = spans
        self.ends = ends
        self.place = spans.places(numbers)
        self.start, self.end = spans.integers("start"), spans.integers("end")
        lengths = np.diff(ends)[self.place]
        wrong = np.flatnonzero((self.start < 0) | (self.end < self.start) | (self.end > lengths))
        if len(wrong):
            at = int(wrong[0])
            spans.fail(at, "start and end", f"are {self.start[at]} and {self.end[at]}, outside document {spans.doc[at]} of "
                       f"{lengths[at]:,} tokens")
        if spans.has("key"):
            self.key, keys = spans.categories("key")
            self.keys = keys.to_pylist()
            is_key = np.append(np.asarray(keys.is_valid()), False)
            self.is_entity = ~is_key[self.key]
        else:
            self.is_entity = np.ones(spans.n, bool)

    def entities(self, tokens, places, texts):
        """The fields of tokens as `given` for _token_rows; {}: the tokens have their own."""
        rows = np.flatnonzero(self.is_entity)
        if not len(rows):
            return {}
        start = self.start[rows] + self.ends[self.place[rows]]
        end = start + self.end[rows] - self.start[rows]
        order = np.argsort(start, kind="stable")
        rows, start, end = rows[order], start[order], end[order]
        for at in np.flatnonzero(start == end)[:1]:
            self.rows.fail(int(rows[at]), "start and end", "are the same, but an entity has at least one token")
        for at in np.flatnonzero(start[1:] < end[:-1])[:1]:
            self.rows.fail(int(rows[at + 1]), "start", f"is inside the entity of row {self.rows.row + rows[at]:,}: entities do "
                           "not overlap")
        fields = {"ent_type": "label", "ent_kb_id": "kb_id", "ent_id": "id"}
        if tokens.has("ent_iob"):
            self.check_same(tokens, places, fields, rows, start, end)
            return {}
        given = {}
        for field, column in fields.items():
            codes, names = _categories_or_none(self.rows, column)
            values = texts.number(names)
            if field == "ent_type":
                for at in np.flatnonzero(values[codes[rows]] == 0)[:1]:
                    self.rows.fail(int(rows[at]), "label", "is null or empty, but an entity has a label")
            of_tokens = np.full(tokens.n + 1, len(names), np.int64)
            covered = np.repeat(start - np.append(0, np.cumsum(end - start)[:-1]), end - start) + np.arange((end - start).sum())
            of_tokens[covered] = np.repeat(codes[rows], end - start)
            given[field] = (of_tokens[:tokens.n], values)
        iob = np.zeros(tokens.n, np.int64)
        has_some = np.zeros(len(self.ends) - 1, bool)   # documents: of the others nothing is known
        has_some[self.place[rows]] = True
        iob[has_some[places]] = 2
        iob[covered] = 1
        iob[start] = 3
        return given | {"ent_iob": (iob, np.arange(4, dtype=np.uint32))}

    def check_same(self, tokens, places, fields, rows, start, end):
        """Fail unless tokens and rows tell of the same entities, where both do."""
        codes, names = tokens.categories("ent_iob")
        known = {name: number for number, name in enumerate(IOBS)}
        iob = np.array([known.get(name or "", 0) for name in (*names.to_pylist(), None)])[codes]
        codes, names = _categories_or_none(tokens, "ent_type")
        is_none = np.append(np.asarray(pyarrow("compute").equal(names, "").fill_null(True)), True)
        label = np.where(is_none[codes], 0, codes + 1)
        place, first, stop = entities_of(places, iob, label)
        has_some = np.zeros(len(self.ends) - 1, bool)
        has_some[self.place[rows]] = True
        first, stop = first[has_some[place]], stop[has_some[place]]
        n = min(len(first), len(start))
        wrong = np.append(np.flatnonzero((first[:n] != start[:n]) | (stop[:n] != end[:n])), n)[:1]
        if wrong[0] == n == len(start) == len(first):
            wrong = []
            for field, column in fields.items():
                if tokens.has(field) and self.rows.has(column) and not len(wrong):
                    wrong = np.flatnonzero(_texts_at(tokens, field, first) != _texts_at(self.rows, column, rows))
        for at in wrong[:1]:
            at = min(int(at), len(rows) - 1)
            row = int(rows[at])
            self.rows.fail(row, "key", f"is null, so this is an entity of document {self.rows.doc[row]}, but tokens has others in "
                           "ent_iob, ent_type, ent_kb_id and ent_id: leave out these columns, or the rows without a key")

    def add_groups(self, layers, texts):
        """Add the groups to the layers of the documents, as Packer has them."""
        rows = np.flatnonzero(~self.is_entity)
        if not len(rows):
            return
        place, key = self.place[rows], self.key[rows]
        numbers = np.zeros((len(rows), 5), np.int64)
        numbers[:, 0], numbers[:, 1] = self.start[rows], self.end[rows]
        for at, column in enumerate(("label", "kb_id", "id"), 2):
            if self.rows.has(column):
                codes, names = self.rows.categories(column)
                numbers[:, at] = texts.number(names)[codes[rows]]
        bounds = np.concatenate([[0], np.flatnonzero((np.diff(place) != 0) | (np.diff(key) != 0)) + 1, [len(rows)]]).tolist()
        values = numbers.ravel().tolist()
        at, by_key = -1, {}                             # a document, and its groups
        for begin, stop in zip(bounds, bounds[1:]):
            name, groups = self.keys[key[begin]], layers[place[begin]].setdefault("spans", [])
            if place[begin] != at:
                at, by_key = place[begin], {group[0]: group for group in groups}
            if name not in by_key:
                by_key[name] = [name, name, {}, []]
                groups.append(by_key[name])
            by_key[name][3] += values[5 * begin:5 * stop]


def _categories_or_none(block, column):
    # A column that need not be there.
    if block.has(column):
        return block.categories(column)
    return np.zeros(block.n, np.int64), pyarrow().array([], pyarrow().large_string())


def _texts_at(block, column, rows):
    # The texts in some rows, as an array of objects; "" for nulls.
    codes, names = block.categories(column)
    return np.array([name or "" for name in (*names.to_pylist(), "")], object)[codes[rows]]
