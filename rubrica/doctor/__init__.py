"""``rubrica doctor``: asks every outside thing once, and says what to do."""

from rubrica.doctor import report, visit


def run(*, as_json: bool) -> int:
    """Prints what was found; gives the exit code, 0 without failures."""
    if not as_json:
        return report.exit_code(report.write(visit.examine()))
    results = list(visit.examine())
    print(report.as_json(results))
    return report.exit_code(results)
