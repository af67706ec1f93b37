"""Where an error message points: what stands above its carets, and at which column they begin."""


def pointed_at(error) -> str:
    """The text above the carets of an error message."""
    line, carets = marked(error)
    return line[carets.index("^") : carets.rindex("^") + 1]


def column(error) -> int:
    """The column of the first caret, counted from 0 in the line as it was typed."""
    return marked(error)[1].index("^") - 2  # messages set LaTeX in by two


def marked(error) -> tuple[str, str]:
    lines = str(error).splitlines()
    at = next(k for k, line in enumerate(lines) if line.strip() and set(line.strip()) == {"^"})
    return lines[at - 1], lines[at]
