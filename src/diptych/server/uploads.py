"""Pictures out of requests: files of a form, data URLs, and URLs of hosts that the user allowed. All within limits."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from starlette.datastructures import FormData, UploadFile

from diptych.core.errors import Bilingual, InvalidPicture
from diptych.core.picture import Picture
from diptych.server.refused import Refused, wrong
from diptych.server.settings import Settings

_UNSAFE = re.compile(r"[^\w.\- ]+")
_LONGEST_NAME = 100


@dataclass(frozen=True)
class Upload:
    """A picture's bytes under the name that words may call it by ("put logo.png in the corner")."""

    name: str
    data: bytes

    def picture(self, pixels: int) -> Picture:
        """Decoded; no path or name of the server's is in its errors. Raises InvalidPicture."""
        return Picture.from_bytes(self.data, self.name, max_pixels=pixels)


@dataclass(frozen=True)
class Form:
    """A multipart form, its files apart from its other fields."""

    fields: dict[str, str]
    pictures: tuple[Upload, ...]
    mask: Upload | None


async def read_form(form: FormData, settings: Settings, names: Sequence[str]) -> Form:
    """`image` (several: `image[]`), `mask`, and other fields, whose names must be among `names`. Raises Refused."""
    fields: dict[str, str] = {}
    pictures: list[Upload] = []
    mask: Upload | None = None
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            upload = Upload(safe_name(value.filename or "", len(pictures)), await value.read())
            if name in ("image", "image[]"):
                pictures.append(upload)
            elif name == "mask" and "mask" in names and mask is None:
                mask = upload
            else:
                raise wrong(
                    name[:80], f"A file as '{name[:80]}' means nothing here.", f"这里不接受名为“{name[:80]}”的文件。"
                )
        elif name in ("image", "image[]", "mask"):
            raise wrong(name, f"'{name}' is no file.", f"“{name}”不是文件。", "invalid_picture")
        elif name in fields:
            raise wrong(name[:80], f"'{name[:80]}' is said twice.", f"“{name[:80]}”出现了两次。")
        else:
            fields[name] = value
    most = settings.limits.pictures
    if not 1 <= len(pictures) <= most:
        raise wrong("image", f"{len(pictures)} pictures were sent; 1 to {most} can be.",
                    f"收到 {len(pictures)} 张图片，应为 1 到 {most} 张。")  # fmt: skip
    return Form(fields, tuple(pictures), mask)


def safe_name(said: str, number: int) -> str:
    """The last part of a file's name, of letters, digits, dots, dashes and spaces; "image-2" where nothing is left."""
    last = PurePosixPath(said.replace("\\", "/")).name
    kept = _UNSAFE.sub("_", last).strip(" .")[-_LONGEST_NAME:]
    return kept or f"image-{number + 1}"


def from_url(url: str, settings: Settings, number: int = 0) -> Upload:
    """The picture of a data URL, or of one of the hosts that may be fetched from. Raises Refused, InvalidPicture."""
    if url.startswith("data:"):
        return Upload(f"image-{number + 1}", _from_data_url(url))
    return Upload(f"image-{number + 1}", _fetched(url, settings))


def _from_data_url(url: str) -> bytes:
    head, comma, coded = url.partition(",")
    if not comma or not head.endswith(";base64"):
        raise InvalidPicture(
            Bilingual("A data URL that isn't base64 holds no picture.", "不是 base64 的 data URL 里没有图片。"),
            Bilingual("Send data:image/png;base64,….", "请发送 data:image/png;base64,…。"),
        )
    try:
        return base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidPicture(
            Bilingual("The data URL's base64 is broken.", "data URL 的 base64 编码已损坏。"),
            Bilingual("Encode the file's bytes again.", "请重新编码文件内容。"),
        ) from error


def _fetched(url: str, settings: Settings) -> bytes:
    """GET it, without following it elsewhere, and no more of it than a request may hold."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or parts.hostname not in settings.hosts:
        raise Refused(400, Bilingual(
            "This server fetches no pictures from there. Send the picture itself: data:image/png;base64,….",
            "本服务不从该网址获取图片。请直接发送图片内容：data:image/png;base64,…。",
        ), "url_not_allowed", "image_url")  # fmt: skip
    import httpx2

    content = bytearray()
    try:
        with httpx2.stream("GET", url, timeout=20.0, follow_redirects=False) as answer:
            if answer.status_code != 200:
                raise _not_fetched(f"status {answer.status_code}")
            for part in answer.iter_bytes():
                content += part
                if len(content) > settings.limits.bytes:
                    raise _not_fetched(f"more than {settings.limits.megabytes:g} MB")
    except httpx2.HTTPError as error:
        raise _not_fetched(type(error).__name__) from error
    return bytes(content)


def _not_fetched(reason: str) -> Refused:
    told = Bilingual(f"The picture could not be fetched: {reason}.", f"无法获取图片：{reason}。")
    return Refused(400, told, "not_fetched", "image_url")


def write_all(uploads: Sequence[Upload], folder: Path) -> None:
    """Where the words find them by their names; of equal names the first stays."""
    for upload in uploads:
        place = folder / upload.name
        if not place.exists():
            place.write_bytes(upload.data)
