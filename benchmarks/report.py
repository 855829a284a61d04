"""What was measured, as Markdown and as JSON: sections of rows, one column a server, ratios beside them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import geometric_mean, median
from typing import Any


@dataclass(frozen=True)
class Row:
    """One figure: the samples of each server. What is shown is their median."""

    label: str
    samples: dict[str, list[float]]
    disturbed: bool = False

    def value(self, server: str) -> float | None:
        """The figure of that server, or None where it was not measured."""
        return median(self.samples[server]) if server in self.samples else None

    def ratio(self, subject: str, other: str) -> float | None:
        """The figure of `subject` divided by that of `other`."""
        above, below = self.value(subject), self.value(other)
        return above / below if above is not None and below else None


@dataclass
class Section:
    """A table: figures of one kind, in one unit."""

    title: str
    unit: str
    columns: tuple[str, ...]
    rows: list[Row] = field(default_factory=list)

    @property
    def subject(self) -> str:
        """The server the others are compared with: the first."""
        return self.columns[0]

    def markdown(self) -> str:
        """The section as a heading and a table."""
        compared = self.columns[1:]
        head = [self.unit, *self.columns, *(f"{self.subject} / {other}" for other in compared)]
        lines = [
            [
                f"{row.label} *" if row.disturbed else row.label,
                *(_number(row.value(column)) for column in self.columns),
                *(_ratio(row.ratio(self.subject, other)) for other in compared),
            ]
            for row in self.rows
        ]
        return f"### {self.title}\n\n{table(head, lines)}"

    def as_json(self) -> dict[str, Any]:
        """The section with every sample."""
        rows = [
            {
                "label": row.label,
                "disturbed": row.disturbed,
                "median": {column: row.value(column) for column in row.samples},
                "samples": row.samples,
            }
            for row in self.rows
        ]
        return {"title": self.title, "unit": self.unit, "rows": rows}


@dataclass(frozen=True)
class Means:
    """Geometric means of the CPU ratios of one section."""

    label: str
    ratios: dict[str, float]

    @classmethod
    def of(cls, label: str, section: Section) -> "Means":
        """Average the ratios over all rows, for each server that is compared."""
        means = {}
        for other in section.columns[1:]:
            ratios = [ratio for row in section.rows if (ratio := row.ratio(section.subject, other))]
            if ratios:
                means[other] = geometric_mean(ratios)
        return cls(f"{label}, workloads: {len(section.rows)}", means)


def means_markdown(subject: str, others: Sequence[str], means: Iterable[Means]) -> str:
    """The closing table: one row a pipeline, one column a server compared."""
    lines = [[mean.label, *(_ratio(mean.ratios.get(other)) for other in others)] for mean in means]
    head = ["", *(f"{subject} / {other}" for other in others)]
    return f"### CPU a command, geometric means\n\n{table(head, lines)}"


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A Markdown table, figures to the right."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *lines))


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    digits = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:,.{digits}f}"


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
