import ast
import subprocess
import sys
from pathlib import Path

import interpreter
import pytest

TOOLS = Path(interpreter.__file__).parent


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_supported_versions_pass(version):
    assert interpreter.require_supported(version, path="") is None


@pytest.mark.parametrize("version", [(2, 7), (3, 10), (3, 14)])
def test_other_versions_are_told_which_ones_work(version):
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 to 3\.13") as stopped:
        interpreter.require_supported(version, path="")
    assert f"Received: Python {version[0]}.{version[1]}, {sys.executable}" in str(stopped.value)


def test_the_newest_supported_python_on_the_path_takes_over(tmp_path, program, path_folder):
    for name in ("python3.10", "python3.11", "python3.12", "python3.14"):
        program(name, f'echo {name} took over: "$@"')
    (path_folder / "python3.13").write_text("not executable", encoding="utf-8")
    script = tmp_path / "my script.py"
    script.write_text(
        f"import sys; sys.path.insert(0, {str(TOOLS)!r}); import interpreter\n"
        f"interpreter.require_supported((3, 9), {str(path_folder)!r})\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, script, "--an", "argument"], capture_output=True, text=True)
    assert done.stdout == f"python3.12 took over: {script} --an argument\n"


@pytest.mark.parametrize("name", ["interpreter.py", "start.py", "test.py"])
def test_what_runs_first_parses_on_old_pythons(name):
    tree = ast.parse((TOOLS / name).read_text(encoding="utf-8"), feature_version=(3, 4))
    for node in ast.walk(tree):
        assert not isinstance(node, (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Nonlocal))
        if isinstance(node, (ast.List, ast.Tuple)):
            assert not any(isinstance(element, ast.Starred) for element in node.elts)
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None
            assert not any(argument.annotation for argument in node.args.args)
            assert not node.args.kwonlyargs
