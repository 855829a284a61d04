"""Check the Dockerfile, the examples and our own workflow with the linters of their formats: `make lint-examples`."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
FORGE = ROOT / ".github"
BIN = Path(sys.executable).parent

YAML_RULES = (
    "{extends: default, rules: {document-start: disable, line-length: {max: 120}, truthy: {check-keys: false}}}"
)

SCHEMAS = {
    "vendor.github-workflows": ["examples/github-actions/*.yml", ".github/workflows/*.yml"],
    "vendor.github-actions": ["examples/github-actions/*/action.yml"],
    "vendor.github-issue-forms": [".github/ISSUE_TEMPLATE/[!c]*.yml"],
    "vendor.gitlab-ci": ["examples/gitlab/.gitlab-ci.yml"],
    "vendor.compose-spec": ["examples/compose/compose.yaml"],
}


def main() -> int:
    """Run every linter, whatever the others say; return 1 if one of them found something."""
    checks = [
        linter("hadolint", "Dockerfile"),
        linter("yamllint", "--strict", "--config-data", YAML_RULES, str(EXAMPLES), str(FORGE)),
        linter("kubernetes-validate", "--strict", "--quiet", *files("examples/kubernetes/*.yaml")),
        *(linter("check-jsonschema", "--builtin-schema", name, *files(*globs)) for name, globs in SCHEMAS.items()),
        workflows(),
    ]
    if node := shutil.which("node"):
        checks += [run([node, "--check", path]) for path in files("examples/**/*.mjs")]
    return 0 if all(checks) else 1


def files(*patterns: str) -> list[str]:
    """Return the files of a kind; a pattern that has none is a mistake."""
    found = [sorted(map(str, ROOT.glob(pattern))) for pattern in patterns]
    assert all(found), patterns
    return [path for paths in found for path in paths]


def workflows() -> bool:
    """Check the workflows where a repository would have them, beside the action that one of them uses."""
    with tempfile.TemporaryDirectory() as folder:
        github = Path(folder) / ".github"
        shutil.copytree(EXAMPLES / "github-actions" / "stubredis", github / "actions" / "stubredis")
        (github / "workflows").mkdir()
        for path in files("examples/github-actions/*.yml", ".github/workflows/*.yml"):
            shutil.copy(path, github / "workflows")
        subprocess.run(["git", "init", "--quiet", folder], check=True)
        return run([str(BIN / "actionlint"), "-no-color"], folder)


def linter(name: str, *words: str) -> bool:
    """Run one of the linters that are installed beside this Python."""
    return run([str(BIN / name), *words])


def run(command: list[str], folder: str | Path = ROOT) -> bool:
    """Run a command and show what it says; tell whether it found nothing."""
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    name = Path(command[0]).name
    print(f"{name}: {'fine' if done.returncode == 0 else 'not fine'}")
    if done.returncode:
        print(done.stdout, file=sys.stderr)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
