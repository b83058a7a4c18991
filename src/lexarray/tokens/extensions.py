"""Attributes that users add to Doc, Token and Span: ``doc._.title``. :class:`Underscore` is what ``._`` gives.

Values live in the document's ``user_data``, under ``("._.", name, start, end)``: characters, which edits of the
tokens do not move; ``None`` and ``None`` for the document, the offset and ``None`` for a token.
"""

from collections.abc import Callable, MutableMapping, MutableSequence, MutableSet
from copy import copy
from operator import attrgetter
from typing import Any

Extension = tuple[Any, Callable[..., Any] | None, Callable[[Any], Any] | None, Callable[[Any, Any], None] | None]


class Extensions:
    """The attributes that one class has been given: name -> (default, method, getter, setter)."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.known: dict[str, Extension] = {}

    def set(self, name: str, *, method: Callable[..., Any] | None = None, getter: Callable[[Any], Any] | None = None,
            setter: Callable[[Any, Any], None] | None = None, force: bool = False, **default: Any) -> None:
        """Add an attribute ``._.name`` to all documents, tokens or spans.

        Args:
            name (str): its name.
            default: its value until it is set; a list, dict, set or the like is copied for each.
            method (Callable): ``._.name(*args)`` calls it with the document, token or span, and the arguments.
            getter (Callable): called with the document, token or span each time the attribute is read.
            setter (Callable): called with it and the new value; needs a getter.
            force (bool): replace an attribute that exists.

        Raises:
            ValueError: it exists, or not exactly one of default, method and getter is given.

        >>> import lexarray
        >>> lexarray.Doc.set_extension("n_words", getter=lambda doc: sum(token.is_alpha for token in doc), force=True)
        >>> lexarray.blank("en")("Hello, world!")._.n_words
        2
        """
        if set(default) - {"default"}:
            raise TypeError(f"set_extension() got an unexpected keyword argument {min(set(default) - {'default'})!r}")
        if not isinstance(name, str) or not name.isidentifier():
            raise ValueError(f"the name of an extension must be an identifier, got {name!r}")
        if hasattr(Underscore, name):
            raise ValueError(f"{self.owner}._.{name}: the name is taken by ._ itself")
        if name in self.known and not force:
            raise ValueError(f"{self.owner}._.{name} exists already; use force=True to replace it")
        given = [kind for kind, value in (("method", method), ("getter", getter)) if value is not None]
        given += default
        if len(given) != 1:
            raise ValueError(f"{self.owner}._.{name}: give one of default, method and getter; got "
                             f"{' and '.join(given) or 'none'}")
        if setter is not None and getter is None:
            raise ValueError(f"{self.owner}._.{name}: a setter needs a getter")
        for kind, function in (("method", method), ("getter", getter), ("setter", setter)):
            if function is not None and not callable(function):
                raise ValueError(f"{self.owner}._.{name}: its {kind} is not callable: {function!r}")
        self.known[name] = (default.get("default"), method, getter, setter)

    def has(self, name: str) -> bool:
        """Whether there is an attribute of this name."""
        return name in self.known

    def get(self, name: str) -> Extension:
        """The (default, method, getter, setter) of an attribute; KeyError if there is none."""
        if name not in self.known:
            raise KeyError(f"{self.owner}._.{name} does not exist: add it with {self.owner}.set_extension")
        return self.known[name]

    def is_writable(self, name: str) -> bool:
        """Whether there is an attribute of this name that can be set."""
        _, method, getter, setter = self.known.get(name, (None, True, None, None))
        return method is None and (getter is None or setter is not None)

    def remove(self, name: str) -> Extension:
        """Remove an attribute and return its (default, method, getter, setter); ValueError if there is none.
        Values that were set stay in ``user_data``."""
        if name not in self.known:
            raise ValueError(f"{self.owner}._.{name} does not exist, so it cannot be removed")
        return self.known.pop(name)


class Underscore:
    """The user's attributes of one Doc, Token or Span.

    >>> import lexarray
    >>> lexarray.Token.set_extension("seen", default=False, force=True)
    >>> doc = lexarray.blank("en")("Hello, world!")
    >>> doc[0]._.seen = True
    >>> [token._.seen for token in doc], doc[0]._.has("seen"), doc._.has("seen")
    ([True, False, False, False], True, False)
    """

    __slots__ = ("_extensions", "_view", "_user_data", "_start", "_end")

    def __init__(self, extensions: Extensions, view: Any, user_data: Any, start: int | None = None,
                 end: int | None = None) -> None:
        for name, value in zip(self.__slots__, (extensions, view, user_data, start, end)):
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        if name in self.__slots__:
            raise AttributeError(name)
        if name not in self._extensions.known:
            raise AttributeError(f"{self._extensions.owner}._.{name} does not exist: add it with "
                                 f"{self._extensions.owner}.set_extension")
        default, method, getter, _ = self._extensions.known[name]
        if getter is not None:
            return getter(self._view)
        if method is not None:
            view = self._view
            return lambda *args, **kwargs: method(view, *args, **kwargs)
        key = ("._.", name, self._start, self._end)
        if key in self._user_data:
            return self._user_data[key]
        if isinstance(default, (MutableMapping, MutableSequence, MutableSet)):
            default = self._user_data[key] = copy(default)      # a mutable one is not shared
        return default

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._extensions.known:
            raise AttributeError(f"{self._extensions.owner}._.{name} does not exist: add it with "
                                 f"{self._extensions.owner}.set_extension")
        _, method, getter, setter = self._extensions.known[name]
        if setter is not None:
            setter(self._view, value)
        elif method is not None or getter is not None:
            raise AttributeError(f"{self._extensions.owner}._.{name} has a {'method' if method else 'getter'} and "
                                 f"no setter, so it cannot be set")
        else:
            self._user_data["._.", name, self._start, self._end] = value

    def set(self, name: str, value: Any) -> None:
        """The same as ``._.name = value``."""
        setattr(self, name, value)

    def get(self, name: str) -> Any:
        """The same as ``._.name``."""
        return getattr(self, name)

    def has(self, name: str) -> bool:
        """Whether there is an attribute of this name."""
        return name in self._extensions.known

    def __reduce__(self) -> tuple[Any, ...]:
        return attrgetter("_"), (self._view,)

    def __dir__(self) -> list[str]:
        return sorted(self._extensions.known)


# ---- their keys in user_data ----

def is_extension(key: object) -> bool:
    """Whether a key of ``user_data`` is that of an extension's value."""
    return isinstance(key, tuple) and len(key) == 4 and key[0] == "._."


def is_of_part(key: Any) -> bool:
    """Whether a key of ``user_data`` is that of the value of a token or span: has characters in it."""
    return is_extension(key) and isinstance(key[2], int) and (key[3] is None or isinstance(key[3], int))


def moved_user_data(user_data: Any, start: int, end: int | None, to: int) -> dict[Any, Any]:
    """The user data of a part of a document that goes elsewhere.

    Args:
        user_data (Mapping): of the document.
        start, end (int): the first character, and the one past the last; None: all that follow. Values of tokens and spans
            outside are left out.
        to (int): the character that the first becomes.
    """
    moved = {}
    for key, value in user_data.items():
        if is_of_part(key):
            _, name, first, past = key
            if first < start or end is not None and (first >= end or past is not None and past > end):
                continue
            key = ("._.", name, first - start + to, None if past is None else past - start + to)
        moved[key] = value
    return moved


def follow_text(user_data: Any, before: list[tuple[int, int]], after: list[tuple[int, int]]) -> None:
    """Let the values of tokens and spans follow them, in place, after a change of the text.

    Args:
        user_data (MutableMapping): of the document.
        before, after (list): where each token began and ended, and where it does now.
    """
    starts = {old: new for (old, _), (new, _) in zip(before, after)}
    ends = {old: new for (_, old), (_, new) in zip(before, after)}
    moved = {}
    for key, value in list(user_data.items()):
        if is_of_part(key):
            del user_data[key]
            _, name, first, past = key
            moved["._.", name, starts.get(first, first), None if past is None else ends.get(past, past)] = value
    user_data.update(moved)
