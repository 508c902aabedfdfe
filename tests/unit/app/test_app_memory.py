"""What the app keeps in memory: by a full key, bounded, never by accident."""

import ast
from pathlib import Path

APP = Path(__file__).resolve().parents[3] / "app"
Function = ast.FunctionDef | ast.AsyncFunctionDef


def remembered() -> list[tuple[str, Function, ast.expr]]:
    """Every function of the app whose answers are kept, with the decorator that keeps them."""
    found = []
    for path in sorted(APP.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, Function):
                for decorator in node.decorator_list:
                    called = decorator.func if isinstance(decorator, ast.Call) else decorator
                    if ast.unparse(called).rpartition(".")[2] in (
                        "cache", "lru_cache", "cache_data", "cache_resource", "cached_property"
                    ):  # fmt: skip
                        found.append((f"{path.name}:{node.name}", node, decorator))
    return found


def test_answers_are_kept_by_a_key_of_door_and_publication_only() -> None:
    # Any other argument would either widen the key by accident or be left out of it unseen.
    assert len(remembered()) >= 5
    for name, function, _ in remembered():
        first, *others = [argument.arg for argument in function.args.args]
        assert first == "key", name
        assert all(other.startswith("_") for other in others), name


def test_memory_is_bounded_in_number_and_time() -> None:
    for name, _, decorator in remembered():
        assert isinstance(decorator, ast.Call), name
        assert {"max_entries", "ttl"} <= {keyword.arg for keyword in decorator.keywords}, name
