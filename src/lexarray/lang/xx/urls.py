"""URLs, bare host names and e-mail addresses: URL_PATTERN, a regex source, and url_match.

The grammar, roughly:

    [scheme "://"] [user "@"] (IPv4 address | label "." ... top-level domain) [":" port] [path]

A scheme is two or more word characters, "+", "-", "."; a label starts and ends with a letter
or digit; the top-level domain is two or more lower-case letters.  Addresses of private
networks are no URLs.  Every part is bounded or delimited by a character the part before it
cannot contain, so the match takes time linear in the length of the string.
"""

import re

from lexarray.lang.xx.char_classes import ALPHA_LOWER

# letters and digits of a host name: ASCII and the rest of the Basic Multilingual Plane
HOST_CHARS = "a-zA-Z0-9\u00a1-\uffff"

SCHEME = r"[\w+.\-]{2,}://"
USER = r"\S+@"
LABEL = f"[{HOST_CHARS}](?:[{HOST_CHARS}_-]{{0,62}}[{HOST_CHARS}])?"
TOP_LEVEL = f"[{ALPHA_LOWER}]{{2,63}}"
DOMAIN = rf"(?:{LABEL}\.)+{TOP_LEVEL}"

# Public IPv4 addresses: not 0/8, 10/8, 127/8, 169.254/16, 172.16/12, 192.168/16, 224/3, and no
# network (.0) or broadcast (.255) address. Written without look-ahead, so that the tokenizer can
# make a table of it: every first byte that has private networks stands with the second bytes that
# are public. [^\D7] is a digit other than 7.
_BYTE = r"(?:1?\d{1,2}|2[0-4]\d|25[0-5])"
_LAST = r"(?:[1-9]\d?|1\d\d|2[0-4]\d|25[0-4])"
_NETWORK = (
    rf"(?:1[^\D0]?|[2-9]\d?|1(?:[^\D2679]\d|2[^\D7]|6[^\D9]|7[^\D2]|9[^\D2])|2[01]\d|22[0-3])\.{_BYTE}",
    r"169\.(?:1?\d{1,2}|2[0-4]\d|25[0-35])",
    r"172\.(?:\d|1[^\D6-9]|3[^\D01]|[^\D123]\d|1\d\d|2[0-4]\d|25[0-5])",
    r"192\.(?:\d{1,2}|1(?:[^\D6]\d|6[^\D8])|2[0-4]\d|25[0-5])",
)
IP_ADDRESS = rf"(?:{'|'.join(_NETWORK)})\.{_BYTE}\.{_LAST}"

PORT = r":\d{2,5}"
PATH = r"[/?#]\S*"

URL_PATTERN = f"(?:{SCHEME})?(?:{USER})?(?:{IP_ADDRESS}|{DOMAIN})(?:{PORT})?(?:{PATH})?"

#: Whether the text as a whole is a URL, a host name or an e-mail address.
url_match = re.compile(URL_PATTERN).fullmatch
