"""What matting learns from: photographs with masks, cut-out people and stickers before other scenery, all distorted at
random. Pure in the random generator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from diptych.core.errors import Bilingual, Unsupported
from diptych.evaluation.held_out import photo_is_held_out
from diptych.models.matting import GROUPS
from diptych.world.sprites import glyph

LABELS = {
    "hair": ("hair",),
    "skin": ("skin",),
    "top": (
        "blouse", "bodysuit", "bra", "cardigan", "hoodie", "jumper", "shirt", "sweater", "sweatshirt", "t-shirt", "top",
        "vest",
    ),
    "coat": ("blazer", "cape", "coat", "jacket", "suit"),
    "dress": ("dress", "romper"),
    "trousers": ("jeans", "leggings", "pants", "shorts"),
    "skirt": ("skirt",),
    "shoes": (
        "boots", "clogs", "flats", "heels", "loafers", "pumps", "sandals", "shoes", "sneakers", "wedges",
    ),
    "bag": ("bag", "purse", "wallet"),
    "hat": ("hat",),
    "glasses": ("glasses", "sunglasses"),
    "scarf": ("scarf",),
    "belt": ("belt",),
}  # fmt: skip
"""Group → the labels of Clothing Co-Parsing in it; what is in no group is "other"."""

SCENERY = tuple(
    """
    101027 117025 117054 118015 118020 118031 118035 118072 120003 120093 138032 138078 140055 140075 140088
    144067 145079 157036 161045 161062 166081 169012 17067 176019 176035 176039 176051 178054 187071 20008 201080
    207038 207049 2092 216066 217090 22013 22090 22093 223004 223060 227040 227046 228076 231015 232038 232076
    235098 238011 24004 24063 242078 249061 249087 25098 253036 254033 254054 257098 26031 27059 277095 28083
    28096 288024 296058 299091 301007 306051 311081 33044 33066 334025 346016 35091 36046 374020 374067 384022
    385022 385028 393035 45000 45077 46076 48017 48025 5096 54005 55067 59078 61034 65010 67079 68077 69000 69007
    71046 76002 78019 78098 79073 81095 87065 92014 92059 95006 97010 97017
    """.split()  # noqa: SIM905
)
"""Photographs of DATA/photos that show no person and no animal, found by looking: what cut-outs are put before."""

NOBODY = tuple(
    """
    100007 100039 100075 100080 100098 100099 10081 103006 103029 103041 103078 104010 104022 104055 105019 105027
    105053 106005 106020 106025 106047 107014 107045 107072 108004 108036 108041 108069 108073 109034 109055
    112056 112082 112090 113009 113016 113044 12003 12074 123057 124084 130014 130034 130066 134008 134049 134052
    134067 135037 135069 141012 141048 156054 157032 159002 159022 159029 159045 159091 160006 160067 16052 16068
    163004 163014 163062 163096 164046 164074 168084 173036 175083 183055 183066 183087 187039 196015 196027
    196040 196062 196088 2018 207056 208078 209021 209070 236017 247003 247012 247085 253016 253092 268002 268048
    268074 271031 28075 289011 29030 296028 306052 3063 309004 311068 314016 317043 317080 326025 326038 326085
    335088 335094 347031 35008 35010 35028 35049 35058 35070 353013 41004 41006 41025 41029 41085 41096 42044
    42078 43033 43051 43070 43083 49024 51084 6046 65132 66039 66075 69022 70011 70090 77062 8049 8068 80099 8143
    87015 94079 94095
    """.split()  # noqa: SIM905
)
"""Those with animals and things and no person: what they show is nobody's clothes, whatever its outline."""

FRAMES = ((320, 224), (224, 160))
"""Longer and shorter side of what is looked at: as photographs are looked at in use, and smaller, at half the cost."""


class Sample(NamedTuple):
    """picture  H×W×3 uint8
    alpha    H/2×W/2 float32 in 0..1
    groups   H/2×W/2 uint8: 0 is no part of a person, else 1 + the index into GROUPS
    labelled whether `groups` says which part; else any number above 0 only says that it is one
    outlined whether `alpha` is known
    """

    picture: np.ndarray
    alpha: np.ndarray
    groups: np.ndarray
    labelled: bool
    outlined: bool = True


class Photo(NamedTuple):
    """picture H×W×3 uint8, alpha H×W float32, groups H×W uint8 as above."""

    name: str
    picture: np.ndarray
    alpha: np.ndarray
    groups: np.ndarray


def group_table(labels: Sequence[str]) -> np.ndarray:
    """uint8 table from the numbers of a label map to groups; `labels` are their names, the first is the background."""
    held = {label: 1 + GROUPS.index(group) for group, members in LABELS.items() for label in members}
    other = 1 + GROUPS.index("other")
    return np.array([0, *(held.get(label, other) for label in labels[1:])], np.uint8)


def photos_of(data: Path, folder: str, *, held_out: bool) -> list[Photo]:
    """The photographs of DATA/people or DATA/fashion of one side of the split. Raises Unsupported if there are none."""
    paths = [path for path in sorted((data / folder).glob("*.jpg")) if photo_is_held_out(folder, path.stem) == held_out]
    if not paths:
        raise Unsupported(
            Bilingual(f"There are no photographs in {data / folder}.", f"{data / folder} 里没有照片。"),
            Bilingual("Say where the data is: --data DIR.", "请用 --data DIR 指定数据文件夹。"),
        )
    table = None
    if folder == "fashion":
        import json

        table = group_table(json.loads((data / folder / "labels.json").read_text(encoding="utf-8")))
    found = []
    for path in paths:
        picture = cv2.imread(str(path))[..., ::-1].copy()
        mask = cv2.imread(str(path.with_suffix(".png")), cv2.IMREAD_UNCHANGED)
        mask = mask[..., 0] if mask.ndim == 3 else mask
        if mask.shape != picture.shape[:2]:
            mask = cv2.resize(mask, picture.shape[1::-1], interpolation=cv2.INTER_NEAREST)
        groups = (mask > 127).astype(np.uint8) if table is None else table[mask]
        found.append(Photo(path.stem, picture, (groups > 0).astype(np.float32), groups))
    return found


def named_photos(data: Path, names: Sequence[str]) -> list[np.ndarray]:
    """Those of DATA/photos that are there, H×W×3 uint8. Raises Unsupported where none is."""
    paths = [path for name in names if (path := data / "photos" / f"{name}.jpg").is_file()]
    if not paths:
        raise Unsupported(
            Bilingual(
                f"{data / 'photos'} has none of the photographs by name: {', '.join(names[:3])}, …",
                f"{data / 'photos'} 里没有所需的照片：{'、'.join(names[:3])}……",
            ),
            Bilingual("Say where the data is: --data DIR.", "请用 --data DIR 指定数据文件夹。"),
        )
    return [cv2.imread(str(path))[..., ::-1].copy() for path in paths]


@dataclass
class Cutouts:
    """Samples of every kind. `data` holds people/, fashion/ and photos/; stickers are of the nouns `known`."""

    data: Path
    known: Sequence[str]
    font: Path

    @cached_property
    def people(self) -> list[Photo]:
        return photos_of(self.data, "people", held_out=False)

    @cached_property
    def fashion(self) -> list[Photo]:
        return photos_of(self.data, "fashion", held_out=False)

    @cached_property
    def scenery(self) -> list[np.ndarray]:
        return named_photos(self.data, SCENERY)

    @cached_property
    def nobody(self) -> list[Photo]:
        pictures = named_photos(self.data, NOBODY)
        empty = [np.zeros(picture.shape[:2], np.float32) for picture in pictures]
        return [
            Photo("", picture, alpha, alpha.astype(np.uint8)) for picture, alpha in zip(pictures, empty, strict=True)
        ]

    def sample(self, rng: np.random.Generator, height: int, width: int) -> Sample:
        """A distorted sample of height×width: of 34, 12 from fashion, 11 people, 5 of them before other scenery, 3
        stickers before scenery, 1 scenery alone, 2 animals and things."""
        kind = rng.integers(34)
        if kind < 23:
            photo = pick(rng, self.fashion if kind < 12 else self.people)
            sample = warped(rng, photo, height, width)._replace(labelled=kind < 12)
        elif kind < 28:
            fashion = kind < 26
            front = warped(rng, pick(rng, self.fashion if fashion else self.people), height, width)
            sample = before(rng, front._replace(labelled=fashion), self.background(rng, height, width))
        elif kind < 32:
            sample = self.stickers(rng, height, width, count=int(rng.integers(1, 4)) if kind < 31 else 0)
        else:
            sample = warped(rng, pick(rng, self.nobody), height, width)._replace(outlined=False)
        return sample._replace(picture=relit(rng, sample.picture))

    def background(self, rng: np.random.Generator, height: int, width: int) -> np.ndarray:
        """Scenery, sometimes out of focus."""
        picture = pick(rng, self.scenery)
        empty = np.zeros(picture.shape[:2], np.float32)
        seen = warped(
            rng, Photo("", picture, empty, empty.astype(np.uint8)), height, width, least=0.9, most=2.2
        ).picture
        return cv2.GaussianBlur(seen, (0, 0), float(rng.uniform(1, 5))) if rng.random() < 0.4 else seen

    def stickers(self, rng: np.random.Generator, height: int, width: int, count: int) -> Sample:
        """Things with an exact alpha before scenery; they are subjects, and no part of a person."""
        picture = self.background(rng, height, width).astype(np.float32)
        alpha = np.zeros((height, width), np.float32)
        for _ in range(count):
            color, mask = plain_sticker(pick(rng, self.known), self.font)
            side = int(min(height, width) * rng.uniform(0.25, 0.8))
            turn = cv2.getRotationMatrix2D(
                (mask.shape[1] / 2, mask.shape[0] / 2), float(rng.uniform(-40, 40)), side / mask.shape[0]
            )
            turn[:, 2] += rng.uniform(0.2, 0.8, 2) * (width, height) - (mask.shape[1] / 2, mask.shape[0] / 2)
            color, mask = (
                cv2.warpAffine(layer, turn, (width, height), flags=cv2.INTER_AREA) for layer in (color, mask)
            )
            picture = picture * (1 - mask[..., None]) + color
            alpha = np.maximum(alpha, mask)
        half = cv2.resize(alpha, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        return Sample(np.clip(picture, 0, 255).astype(np.uint8), half, np.zeros(half.shape, np.uint8), True)


def plain_sticker(noun: str, font: Path) -> tuple[np.ndarray, np.ndarray]:
    """A glyph at its full size: its colour premultiplied by alpha, H×W×3 float32 0..255, and alpha, H×W float32
    0..1."""
    rgba = glyph(noun, font)
    alpha = rgba[..., 3].astype(np.float32) / 255
    return rgba[..., :3] * alpha[..., None], alpha


def pick(rng: np.random.Generator, among: Sequence) -> object:  # type: ignore[type-arg]
    return among[int(rng.integers(len(among)))]


def warped(
    rng: np.random.Generator, photo: Photo, height: int, width: int, least: float = 0.6, most: float = 1.7
) -> Sample:
    """A part of a photograph, height×width, turned by up to 15°, half of the time mirrored. `least` and `most`: the
    scale against the whole photograph as large as the frame."""
    rows, columns = photo.picture.shape[:2]
    whole, cover = max(height, width) / max(rows, columns), max(height / rows, width / columns)
    low = max(least * whole, 0.85 * cover)  # beyond the frame it is mirrored: not much of that
    scale = float(np.exp(rng.uniform(np.log(low), np.log(max(most * whole, 1.25 * low)))))
    angle = float(rng.normal(0, 6)) if rng.random() < 0.7 else 0.0
    turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), float(np.clip(angle, -15, 15)), scale)
    slack = np.maximum(np.array([columns, rows]) * scale - (width, height), 0) / 2
    turn[:, 2] += (width / 2 - columns / 2, height / 2 - rows / 2)
    turn[:, 2] += rng.uniform(-1, 1, 2) * (slack + 0.06 * width)
    if rng.random() < 0.5:
        turn[0] = -turn[0]
        turn[0, 2] += width - 1
    half = turn * 0.5
    half[:, 2] -= 0.25
    filter_ = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    picture = cv2.warpAffine(photo.picture, turn, (width, height), flags=filter_, borderMode=cv2.BORDER_REFLECT_101)
    size = (width // 2, height // 2)
    alpha = cv2.warpAffine(photo.alpha, half, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    groups = cv2.warpAffine(photo.groups, half, size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT_101)
    return Sample(picture, alpha, groups, True)


def before(rng: np.random.Generator, front: Sample, background: np.ndarray) -> Sample:
    """The subject of `front` before another background, its border softened."""
    height, width = background.shape[:2]
    alpha = cv2.GaussianBlur(cv2.resize(front.alpha, (width, height)), (0, 0), float(rng.uniform(0.6, 1.4)))[..., None]
    picture = front.picture * alpha + background * (1 - alpha)
    return front._replace(picture=picture.astype(np.uint8))


def relit(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Another light, exposure and colour; now and then grey, blurred, noisy, or compressed."""
    result = picture.astype(np.float32) / 255
    result = result ** float(np.exp(rng.normal(0, 0.25)))
    result = (result - 0.5) * float(rng.uniform(0.7, 1.3)) + 0.5 + float(rng.uniform(-0.12, 0.12))
    grey = result.mean(-1, keepdims=True)
    saturation = 0.0 if rng.random() < 0.08 else float(rng.uniform(0.5, 1.5))
    result = (grey + (result - grey) * saturation) * rng.uniform(0.88, 1.12, 3).astype(np.float32)
    if rng.random() < 0.15:
        result = cv2.GaussianBlur(result, (0, 0), float(rng.uniform(0.5, 1.5)))
    if rng.random() < 0.2:
        result = result + rng.standard_normal(result.shape, dtype=np.float32) * float(rng.uniform(0.01, 0.06))
    result = (np.clip(result, 0, 1) * 255).astype(np.uint8)
    if rng.random() < 0.2:
        packed = cv2.imencode(".jpg", result, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 90))])[1]
        result = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    return result
