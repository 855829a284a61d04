"""`stubredis doctor`: look for what may be wrong on this machine."""

from __future__ import annotations

from stubredis.cli.launch import overridden, parser, settings_of
from stubredis.launcher.doctor import Finding, examine
from stubredis.launcher.settings import Settings, SettingsError

DESCRIPTION = """\
Looks at this machine as `stubredis launch` with the same options would find it: libraries, servers and their versions,
the configuration, ports, and the files of launchers. Says what is wrong and how it is mended. Exit codes: 0 all is
fine; 1 something is wrong.
"""


def run(words: list[str]) -> int:
    """Print what is found, and return whether all of it is fine."""
    options = parser("doctor", DESCRIPTION).read(words)
    findings = []
    try:
        settings = settings_of(options)
        where = f"environment {settings.environment}" if settings.environment else "no configuration, so the defaults"
        found = overridden(settings, options)
        findings.append(Finding(f"configuration: {where}; provider {found.provider}, {found.master}"))
    except SettingsError as error:
        found = overridden(Settings(), options)
        findings.append(Finding(f"configuration: {error}", False, "correct it; the rest is about the defaults"))
    except ImportError:
        found = overridden(Settings(), options)
        findings.append(Finding("configuration: cannot be read", False, "python -m pip install 'stubredis[all]'"))
    is_fine = True
    for finding in (*findings, *examine(found)):
        print(finding)
        is_fine = is_fine and finding.is_fine
    return 0 if is_fine else 1
