"""A file of any size, paragraph by paragraph: :func:`read_paragraphs`."""

import codecs

from lexarray.cli.failure import Failure

BLOCK = 1 << 16             # bytes read at once
LONGEST = 1 << 20           # characters after which a paragraph is cut


def read_paragraphs(file, name, encoding="utf-8", errors="strict", on_read=None):
    """Cut a file into paragraphs; joined, they are the file.

    A paragraph is a run of lines and the blank lines after it. One of more than a million characters is cut
    after a space or a newline, or anywhere if it has none, so that little more than that is held.

    Args:
        file (BinaryIO): the file, open for reading bytes.
        name (str): what to call it in an error.
        encoding (str): as in ``open``.
        errors (str): as in ``open``.
        on_read (Callable[[int], None]): called with the number of bytes in each block that is read.

    Yields:
        str: a paragraph.

    Raises:
        Failure: bytes that the encoding does not allow; names the file and the offset.
    """
    held, length = [], 0            # lines of the paragraph so far, and characters in them
    has_text = has_ended = False    # it has a line that is not blank; and a blank one after that
    lines = _lines(_decoded(file, name, encoding, errors, on_read))
    while True:
        try:
            line = next(lines, None)
        except Failure:
            if length:
                yield "".join(held)         # nothing that could be read is lost
            raise
        if line is None:
            break
        blank = line.isspace()
        if has_ended and not blank:
            yield "".join(held)
            held, length, has_text, has_ended = [], 0, False, False
        has_ended = has_ended or blank and has_text
        has_text = has_text or not blank
        held.append(line)
        length += len(line)
        if length > LONGEST:
            whole = "".join(held)
            cut = max(whole.rfind(" "), whole.rfind("\n")) + 1 or len(whole)
            yield whole[:cut]
            held, length = [whole[cut:]], len(whole) - cut
            has_text, has_ended = length > 0, False
    if length:
        yield "".join(held)


def _lines(texts):
    # Lines with their "\n"; a line of more than LONGEST characters comes in pieces.
    rest = ""
    try:
        for text in texts:
            *whole, rest = (rest + text).split("\n")
            for line in whole:
                yield line + "\n"
            if len(rest) > LONGEST:
                yield rest
                rest = ""
    except Failure:
        if rest:
            yield rest
        raise
    if rest:
        yield rest


def _decoded(file, name, encoding, errors, on_read):
    # The text of a file, in blocks.
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    read = 0
    while True:
        try:
            block = file.read(BLOCK)
        except OSError as error:
            raise Failure(f"{name}: {error.strerror} (after byte {read})") from None
        read += len(block)
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            # What is good, by the decoder that knows the byte order and what it holds of the block before.
            held = len(error.object) - len(block)
            yield decoder.decode(block[:max(error.start - held, 0)])
            offset = read - len(error.object) + error.start
            raise Failure(f"{name}: byte {offset}: not {encoding} ({error.reason}); try another --encoding, or "
                          f"--errors replace (or surrogateescape, which loses nothing)") from None
        except UnicodeError as error:
            raise Failure(f"{name}: before byte {read}: not {encoding} ({error})") from None
        if on_read is not None:
            on_read(len(block))
        if text:
            yield text
        if not block:
            return
