"""The bench's figures as lines and rows of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Lines = list[Sequence[str] | str]

_RANKING = ("R@5", "R@10", "R@20", "all@10", "any@10", "nDCG@10", "MRR")


def recall_lines(figures: Mapping[str, Any]) -> Lines:
    """The tables of `recollect bench recall`."""
    lines: Lines = [about(figures["provenance"]), ""]
    lines += grid(figures, _RANKING, "R@10")
    lines += _gain_rows(figures["gains"])
    lines += [
        "",
        ("arm", "", "ms p50", "p95", "with embedding", "p95", "AUC", "95 %", "answerable AUC", "calibration error"),
    ]
    for arm, timings in figures["timings"].items():
        rest, whole = timings["without embedding"], timings["with embedding"]
        knows, trust = figures["abstention"][arm], figures["reliability"][arm]
        lines.append(
            (
                arm,
                "",
                *(_ms(part.get(key)) for part in (rest, whole) for key in ("p50", "p95")),
                number(knows["auc"]) if knows else "-",
                spread(knows["interval"]) if knows else "-",
                number(knows["told"]) if knows and knows["told"] is not None else "-",
                number(trust["error"]) if trust else "-",
            )
        )
    lines += ["", ("notes", "", "R@10", "tokens", "of history", "95 % of R@20 at", "tokens", "of history")]
    for arm, tokens in figures["tokens"].items():
        if tokens:
            ten, enough = tokens["ten"], tokens["enough"]
            lines.append(
                (
                    arm,
                    "",
                    number(ten["recall"]),
                    f"{ten['tokens']:,.0f}",
                    _part(ten["share"]),
                    f"{enough['messages']} messages",
                    f"{enough['tokens']:,.0f}",
                    _part(enough["share"]),
                )
            )
    lines += [f"note: {note}" for note in figures["notes"]]
    return lines


def _gain_rows(gains: Mapping[str, Any]) -> Lines:
    """What recall finds more than with less of it, by category."""
    if not gains:
        return []
    lines: Lines = ["", ("recollect over", "category", "R@5", "95 %", "R@10", "95 %")]
    for arm, groups in gains.items():
        for group, metrics in groups.items():
            cells = [cell for name in ("R@5", "R@10") for cell in _signed(metrics.get(name))]
            lines.append((arm, group, *cells))
    return lines


def _signed(gain: Sequence[float] | None) -> tuple[str, str]:
    return (f"{gain[0]:+.3f}", spread(gain[1:], signed=True)) if gain else ("-", "-")


def answer_lines(figures: Mapping[str, Any]) -> Lines:
    """The tables of `recollect bench answers`."""
    provenance, counts = figures["provenance"], figures["counts"]
    judge = f", judged by {provenance['judge']}" if provenance["judge"] else ""
    lines: Lines = [
        about(provenance),
        f"answered by {provenance['model']} with the {provenance['prompts']} prompts{judge}:"
        f" {counts['answerable']:,} questions that have an answer, {counts['unanswerable']:,} that have none",
        "",
    ]
    metrics = ("F1", "contains", *(("judged",) if provenance["judge"] else ()), "right abstention", "wrong abstention")
    lines += grid(figures, metrics, "F1")
    tokens = ", ".join(f"{arm} {mean:,.0f}" for arm, mean in figures["prompt_tokens"].items())
    return [*lines, "", f"tokens of the prompt, mean: {tokens}"]


def about(provenance: Mapping[str, Any]) -> str:
    """What was measured, in a line or two; said plainly when the weights were fitted on it."""
    measured = provenance["set"]
    part = " (a part of it)" if measured["part"] else ""
    line = (
        f"{measured['name']}{part}: {measured['questions']:,} questions to {measured['messages']:,} messages in"
        f" {measured['conversations']:,} conversations; {provenance['embedder']}, {provenance['store']},"
        f" weights {provenance['weights']['version']}"
    )
    fitted = provenance["weights"]["fitted_here"]
    if "folds" in provenance["weights"]:
        line += _about_folds(provenance["weights"])
    elif fitted:
        line += "\nThe shipped weights were fitted on this set: recollect's figures are not those of unseen talk."
    elif fitted is None:
        line += "\nThe weights do not say what they were fitted on."
    return line


def _about_folds(weights: Mapping[str, Any]) -> str:
    """What the weights of each fold were fitted on."""
    also = "".join(f", and on {name}" for name in weights["fitted_on"])
    if weights["by_questions"]:
        return f"\nOne conversation: each fold's weights were fitted on other questions about the same messages{also}."
    return f"\nThe weights of each fold were fitted on the other conversations{also}: nothing tested was fitted on."


def grid(figures: Mapping[str, Any], metrics: Sequence[str], main: str) -> Lines:
    """Categories by arms; the main metric with its interval and its difference from the arm that is compared with."""
    against = figures["against"]
    head = ["category", "arm", "n"]
    for metric in metrics:
        head += [metric, "95 %"] if metric == main else [metric]
    rows: Lines = [(*head, f"{main} over {against}", "95 %")]
    groups = list(dict.fromkeys(group for table in figures["arms"].values() for group in table))
    for group in groups:
        for arm, table in figures["arms"].items():
            if group in table:
                rows.append(_row(figures, metrics, main, group, arm))
    return rows


def _row(figures: Mapping[str, Any], metrics: Sequence[str], main: str, group: str, arm: str) -> Sequence[str]:
    means, spreads = figures["arms"][arm][group], figures["intervals"][arm][group]
    cells = [group, arm, str(means["n"])]
    for metric in metrics:
        cells.append(number(means.get(metric)))
        if metric == main:
            cells.append(spread(spreads.get(metric)))
    apart = figures["differences"].get(arm, {}).get(group, {}).get(main)
    return (*cells, *((f"{apart[0]:+.3f}", spread(apart[1:], signed=True)) if apart else ("", "")))


def number(value: float | None) -> str:
    """A figure to three places, a dash where there is none."""
    return "-" if value is None else f"{value:.3f}"


def spread(interval: Sequence[float | None] | None, *, signed: bool = False) -> str:
    """An interval, such as `0.41 … 0.55`."""
    if not interval or interval[0] is None or interval[1] is None:
        return "-"
    form = "{:+.3f} … {:+.3f}" if signed else "{:.3f} … {:.3f}"
    return form.format(*interval)


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _part(share: float) -> str:
    return f"1/{1 / share:.0f}" if 0 < share <= 0.5 else f"{share:.0%}"
