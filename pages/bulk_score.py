"""Score a whole file: upload, map its columns, check it, score it, look at the result and take it away."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pandas as pd
import streamlit as st

from riskcore.core.scenario import Scenario
from riskcore.core.trained import Trained
from riskcore.services import bulk
from riskcore.services.data.pacing import size
from riskcore.services.files import bulk_past, mapping, samples
from riskcore.services.files.dry_check import CHECKED, check_table
from riskcore.services.files.mapping import ColumnMap
from riskcore.services.funnel import kind_field
from riskcore.stores.policies import Applied
from riskcore.stores.tables import Source, open_table
from riskcore.ui import context, mapper
from riskcore.ui.investigating import bulk_results
from riskcore.ui.investigating.bulk_results import Result
from riskcore.ui.progress import progress_bar
from riskcore.ui.session_files import once, session_folder

TYPES = ["csv", "txt", "tsv", "parquet", "gz", "zip"]
MOST_MB = 200
MOST_UNPACKED = 2_000_000_000  # bytes; archives and Parquet unpack to more than they weigh
TOP = 1_000  # riskiest rows shown
SAMPLE = "bulk.use_sample"
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def start_bar(scenario: Scenario) -> tuple[str, Source] | None:
    """Upload, sample and template; returns what was chosen with an id of its content, or None."""
    file = st.file_uploader("Events to score", type=TYPES, max_upload_size=MOST_MB, key="bulk.file")
    st.caption(
        f"CSV or Parquet, also .gz or .zip, up to {MOST_MB} MB. The file belongs to this session only: nobody else "
        "sees it, it is in no link, and it is gone when the session ends."
    )
    example = samples.sample(context.workspace(), scenario)
    bar = st.container(horizontal=True)  # wraps where the window is narrow
    if bar.button("Try with the sample", icon=":material/science:"):
        st.session_state[SAMPLE] = scenario.key
    downloads = (("sample", example), ("template", samples.template(scenario)))
    for what, content in downloads:
        name = f"{scenario.key}.{what}.csv"
        bar.download_button(
            f"Download {what}", content, name, "text/csv", on_click="ignore", icon=":material/download:"
        )
    if file is not None:
        st.session_state.pop(SAMPLE, None)
        return file.file_id, once(
            "bulk.source", file.file_id, lambda: open_table(file.getvalue(), name=file.name, limit=MOST_UNPACKED)
        )
    if st.session_state.get(SAMPLE) == scenario.key:
        return f"sample {scenario.key}", open_table(example, name=f"{scenario.key}.sample.csv")
    return None


def describe(source: Source) -> None:
    """What the file was found to be."""
    layout = f"separated by {DELIMITERS[source.delimiter]}s, {source.encoding}" if source.format == "csv" else "Parquet"
    n = len(source.columns)
    st.text(f"{source.name}: {size(source.size)}, {n} column{'s' if n > 1 else ''}, {layout}.")
    if source.notice:
        st.text(source.notice)


def dry_check(scenario: Scenario, source: Source, mapping: ColumnMap, made_of: tuple[str, ...]) -> None:
    """How many of the first rows are good, and what is wrong with the others."""
    check = once("bulk.check", made_of, lambda: check_table(scenario, source, mapping))
    what = f"All {check.n:,} rows were checked" if check.whole else f"The first {check.n:,} rows were checked"
    if not check.bad:
        st.success(f"{what}: every one can be scored.", icon=":material/check_circle:")
    else:
        st.warning(
            f"{what}: {check.good:,} can be scored, {check.bad:,} cannot. Good rows are scored all the same; bad ones "
            "come back with the reason.",
            icon=":material/rule:",
        )
        bulk_results.problems_table(check.problems)
    bulk_results.unusual_values(check.unusual)


def score(trained: Trained, applied: Applied, source: Source, job: bulk.Job, made_of: tuple[str, ...]) -> Result:
    """Score the file into this session's folder, with progress; leaving the page or Cancel ends it."""
    folder = session_folder()
    name = Path(source.name).name.split(".")[0]
    csv, parquet, rejects = (folder / f"{name}.{end}" for end in ("scored.csv", "scored.parquet", "rejects.csv"))
    with progress_bar(f"Scoring {size(source.size)}") as progress:
        summary = bulk.score_table(trained, applied.policy, source, job, [csv, parquet], rejects, progress)
    entity = job.mapping.columns.get(trained.scenario.entities[0]) if trained.scenario.entities else None
    kind = job.mapping.columns.get(kind_field(trained.scenario) or "")
    written = bulk.written_as(trained, source, job)
    entity, kind, label = (name and written.get(name, name) for name in (entity, kind, job.mapping.label))
    seen = pool(trained, source, job)
    return Result(made_of, trained, applied.policy, summary, csv, parquet, rejects, entity, kind, label, seen)


def pool(trained: Trained, source: Source, job: bulk.Job) -> Callable[[], pd.DataFrame] | None:
    """All events that the riskiest rows may look back at, read when the first of them is explained."""
    if not trained.scenario.stateful:
        return None
    history = [] if job.history is None else [job.history]
    return cache(
        lambda: pd.concat(
            [*history, bulk_past.read_events(trained.scenario, source, job.mapping).events], ignore_index=True
        )
    )


def past(scenario: Scenario) -> tuple[str, pd.DataFrame | None]:
    """Earlier events from a second file, with an id of its content; nothing where no past is looked at."""
    if not scenario.stateful:
        return "", None
    assert scenario.lookback is not None
    file = st.file_uploader(
        "Earlier events (optional)",
        type=TYPES,
        max_upload_size=MOST_MB,
        key="bulk.history",
        help="Rows are scored as of their own time. Each sees the earlier rows of its own file, and of this one.",
    )
    st.caption(f"Each row sees what is earlier, up to {scenario.lookback.days} days back, in its own file and here.")
    if file is None:
        return "", None
    read = once(
        "bulk.past",
        (file.file_id, scenario.key),
        lambda: bulk_past.read_events(scenario, open_table(file.getvalue(), name=file.name, limit=MOST_UNPACKED)),
    )
    if read.bad:
        st.warning(f"{read.bad:,} earlier rows are bad and are left out.", icon=":material/rule:")
        st.text("\n".join(read.problems))
    st.caption(f"{len(read.events):,} earlier events.")
    return file.file_id, read.events


def score_file(scenario: Scenario, file: str, source: Source) -> None:
    """From an opened file to its result."""
    describe(source)
    head = once("bulk.head", file, lambda: source.head(CHECKED))
    chosen: ColumnMap = mapper.column_mapper(scenario, source.columns, head.table, "bulk")
    earlier, history = past(scenario)
    costs = scenario.costs
    guessed = chosen.label == mapping.find_label(source.columns, scenario.event, scenario.target)
    job = bulk.Job(
        mapping=chosen,
        label_guessed=guessed,
        keep_rejected=True,
        formula_safe=True,
        top=TOP,
        now=datetime.now(UTC),
        history=history,
        costs=costs,
    )
    trained, applied = context.current_trained(), context.applied_policy(scenario)
    job = replace(job, chunk=bulk_past.WHOLE) if scenario.stateful or applied.policy.repeats else job
    dry_check(scenario, source, chosen, (file, scenario.key, context.edition(scenario), repr(chosen)))
    context.mark_dry_run(applied)
    made_of = (file, repr(chosen), trained.version, applied.policy.fingerprint(), earlier)
    if st.button("Score", type="primary", icon=":material/play_arrow:"):
        mapping.remember(context.workspace(), scenario, source.columns, chosen)
        st.session_state["bulk.result"] = score(trained, applied, source, job, made_of)
    result: Result | None = st.session_state.get("bulk.result")
    if result is None or result.made_of[0] != file:
        return
    st.divider()
    if result.made_of != made_of:
        st.warning(
            "Columns, model or policy changed since this result was computed. Score again to see their effect.",
            icon=":material/history:",
        )
    st.fragment(bulk_results.show_result)(result)


st.title("Bulk score")
scenario = context.current_scenario()
with context.user_errors():
    chosen = start_bar(scenario)
    if chosen is None:
        st.info("Upload a file, or try the page with the sample.", icon=":material/upload_file:")
    else:
        score_file(scenario, *chosen)
with st.expander("More than the limit, or every night", icon=":material/terminal:"):
    st.caption("The command line scores files of any size in constant memory, with the same numbers.")
    history = " --history earlier.csv" if scenario.stateful else ""
    st.code(f"riskcore score {scenario.key} --in events.csv{history} --out scored.csv --formula-safe", language="bash")
