"""Which files go in, and where each result goes."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from diptych.cli.speech import WrongCall

STANDARD = "-"
"""As an input: stdin. As an output: stdout."""


def expand(arguments: Sequence[str]) -> list[str]:
    """Inputs in order: globs that the shell left alone are expanded here, folders stay (and fail by name).

    Raises typer.BadParameter for a glob that matches nothing.
    """
    # os.path rather than pathlib: it answers False for what can't be a file name at all.
    inputs: list[str] = []
    for argument in arguments:
        if argument == STANDARD or os.path.exists(argument) or not glob.has_magic(argument):
            inputs.append(argument)
            continue
        matches = sorted(path for path in glob.glob(argument, recursive=True) if os.path.isfile(path))
        if not matches:
            raise WrongCall(f"no file matches {argument!r}", f"没有文件符合 {argument!r}")
        inputs.extend(matches)
    return inputs


@dataclass(frozen=True)
class Outputs:
    """Where results go: `to` is None (beside the input), "-", a file, a folder or a template with {stem} {suffix}.

    in_place   the result replaces its input
    """

    to: str | None = None
    in_place: bool = False

    @property
    def is_folder(self) -> bool:
        return self.to is not None and (self.to.endswith(("/", "\\")) or os.path.isdir(self.to))

    @property
    def is_template(self) -> bool:
        return self.to is not None and "{" in self.to

    def path_for(self, source: str, number: int = 1, *, needs_alpha: bool = False) -> Path | None:
        """The file that the result of `source` goes to; None is stdout.

        A result with transparency whose input can't hold any (a JPEG) goes to a .png, unless a file was named.
        """
        if self.in_place:
            return Path(source)
        if self.to == STANDARD or (self.to is None and source == STANDARD):
            return None
        original = Path("stdin.png") if source == STANDARD else Path(source)
        if needs_alpha and original.suffix.lower() in (".jpg", ".jpeg", ".bmp"):
            original = original.with_suffix(".png")
        if self.to is None:
            return original.with_name(f"{original.stem}_edited{original.suffix}")
        if self.is_folder:
            return Path(self.to) / original.name
        if self.is_template:
            named = {"stem": original.stem, "suffix": original.suffix, "name": original.name, "number": number}
            return Path(self.to.format(**named))
        return Path(self.to)

    def check(self, inputs: Sequence[str]) -> None:
        """Raises typer.BadParameter where results would overwrite their inputs or each other."""
        if self.in_place and self.to is not None:
            raise WrongCall("--in-place and --output exclude each other", "--in-place 与 --output 不能同时使用")
        if self.in_place and STANDARD in inputs:
            raise WrongCall("--in-place needs files, not stdin", "--in-place 需要文件，不能用标准输入")
        if self.is_template:
            self._check_template()
        if len(inputs) > 1 and self.to is not None and not (self.is_folder or self.is_template):
            raise WrongCall(
                f"{len(inputs)} inputs need a folder or a template for --output, such as 'out/' or "
                f"'{{stem}}_edit{{suffix}}'; got {self.to!r}",
                f"有 {len(inputs)} 个输入时，--output 应为文件夹或模板，例如 'out/' 或 "
                f"'{{stem}}_edit{{suffix}}'；得到 {self.to!r}",
            )
        targets = [self.path_for(source, number) for number, source in enumerate(inputs, 1)]
        if None in targets and sys.stdout.isatty():
            raise WrongCall(
                "a picture can't be printed in a terminal; name a file with --output",
                "图片不能输出到终端；请用 --output 指定文件",
            )
        if self.in_place:
            return
        seen: set[Path] = set()
        sources = {Path(source).resolve() for source in inputs if source != STANDARD}
        for path in targets:
            if path is None:
                continue
            if path.resolve() in sources:
                raise WrongCall(
                    f"{path} is an input; say --in-place if it may be overwritten",
                    f"{path} 是输入文件；若可以覆盖，请加 --in-place",
                )
            if path.resolve() in seen:
                raise WrongCall(
                    f"two results would go to {path}; use {{stem}} or {{number}} in --output",
                    f"两个结果都会写到 {path}；请在 --output 里用 {{stem}} 或 {{number}}",
                )
            seen.add(path.resolve())

    def _check_template(self) -> None:
        try:
            str(self.to).format(stem="x", suffix=".x", name="x.x", number=1)
        except (KeyError, IndexError, ValueError) as error:
            raise WrongCall(
                f"a template for --output knows {{stem}} {{suffix}} {{name}} {{number}}; got {self.to!r}",
                f"--output 的模板只认 {{stem}} {{suffix}} {{name}} {{number}}；得到 {self.to!r}",
            ) from error
