"""Compile every .po file to the .mo file beside it: `make texts`."""

import io
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent.parent


def compile_all() -> None:
    """Write every compiled catalogue."""
    for path in ROOT.glob("[bfk]*/**/locales/*/LC_MESSAGES/*.po"):
        catalogue = read_po(io.BytesIO(path.read_bytes()), locale=path.parent.parent.name)
        with path.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, catalogue)


if __name__ == "__main__":
    compile_all()
