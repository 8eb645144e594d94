"""Whether everything that the lessons need is here, in plain words."""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
from functools import cache

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

DISTRIBUTION = "qlib-lessons"
_distributions = cache(importlib.metadata.packages_distributions)


def check() -> str:
    """Compare what is installed with what the lessons need.

    Returns:
        One sentence if all is well; otherwise a line for each thing that is missing, and how to mend it.
    """
    try:
        requirements = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return "qlib itself is not installed in this environment. Run `make lab` in the folder of the lessons."
    problems = [
        problem
        for requirement in map(Requirement, requirements)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if (problem := _problem(requirement))
    ]
    if not problems:
        return "Everything that the lessons need is installed."
    mend = f"To mend it: {sys.executable} -m pip install -e . in the folder of the lessons, then restart the kernel."
    return "\n".join([*problems, mend])


def _problem(requirement: Requirement) -> str:
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return f"{requirement.name} is missing; the lessons need {requirement}."
    if not requirement.specifier.contains(version, prereleases=True):
        return f"{requirement.name} is {version}; the lessons need {requirement}."
    try:
        importlib.import_module(_module(requirement.name))
    except Exception as error:  # a library that cannot be loaded may raise anything
        return f"{requirement.name} {version} is installed but does not load: {error}"
    return ""


def _module(name: str) -> str:
    """Find what a distribution is called in an import: pillow is PIL."""
    modules = [
        module
        for module, distributions in sorted(_distributions().items())
        if module.isidentifier() and not module.startswith("_")  # those meant for others
        if canonicalize_name(name) in map(canonicalize_name, distributions)
    ]
    same = name.replace("-", "_").lower()
    return same if same in modules or not modules else modules[0]
