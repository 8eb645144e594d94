"""pyproject.toml, constraints.txt, environment.yml and the pages beside them tell one story."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from qlib.lessons.take import KINDS

ROOT = Path(__file__).parents[2]
CONDA_NAMES = {"pytorch-cpu": "torch", "matplotlib-base": "matplotlib"}  # conda-forge's names of what PyPI has
FROM_ELSEWHERE = {"python", "pip"}  # what environment.yml adds to pyproject.toml's dependencies


def read(name: str) -> str:
    path = ROOT / name
    assert path.is_file(), f"{name} is missing beside pyproject.toml"
    return path.read_text(encoding="utf-8")


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def project() -> dict:
    return tomllib.loads(read("pyproject.toml"))["project"]


def requirements(*extras: str) -> dict[str, SpecifierSet]:
    lines = list(project()["dependencies"])
    for extra in extras:
        lines += project()["optional-dependencies"][extra]
    return {canonical(r.name): r.specifier for r in map(Requirement, lines)}


def pins() -> dict[str, Version]:
    found = {}
    for line in read("constraints.txt").splitlines():
        line = line.split("#")[0].strip()
        if line:
            requirement = Requirement(line)
            (specifier,) = requirement.specifier
            assert specifier.operator == "==", f"constraints.txt holds exact versions, and not {line!r}"
            found[canonical(requirement.name)] = Version(specifier.version)
    return found


def conda() -> dict[str, str]:
    """Each name in environment.yml, pip's included, with its specifier."""
    lines = []
    for line in yaml.safe_load(read("environment.yml"))["dependencies"]:
        lines += line["pip"] if isinstance(line, dict) else [line]
    found = {}
    for line in lines:
        if not line.startswith("-"):  # pip's own options, such as -e .
            name, specifier = re.fullmatch(r"([\w.-]+)(?:\[[\w,]+\])?\s*(.*)", line).groups()
            found[CONDA_NAMES.get(name, canonical(name))] = specifier
    return found


@pytest.mark.parametrize("name", sorted(requirements("test")))
def test_every_range_contains_the_version_that_passed(name):
    assert name in pins(), f"constraints.txt has no version of {name}"
    version, allowed = pins()[name], requirements("test")[name]
    assert allowed.contains(version), f"constraints.txt pins {name}=={version}, pyproject.toml allows {allowed}"


def test_constraints_pin_the_torch_that_the_lessons_were_measured_with():
    assert str(pins()["torch"]) == "2.13.0"


def test_the_conda_route_installs_the_same_names():
    listed = set(conda())
    extra = listed - set(requirements("test")) - FROM_ELSEWHERE - {canonical(project()["name"])}
    missing = set(requirements()) - listed
    assert not extra, f"environment.yml lists {sorted(extra)}, which pyproject.toml does not know"
    assert not missing, f"environment.yml lacks {sorted(missing)}, which pyproject.toml demands"


def test_the_conda_routes_ranges_are_the_projects():
    for name, specifier in conda().items():
        if name in requirements("test") and specifier:
            expected = requirements("test")[name]
            assert SpecifierSet(specifier) == expected, (
                f"environment.yml: {name}{specifier}; pyproject.toml: {expected}"
            )


def test_python_is_the_same_everywhere():
    allowed = SpecifierSet(project()["requires-python"])
    assert allowed == SpecifierSet(">=3.11")
    specifier = conda()["python"]
    oldest = Version(re.search(r"\d+\.\d+", specifier).group())
    assert allowed.contains(oldest), f"environment.yml installs Python {specifier}, pyproject.toml demands {allowed}"


def test_the_name_is_not_microsofts():
    assert project()["name"] == "qlib-lessons"
    assert "pyqlib" not in requirements("test")


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_link_of_a_page_that_stays_here_leads_somewhere(page):
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", read(page))
    assert len(links) > 2
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_readme_names_the_five_rooms_and_where_to_look_first():
    rows = re.findall(r"^\| \[`(\w+)/`\]\(qlib/\w+\) \|.*?\| \[`(\w+\.py)`\]", read("README.md"), re.MULTILINE)
    rooms = sorted(path.parent.name for path in (ROOT / "qlib").glob("*/__init__.py"))
    assert sorted(room for room, _ in rows) == rooms == ["core", "engine", "lessons", "show", "study"]
    assert [f"{room}/{first}" for room, first in rows if not (ROOT / "qlib" / room / first).is_file()] == []


def test_every_command_that_the_readme_and_contributing_name_is_a_target():
    targets = set(re.findall(r"^(\w+):", read("Makefile"), re.MULTILINE))
    for page in ("README.md", "CONTRIBUTING.md"):
        named = set(re.findall(r"(?:`|^)make ([a-z]+)", read(page), re.MULTILINE))
        assert len(named) > 4
        assert named <= targets, f"{page} names make {sorted(named - targets)}"


def test_the_formatter_is_the_same_before_a_commit_and_in_the_tests():
    (hooks,) = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
    assert hooks["repo"] == "https://github.com/astral-sh/ruff-pre-commit"
    assert Version(hooks["rev"]) == pins()["ruff"]


def test_the_licence_is_one():
    assert read("LICENSE").startswith("MIT License\n\nCopyright (c) 2026 the authors of qlib-lessons\n")
    assert project()["license"] == yaml.safe_load(read("CITATION.cff"))["license"] == "MIT"
    assert project()["license-files"] == ["LICENSE"]


def test_the_citation_and_the_changelog_are_of_this_version():
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["cff-version"] == "1.2.0" and citation["message"] and citation["authors"]
    assert citation["title"] == re.match(r"# (.*)", read("README.md"))[1]
    released = re.findall(r"^## \[(.+?)\] - (\d{4}-\d\d-\d\d)$", read("CHANGELOG.md"), re.MULTILINE)
    assert released[0] == (citation["version"], citation["date-released"])
    assert citation["version"] == project()["version"]


def test_the_devcontainer_runs_a_target_that_is_there():
    command = json.loads(read(".devcontainer/devcontainer.json"))["postCreateCommand"]
    assert command == "make .venv/.ready"
    assert "$(READY): pyproject.toml" in read("Makefile") and "READY := $(VENV)/.ready" in read("Makefile")


def test_the_pages_are_published_by_actions_of_a_fixed_major_version():
    [job] = yaml.safe_load(read(".github/workflows/pages.yml"))["jobs"].values()
    used = [step["uses"] for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", one) for one in used)
    assert {"actions/upload-pages-artifact", "actions/deploy-pages"} <= {one.split("@")[0] for one in used}
    assert any(step.get("run", "").startswith("make html") for step in job["steps"])


def test_the_wheel_takes_all_that_the_lessons_read():
    files = tomllib.loads(read("pyproject.toml"))["tool"]["setuptools"]["data-files"]
    packed = {path for patterns in files.values() for pattern in patterns for path in ROOT.glob(pattern)}
    read_there = [path for kind in KINDS for path in (ROOT / "notebooks").glob(kind) if path.name != "ruff.toml"]
    assert len(read_there) > 40 and set(read_there) <= packed


def test_the_workflows_call_what_is_there():
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
        commands = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
        assert commands, path
        targets = [word for command in commands for word in re.findall(r"\bmake (\w+)", command)]
        assert all(f"\n{target}:" in read("Makefile") for target in targets), targets
        scripts = [word for command in commands for word in re.findall(r"docs/\w+\.py", command)]
        assert all((ROOT / script).is_file() for script in scripts), scripts
