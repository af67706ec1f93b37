"""How a check of a layer ends: a report with a line for each thing that was tried, and an error that holds it.

The report says bounds and shapes, no measured numbers, so that it is the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FAILED", "PASSED", "Finding", "LayerFault", "LayerReport", "NoFault"]

PASSED, FAILED = "✓", "✗"


@dataclass(frozen=True)
class Finding:
    """One thing that was tried, whether it passed, and in words what was found, or how to mend it."""

    what: str
    verdict: str
    detail: str


@dataclass(frozen=True)
class LayerReport:
    """All that was tried on a layer; shown as a table.

    Examples
    --------
    >>> LayerReport((Finding("runs", PASSED, "5 examples and 1"), Finding("shapes", FAILED, "transpose it")))
    ✓ runs     5 examples and 1
    ✗ shapes   transpose it
    """

    findings: tuple[Finding, ...]

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The findings that failed."""
        return tuple(finding for finding in self.findings if finding.verdict == FAILED)

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return not self.faults

    def __str__(self) -> str:
        width = max(len(finding.what) for finding in self.findings) + 3
        gap = "\n" + " " * (width + 2)
        return "\n".join(f"{f.verdict} {f.what:{width}}{f.detail.replace(chr(10), gap)}" for f in self.findings)

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        lines = ["| result | tried | found |", "|:--|:--|:--|"]
        for f in self.findings:
            detail = "<br>".join(_escaped(line) for line in f.detail.splitlines())
            lines.append(f"| {f.verdict if f.verdict == PASSED else f'**{f.verdict}**'} | {f.what} | {detail} |")
        return "\n".join(lines)


def _escaped(line: str) -> str:
    """The line with what Markdown would read as markup made plain; spaces at its beginning are kept out."""
    for sign in "\\|*_[]<>`$":
        line = line.replace(sign, "\\" + sign)
    return line.strip()


class LayerFault(AssertionError):
    """A check of a layer failed.

    Attributes
    ----------
    report : LayerReport
    """

    def __init__(self, report: LayerReport):
        count = len(report.faults)
        super().__init__(f"{count} {'check' if count == 1 else 'checks'} of this layer failed:\n{report}")
        self.report = report


class NoFault(AssertionError):
    """A layer that was to be refuted passes every check."""
