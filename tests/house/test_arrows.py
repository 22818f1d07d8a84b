"""Who may know whom, read from the imports themselves."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("bot", "flows", "knowledge", "booking")
MAY_IMPORT = {
    "bot": {"bot", "flows", "knowledge", "booking"},
    "flows": {"flows", "knowledge", "booking"},
    "knowledge": {"knowledge"},
    "booking": {"booking"},
}
FENCES = {
    "telegram": ("bot/channels/telegram.py",),
    "twilio": ("bot/channels/twilio_sms.py",),
    "rapidfuzz": ("knowledge/",),
    "lingua": ("knowledge/",),
    "sklearn": ("knowledge/",),
    "fastapi": ("bot/", "knowledge/admin/", "booking/portal/"),
    "starlette": ("bot/", "knowledge/admin/", "booking/portal/"),
}
LONGEST_FILE = 400


def files(*packages: str) -> list[Path]:
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def forbidden_arrows(path: Path, package: str) -> list[str]:
    return [
        name for name in imported(path) if (top := name.split(".")[0]) in PACKAGES and top not in MAY_IMPORT[package]
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_nobody_imports_upward_or_sideways(package: str) -> None:
    found = {str(path): wrong for path in files(package) if (wrong := forbidden_arrows(path, package))}
    assert found == {}


def test_a_planted_upward_import_is_caught(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("from bot.house import House\n", encoding="utf-8")
    assert forbidden_arrows(planted, "flows")


def test_libraries_stay_behind_their_fences() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in files(*PACKAGES)
        for name in imported(path)
        for library, places in FENCES.items()
        if name.split(".")[0] == library and not str(path.relative_to(ROOT)).startswith(places)
    ]
    assert found == []


def test_conversations_do_not_import_each_other_in_a_circle() -> None:
    assert find_circle(graph()) == []


def graph() -> dict[str, set[str]]:
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in files(*PACKAGES)}
    return {
        name: {other for other in imported(path) if other in modules and other != name}
        for name, path in modules.items()
    }


def find_circle(edges: dict[str, set[str]]) -> list[str]:
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done:
            return []
        for other in sorted(edges[name]):
            if circle := walk(other, [*way, name]):
                return circle
        done.add(name)
        return []

    return next((circle for name in sorted(edges) if (circle := walk(name, []))), [])


def test_a_planted_circle_is_caught() -> None:
    assert find_circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]


def test_no_room_is_larger_than_four_hundred_lines() -> None:
    code = [path for path in files(*PACKAGES, "tests") if "migrations" not in path.parts]
    assert [str(path) for path in code if len(path.read_text("utf-8").splitlines()) > LONGEST_FILE] == []


def test_every_folder_of_code_is_a_package_and_nothing_else_stands_at_the_top() -> None:
    folders = {path.parent for path in files(*PACKAGES, "tests")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []
    top = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith((".", "__"))}
    assert top - {"var"} <= {*PACKAGES, "tests", "docs"}
