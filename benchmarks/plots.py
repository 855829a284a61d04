"""Draws a report of `python -m benchmarks.run --json FILE`: python -m benchmarks.plots FILE FOLDER."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt

COLOURS = {"stubredis": "#c6302b", "redis-server": "#8a8a8a", "valkey": "#c4c4c4"}

PLOTS = {
    "CPU a command, pipeline 1": "cpu-pipeline-1.svg",
    "CPU a command, pipeline 16": "cpu-pipeline-16.svg",
    "Requests a second, pipeline 1": "requests-pipeline-1.svg",
    "Requests a second, pipeline 16": "requests-pipeline-16.svg",
    "Memory a key": "memory-a-key.svg",
}
"""The sections that are drawn, and their files."""


def main() -> int:
    """Draw every section that the report has."""
    match sys.argv[1:]:
        case [report, folder]:
            draw(json.loads(Path(report).read_text(encoding="utf-8")), Path(folder))
            return 0
    print("usage: python -m benchmarks.plots FILE FOLDER", file=sys.stderr)
    return 1


def draw(report: dict[str, Any], folder: Path) -> None:
    """Write one SVG file for each section into the folder."""
    # The same report gives the same bytes.
    mpl.rcParams.update(
        {"svg.hashsalt": "stubredis", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
    )
    folder.mkdir(parents=True, exist_ok=True)
    for section in report["sections"]:
        if section["title"] in PLOTS and section["rows"]:
            bars(section, folder / PLOTS[section["title"]])


def bars(section: dict[str, Any], path: Path) -> None:
    """Draw the medians of a section as bars in groups."""
    rows = section["rows"]
    servers = [name for name in COLOURS if all(name in row["median"] for row in rows)]
    width = 0.8 / len(servers)
    figure, axes = plt.subplots(figsize=(8, 3), layout="constrained")
    for index, name in enumerate(servers):
        places = [place + (index - (len(servers) - 1) / 2) * width for place in range(len(rows))]
        axes.bar(places, [row["median"][name] for row in rows], width, label=name, color=COLOURS[name])
    axes.set_xticks(range(len(rows)), [row["label"].replace(", ", "\n").replace(" of ", "\nof ", 1) for row in rows])
    axes.set_ylabel(section["unit"])
    axes.set_title(section["title"])
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


if __name__ == "__main__":
    sys.exit(main())
