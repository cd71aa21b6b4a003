"""Draw docs/gallery/drawings.jpg: the first 64 wishes of the benchmark, English and Chinese in turn, none left out.

    python docs/drawings.py [OUT]

The wishes are written beside it, in drawings.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

from diptych import NotUnderstood, Picture, Studio
from diptych.evaluation.stickerbook import prompts
from diptych.painters.stickerbook import Stickerbook
from diptych.panels import contact_sheet

NUMBER, COLUMNS = 64, 8
HEAD = """# What the 64 drawings were asked for

By `python docs/drawings.py`; row by row, from the left: [the sheet]({sheet}).
"""


def main(out: Path) -> int:
    studio = Studio()
    pictures: list[Picture] = []
    lines = [HEAD.format(sheet=out.name)]
    for index, prompt in enumerate(prompts(Stickerbook().reader.known, NUMBER)):
        words = prompt.words["en" if index % 2 == 0 else "zh"]
        row, column = divmod(index, COLUMNS)
        if column == 0:
            lines.append(f"\nRow {row + 1}\n")
        try:
            pictures.append(studio.draw(words, seed=index).picture)
            lines.append(f"{column + 1}. {words}")
        except NotUnderstood as error:  # its place is white: nothing is left out
            pictures.append(pictures[0].with_pixels(pictures[0].pixels * 0 + 255))
            lines.append(f"{column + 1}. {words} — refused: {error}")
    contact_sheet(pictures, columns=COLUMNS).save(out)
    out.with_suffix(".md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "gallery" / "drawings.jpg"))
