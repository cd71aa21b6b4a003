"""What can be given as a photo besides files and bytes: Pillow images, arrays, open files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol, Union

from diptych.core.document import Document
from diptych.core.errors import Bilingual, InvalidPicture
from diptych.core.picture import Picture
from diptych.result import Result

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image


class BinaryFile(Protocol):
    """Something open for reading bytes."""

    def read(self) -> bytes: ...


Photo = Union[
    str, "os.PathLike[str]", bytes, bytearray, BinaryFile, "Image", "NDArray[np.uint8]", Picture, Document, Result
]
"""What can be edited: a file, its bytes, an image in memory, or what went before."""

Known = Union[str, "os.PathLike[str]", bytes, Picture, Document, Result]


def received(photo: Photo) -> Known:
    """The photo as one of the types that the rooms know.

    Pillow images are turned upright and brought to sRGB as their file would be; arrays are H×W, H×W×3 (RGB) or
    H×W×4 (straight alpha) uint8. Raises InvalidPicture that names the type of anything else.
    """
    import numpy as np
    from PIL import Image

    if isinstance(photo, str | os.PathLike | bytes | Picture | Document | Result):
        return photo
    if isinstance(photo, bytearray | memoryview):
        return bytes(photo)
    if isinstance(photo, Image.Image):
        return _from_pillow(photo)
    if isinstance(photo, np.ndarray):
        return _from_array(photo)
    if hasattr(photo, "read"):
        content = photo.read()
        if isinstance(content, bytes):
            return content
        raise _refused("a file open as text", "以文本方式打开的文件")
    name = type(photo).__name__
    raise _refused(f"'{name}'", f"“{name}”")


def _from_array(array: NDArray[Any]) -> Picture:
    size = "×".join(str(length) for length in array.shape)
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.dtype != "uint8" or array.ndim not in (2, 3) or channels not in (1, 3, 4) or array.size == 0:
        raise _refused(f"an array of {size or 'no'} {array.dtype}", f"{size} {array.dtype} 的数组")
    return Picture.from_array(array[:, :, 0] if array.ndim == 3 and channels == 1 else array)


def _from_pillow(image: Image) -> Picture:
    from PIL import ImageOps

    from diptych.core.color_profile import to_srgb

    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        raise _refused(f"a Pillow image of mode '{image.mode}'", f"模式为“{image.mode}”的 Pillow 图片")
    profile = image.info.get("icc_profile")
    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
    elif image.mode not in ("L", "RGB", "CMYK"):
        image = image.convert("RGB")
    return Picture.from_array(to_srgb(image, profile))


def _refused(what: str, what_zh: str) -> InvalidPicture:
    return InvalidPicture(
        Bilingual(f"A photo can't be {what}.", f"照片不能是{what_zh}。"),
        Bilingual(
            "Give a file name, bytes, a file opened with 'rb', a Pillow image, a uint8 array (H×W×3, RGB), "
            "a Picture, a Document or a Result.",
            "请给出文件名、字节、以 'rb' 打开的文件、Pillow 图片、uint8 数组（H×W×3，RGB）、"
            "Picture、Document 或 Result。",
        ),
    )
