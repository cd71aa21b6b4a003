"""Which characters belong together, and which script's fonts draw them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

Script = Literal["latin", "han", "kana", "hangul", "emoji", "other"]

# Unicode's Emoji_Presentation (UTS #51) above the BMP as its blocks, in the BMP one by one; sequences after its ED-16.
_PICTOGRAPH = (
    "[\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd"
    "\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2755"
    "\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55\U0001f000-\U0001f0ff\U0001f18e\U0001f191-\U0001f19a"
    "\U0001f201-\U0001f265\U0001f300-\U0001faff]"
)
_MODIFIERS = "[\U0001f3fb-\U0001f3ff\ufe0f\U000e0020-\U000e007f]*"
_EMOJI_CLUSTER = (
    f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|"
    f"(?:{_PICTOGRAPH}|[^\\W\\d_]?.\ufe0f){_MODIFIERS}(?:\u200d.{_MODIFIERS})*"
)
_CLUSTER = re.compile(f"({_EMOJI_CLUSTER})|.[\u0300-\u036f\u200c\u200d\ufe00-\ufe0e]*", re.DOTALL)
_IGNORABLE = re.compile("[\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff\u00ad\U000e0020-\U000e007f]")


def clusters(text: str) -> Iterator[tuple[str, bool]]:
    """(what the reader sees as one character, whether it is an emoji), in order."""
    for match in _CLUSTER.finditer(text):
        yield match.group(), match.group(1) is not None


def bare(cluster: str) -> str:
    """Without the joiners, selectors and tags that need no glyph of their own."""
    return _IGNORABLE.sub("", cluster)


def script_of(character: str) -> Script | None:
    """Which fonts to look in for a character; None when any will do (spaces, digits, ASCII punctuation)."""
    code = ord(character)
    if character.isspace() or (code < 0x80 and not character.isalpha()):
        return None
    if code < 0x0590 or 0x1E00 <= code < 0x2400 or 0xFB00 <= code < 0xFB07:
        return "latin"
    if 0x3040 <= code < 0x3100 or 0xFF66 <= code < 0xFFA0:
        return "kana"
    if 0x1100 <= code < 0x1200 or 0x3130 <= code < 0x3190 or 0xAC00 <= code < 0xD7B0:
        return "hangul"
    if 0x2E80 <= code < 0xA4D0 or 0xF900 <= code < 0xFB00 or 0xFE30 <= code < 0xFFF0 or 0x20000 <= code < 0x40000:
        return "han"
    return "other"
