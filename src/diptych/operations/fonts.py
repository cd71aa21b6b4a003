"""Finding a font on this system that has the glyphs, and splitting a text into runs of one font each.

Fonts are chosen by the characters that they cover (`sfnt`), never by a fixed path. What Pillow carries (Aileron, basic
Latin) comes first for plain sans-serif Latin, so that English looks the same on every machine, a bare one included.
`DIPTYCH_FONT` (one or more font files, separated like PATH) goes before everything for the characters it has.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from diptych.core.errors import Bilingual, NoFont, shorten
from diptych.operations.scripts import Script, bare, clusters, script_of
from diptych.operations.sfnt import Face, faces_of, read_faces

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

FONT_VARIABLE = "DIPTYCH_FONT"


@dataclass(frozen=True)
class Style:
    """The look that is wanted; a wish, not a condition: having the glyphs comes first."""

    bold: bool = False
    serif: bool = False


@dataclass(frozen=True)
class Run:
    """A piece of one line that one face draws."""

    text: str
    face: Face


# Families in order of preference: (name, how its files' names begin, lower case without punctuation).
_SANS = (
    ("Helvetica", "helvetica"), ("Arial", "arial"), ("Segoe UI", "segoeui"), ("Inter", "inter"),
    ("Noto Sans", "notosans"), ("Open Sans", "opensans"), ("Roboto", "roboto"),
    ("Liberation Sans", "liberationsans"), ("Noto Sans CJK SC", "notosanscjk"), ("DejaVu Sans", "dejavusans"),
    ("FreeSans", "freesans"),
)  # fmt: skip
_SERIF = (
    ("Times New Roman", "times"), ("Times", "times"), ("Georgia", "georgia"), ("Noto Serif", "notoserif"),
    ("Liberation Serif", "liberationserif"), ("Noto Serif CJK SC", "notoserifcjk"), ("DejaVu Serif", "dejavuserif"),
    ("FreeSerif", "freeserif"),
)  # fmt: skip
_HAN_SANS = (
    ("Noto Sans CJK SC", "notosanscjk"), ("Noto Sans SC", "notosanssc"), ("Source Han Sans SC", "sourcehansans"),
    ("Source Han Sans CN", "sourcehansans"), ("PingFang SC", "pingfang"), ("Microsoft YaHei", "msyh"),
    ("Hiragino Sans GB", "hiraginosansgb"), ("WenQuanYi Zen Hei", "wqyzenhei"), ("WenQuanYi Micro Hei", "wqymicrohei"),
    ("Heiti SC", "stheiti"), ("SimHei", "simhei"), ("Droid Sans Fallback", "droidsansfallback"),
)  # fmt: skip
_HAN_SERIF = (
    ("Noto Serif CJK SC", "notoserifcjk"), ("Noto Serif SC", "notoserifsc"), ("Source Han Serif SC", "sourcehanserif"),
    ("Songti SC", "songti"), ("SimSun", "simsun"),
)  # fmt: skip
_KANA = (
    ("Noto Sans CJK JP", "notosanscjk"), ("Noto Sans JP", "notosansjp"), ("Hiragino Sans", "hiragino"),
    ("Yu Gothic", "yugoth"), ("Meiryo", "meiryo"), ("MS Gothic", "msgothic"),
)  # fmt: skip
_HANGUL = (
    ("Noto Sans CJK KR", "notosanscjk"), ("Noto Sans KR", "notosanskr"), ("Apple SD Gothic Neo", "applesdgothicneo"),
    ("Malgun Gothic", "malgun"), ("NanumGothic", "nanumgothic"),
)  # fmt: skip
_EMOJI = (
    ("Apple Color Emoji", "applecoloremoji"), ("Noto Color Emoji", "notocoloremoji"), ("Segoe UI Emoji", "seguiemj"),
    ("Twemoji Mozilla", "twemoji"),
)  # fmt: skip

_EAST_ASIAN: tuple[Script, ...] = ("kana", "hangul")

_PACKAGES: dict[Script, str] = {
    "han": "fonts-noto-cjk",
    "kana": "fonts-noto-cjk",
    "hangul": "fonts-noto-cjk",
    "emoji": "fonts-noto-color-emoji",
    "latin": "fonts-noto-core",
    "other": "fonts-noto-core",
}


def font_folders(environ: Mapping[str, str], platform: str) -> tuple[Path, ...]:
    """Where fonts are kept, the user's own first. `platform` as in sys.platform."""
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or Path.home())
    if platform == "win32":
        local = Path(environ.get("LOCALAPPDATA", home / "AppData" / "Local"))
        return (local / "Microsoft" / "Windows" / "Fonts", Path(environ.get("WINDIR", "C:/Windows")) / "Fonts")
    if platform == "darwin":
        assets = Path("/System/Library/AssetsV2")
        return (
            home / "Library" / "Fonts",
            Path("/Library/Fonts"),
            Path("/System/Library/Fonts"),
            *sorted(assets.glob("com_apple_MobileAsset_Font*")),
        )
    own = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    shared = (environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    return (
        home / ".fonts",
        own / "fonts",
        *(Path(folder) / "fonts" for folder in shared if folder),
        Path("/run/current-system/sw/share/X11/fonts"),
    )


@cache
def font_files(folders: tuple[Path, ...]) -> tuple[Path, ...]:
    """Every font file below the folders, in a fixed order; looked for once a process."""
    found = []
    for folder in folders:
        for root, names, files in os.walk(folder):
            names.sort()
            found += [Path(root, name) for name in sorted(files) if name.lower().endswith((".ttf", ".otf", ".ttc"))]
    return tuple(dict.fromkeys(found))


@cache
def bundled_face() -> Face:
    """Aileron Regular's basic Latin, which Pillow carries."""
    from PIL import ImageFont

    source = ImageFont.load_default(16)
    data = (
        source.path.getvalue()
        if isinstance(source, ImageFont.FreeTypeFont) and isinstance(source.path, BytesIO)
        else b""
    )
    faces = read_faces(memoryview(data), None)
    return faces[0] if faces else Face(None, 0, "")


@lru_cache(maxsize=256)
def load(face: Face, size: int) -> FreeTypeFont:
    """The face at `size` pixels per em (a colour bitmap face: at its strike, whatever `size` says)."""
    from PIL import ImageFont

    if face.path is None:
        bundled = ImageFont.load_default(size)
        assert isinstance(bundled, ImageFont.FreeTypeFont)
        return bundled
    return ImageFont.truetype(str(face.path), face.strike or size, index=face.index)


@dataclass(frozen=True, eq=False)
class FontSet:
    """The faces that one text is set in, so that all its lines look alike. Made by `choose_fonts`."""

    faces: Mapping[Script, tuple[Face, ...]]

    def runs(self, line: str) -> list[Run]:
        """One line → runs, each in a face that has all its characters; NoFont names those that none has."""
        runs: list[Run] = []
        missing: list[tuple[str, Script]] = []
        for cluster, is_emoji in clusters(line):
            face, script = self._face_for(cluster, is_emoji, runs[-1].face if runs else None)
            if face is None:
                missing.append((cluster, script))
            elif runs and runs[-1].face is face:
                runs[-1] = Run(runs[-1].text + cluster, face)
            else:
                runs.append(Run(cluster, face))
        if missing:
            raise _no_font(missing)
        return runs

    def _face_for(self, cluster: str, is_emoji: bool, last: Face | None) -> tuple[Face | None, Script]:
        needed = bare(cluster)
        script = "emoji" if is_emoji else script_of(cluster[0])
        if last and (not needed or (script is None and not last.color and last.has(needed))):
            return last, script or "latin"
        faces = self.faces.get(script or "latin", ())
        return next((face for face in faces if face.has(needed)), None), script or "latin"


def choose_fonts(text: str, style: Style = Style()) -> FontSet:
    """The faces for a text: for each script in it one that has all its characters, or as few as it takes.

    Raises NoFont that names the missing characters and the package that has them.
    """
    wanted: dict[Script, str] = {"latin": " "}
    for cluster, is_emoji in clusters(text):
        script = "emoji" if is_emoji else script_of(cluster[0]) or "latin"
        wanted[script] = wanted.get(script, "") + bare(cluster)
    own = next((script for script in _EAST_ASIAN if script in wanted and "han" in wanted), None)
    if own:  # Japanese and Korean texts take their Han characters from their own fonts
        wanted[own] += wanted.pop("han")
    faces = {script: tuple(_covering(frozenset(needed), script, style)) for script, needed in wanted.items()}
    fonts = FontSet({**faces, "han": faces[own]} if own else faces)
    fonts.runs(text.replace("\n", " "))
    return fonts


def candidates(script: Script, style: Style) -> Iterator[Face]:
    """Faces worth trying for a script, best first: the user's, the bundled, the preferred families, then all others."""
    yield from _override(os.environ.get(FONT_VARIABLE, ""))
    if script in ("latin", "emoji", "other") and not style.serif and not (style.bold and script == "latin"):
        yield bundled_face()
    folders = font_folders(os.environ, sys.platform)
    yield from _preferred(script, style, folders)
    yield bundled_face()
    yield from _others(script, style, folders)


def _covering(characters: frozenset[str], script: Script, style: Style) -> tuple[Face, ...]:
    """Few faces that together have all `characters`: a single one when there is such a face."""
    every, pool = "".join(characters), []
    for face in candidates(script, style):
        if face.has(every):
            return (face,)
        if any(face.has(character) for character in characters):
            pool.append(face)
    return tuple(pool)


@lru_cache(maxsize=8)
def _override(setting: str) -> tuple[Face, ...]:
    faces: list[Face] = []
    for name in filter(None, setting.split(os.pathsep)):
        found = faces_of(Path(name).expanduser())
        if not found:
            raise NoFont(
                Bilingual(
                    f"{FONT_VARIABLE} names “{shorten(name)}”, which is not a font file that can be read.",
                    f"环境变量 {FONT_VARIABLE} 指定的“{shorten(name)}”不是可读取的字体文件。",
                ),
                Bilingual(
                    f"Point {FONT_VARIABLE} to a .ttf, .otf or .ttc file, or unset it.",
                    f"请把 {FONT_VARIABLE} 设为 .ttf、.otf 或 .ttc 文件，或者取消该变量。",
                ),
            )
        faces += found
    return tuple(faces)


@lru_cache(maxsize=32)
def _families(script: Script, style: Style) -> tuple[tuple[str, str], ...]:
    if script == "emoji":
        return _EMOJI + _SANS
    if script in ("kana", "hangul"):
        return (_KANA if script == "kana" else _HANGUL) + _HAN_SANS
    sans, serif = (_HAN_SANS, _HAN_SERIF) if script == "han" else (_SANS, _SERIF)
    return serif + sans if style.serif else sans + serif


@lru_cache(maxsize=32)
def _preferred(script: Script, style: Style, folders: tuple[Path, ...]) -> tuple[Face, ...]:
    """The faces of the preferred families that this system has, in order, the nearest in style first."""
    order: dict[str, int] = {}
    for family, _ in _families(script, style):
        order.setdefault(family, len(order))

    def rank(face: Face) -> tuple[int, bool, bool, int]:
        return (order[face.family], face.slanted, face.narrow, abs(face.weight - (700 if style.bold else 400)))

    named = [face for path in _likely_files(script, style, folders) for face in faces_of(path)]
    return tuple(sorted((face for face in named if face.family in order), key=rank))


def _others(script: Script, style: Style, folders: tuple[Path, ...]) -> Iterator[Face]:
    """All that is left, read one file at a time: this is reached only when no preferred family has the glyphs."""
    known = {id(face) for face in _preferred(script, style, folders)}
    for path in font_files(folders):
        yield from (face for face in faces_of(path) if id(face) not in known)


def _likely_files(script: Script, style: Style, folders: tuple[Path, ...]) -> list[Path]:
    prefixes = tuple(prefix for _, prefix in _families(script, style))
    return [path for path in font_files(folders) if re.sub(r"[^a-z0-9]", "", path.stem.lower()).startswith(prefixes)]


def _no_font(missing: Sequence[tuple[str, Script]]) -> NoFont:
    characters = "".join(dict.fromkeys(cluster for cluster, _ in missing))
    packages = " ".join(dict.fromkeys(_PACKAGES[script] for _, script in missing))
    return NoFont(
        Bilingual(
            f"No font on this system has these characters: {shorten(characters)}",
            f"系统中没有字体包含这些字符：{shorten(characters)}",
        ),
        Bilingual(
            f"Install one, for example: apt install {packages} (or set {FONT_VARIABLE} to a font file that has them).",
            f"请安装字体，例如：apt install {packages}（或把 {FONT_VARIABLE} 设为包含它们的字体文件）。",
        ),
    )
