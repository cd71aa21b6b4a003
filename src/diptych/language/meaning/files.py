"""Picture files that an instruction names in quotation marks."""

from __future__ import annotations

import re

from diptych.language.frame import Frame

_PICTURE_FILE = re.compile(r"[\w./~-]+\.(?:png|jpe?g|webp|tiff?|bmp|gif)\b", re.IGNORECASE)


def picture_file(frame: Frame) -> str | None:
    """ "use 'beach.jpg' as the background", 换成“海滩.png”: the file's name as it was quoted."""
    return next((quote for quote in frame.all.quotes if _PICTURE_FILE.fullmatch(quote)), None)
