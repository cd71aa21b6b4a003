"""The command line: parse, one library call, render. `main` is the entry point."""

from diptych.cli.app import main

__all__ = ["main"]
