"""The command line: `riskcore COMMAND`, generic over scenarios.

Exit codes: 0 done; 1 a check failed; 2 a mistake that a person can put right, told in a sentence.  Heavy libraries are
imported inside the commands, so that help is there at once.
"""

import sys

import typer

from riskcore.cli import (
    benchmarking,
    custom,
    judging,
    making,
    models,
    policy,
    reporting,
    scoring,
    simulating,
    thresholds,
)
from riskcore.core.errors import RiskcoreError

app = typer.Typer(
    name="riskcore",
    help="Generate, train, score, decide and explain risk. Settings come from RISKCORE_DATA, RISKCORE_MODELS, "
    "RISKCORE_CHUNK and RISKCORE_THREADS.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its pretty printer takes half a second to import
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    making.list_scenarios,
    making.show,
    custom.new,
    making.generate,
    simulating.simulate,
    making.train,
    scoring.score,
    reporting.report,
    judging.evaluate,
    benchmarking.benchmark,
    judging.explain,
    thresholds.thresholds,
    judging.check,
    models.card,
):
    app.command(command.__name__.removesuffix("_scenarios"))(command)
app.add_typer(models.app, name="models")
app.add_typer(policy.app, name="policy")


def main() -> None:
    """Run the command that the arguments name."""
    try:
        app()
    except RiskcoreError as error:
        print(f"riskcore: {error}", file=sys.stderr)
        sys.exit(2)
