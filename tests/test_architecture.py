"""The floors of docs/architecture.md, and what no line of the package may do."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "attnviz"


def check_contracts(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as main; main()", "--no-cache"]
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)


@pytest.fixture
def copied(tmp_path) -> Path:
    shutil.copytree(PACKAGE, tmp_path / "attnviz", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


def test_imports_keep_to_the_contracts():
    done = check_contracts(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Contracts: 4 kept, 0 broken", done.stdout)


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("records.py", "import attnviz.layers", "Imports go down the floors"),
        ("sequences/encoding.py", "from attnviz.models import card", "Imports go down the floors"),
        ("analysis/statistics.py", "from attnviz.views import matrix", "Imports go down the floors"),
        ("explaining/__init__.py", "import attnviz.records", "Imports go down the floors"),  # no room of the house
        ("records.py", "import keras", "Keras and TensorFlow stay in the rooms that run models"),
        ("analysis/statistics.py", "import tensorflow", "Keras and TensorFlow stay in the rooms that run models"),
        ("app/main.py", "from keras import ops", "Keras and TensorFlow stay in the rooms that run models"),
        ("models/card.py", "import streamlit", "Streamlit stays in app and components"),
        ("views/__init__.py", "import plotly.graph_objects", "Plotly and matplotlib stay in render"),
        ("app/main.py", "def late():\n    import matplotlib.pyplot", "Plotly and matplotlib stay in render"),
    ],
)
def test_a_bad_import_breaks_its_contract(copied, module, line, contract):
    path = copied / "attnviz" / module
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    done = check_contracts(copied)
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(rf"^{re.escape(contract)} BROKEN", done.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    "statement",
    ["import attnviz", "import attnviz.records, attnviz.models.card, attnviz.models.registry, attnviz.sequences.text"],
)
def test_what_needs_no_model_starts_no_library(statement):
    heavy = ("tensorflow", "keras", "streamlit", "plotly", "matplotlib")
    question = f"{statement}\nimport sys; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", question], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("page", "loads"), [("explore", False), ("compare", False), ("evaluate", True)])
def test_no_way_of_imports_leads_from_explore_to_plotly(page, loads):
    """Inside functions either: its script takes the browser tens of megabytes. Evaluate's figures are drawn with it."""
    graph = grimp.build_graph("attnviz", include_external_packages=True, cache_dir=None)
    source = (PACKAGE / "app" / "page_scripts" / f"{page}.py").read_text(encoding="utf-8")
    named = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    found = {name for node in named for name in (node.module, *(f"{node.module}.{one.name}" for one in node.names))}
    ours = sorted(found & graph.modules)
    assert len(ours) > 3
    assert any(graph.find_shortest_chain(one, "plotly") for one in ours) is loads


def test_every_public_name_loads():
    import attnviz

    for name in attnviz.__all__:
        assert getattr(attnviz, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = attnviz.no_such_name


UNSAFE = {
    "unsafe_allow_html": "text of a person could become markup",
    "unsafe_allow_javascript": "text of a person could become a script",
    "innerHTML": "text of a person could become markup",
    "outerHTML": "text of a person could become markup",
    "insertAdjacentHTML": "text of a person could become markup",
    "document.write": "text of a person could become markup",
    r"\b(import|from)\s+(pickle|dill|joblib|marshal)\b": "a pickle runs what its author wants",
    r"allow_pickle\s*=\s*True": "a pickle runs what its author wants",
    r"safe_mode\s*=\s*False": "a model file could run code",
    r"(?<!\")enable_unsafe_deserialization": "a model file could run code",  # in quotes it is what uploads may not name
    r"https?://[^\s\"'`)]*\.(js|css|woff2?)\b": "nothing is loaded from elsewhere",
}


@pytest.mark.parametrize(("pattern", "reason"), UNSAFE.items())
def test_nothing_unsafe_is_used(pattern, reason):
    sources = [path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".js", ".css", ".html", ".svg")]
    assert len(sources) > 20
    lines = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in [*sources, ROOT / "dashboard.py"]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(pattern, line)
    ]
    assert lines == [], reason
