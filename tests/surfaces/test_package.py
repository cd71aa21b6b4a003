"""What `import diptych` gives, and what it must not load."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest

import diptych

PINNED = [
    "AmbiguousTarget",
    "BrokenWeights",
    "Certificate",
    "DiptychError",
    "Document",
    "HistoryError",
    "InvalidPicture",
    "InvalidPlan",
    "MissingExtra",
    "NoFont",
    "NotUnderstood",
    "NotVerified",
    "Picture",
    "Plan",
    "Record",
    "Region",
    "Result",
    "SaveFailed",
    "Studio",
    "Target",
    "TargetNotFound",
    "Unsupported",
    "__version__",
]


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.splitlines()[-1].split())


def test_public_names_are_pinned() -> None:
    assert diptych.__all__ == PINNED
    assert dir(diptych) == PINNED


@pytest.mark.parametrize("name", PINNED)
def test_every_public_name_is_there(name: str) -> None:
    value = getattr(diptych, name)
    assert value == version("diptych") if name == "__version__" else value.__name__ == name


def test_every_error_of_the_tree_is_public() -> None:
    errors = [diptych.DiptychError]
    for error in errors:
        errors += error.__subclasses__()
    assert {error.__name__ for error in errors} <= set(PINNED)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Studios'"):
        _ = diptych.Studios  # type: ignore[attr-defined]


def test_importing_it_loads_nothing_heavy() -> None:
    assert not loaded_by("import diptych") & {"numpy", "cv2", "onnxruntime", "pydantic", "PIL", "typer"}


def test_the_studio_loads_no_engine_before_it_is_used() -> None:
    assert not loaded_by("import diptych; diptych.Studio") & {"onnxruntime", "torch", "rapidocr", "skimage"}


def test_help_loads_the_parser_alone() -> None:
    statement = (
        "from typer.testing import CliRunner; from diptych.cli.app import app; CliRunner().invoke(app, ['--help'])"
    )
    assert not loaded_by(statement) & {"numpy", "cv2", "onnxruntime", "pydantic", "PIL", "diptych.studio", "rich"}
