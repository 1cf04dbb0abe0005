"""Queries of an idle gateway do not grow with its past."""

import re
from pathlib import Path

import pytest

from gateway.app import build_application
from gateway.configuration.settings import Settings
from gateway.kit.database.sql import combine_questions
from gateway.migrations import upgrade

pytestmark = pytest.mark.anyio
# Indexes of what is open or due now, a table with a row for each node, and one with a row for each
# budget, of which the first will do.
SMALL = re.compile(
    r"USING (COVERING )?INDEX ix_(job_queued|job_running|approval_plan_running"
    r"|storyboard_render_open|agent_request_open|job_output_unfolded|asset_unfolded"
    r"|approval_plan_mail|account_preferences_mail_(done|statement))$"
    r"|SCAN media_node$|SCAN CONSTANT ROW$"
    r"|SCAN budget USING COVERING INDEX"
)


async def test_no_question_of_a_sweep_reads_history(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/gateway.db"
    application = build_application(Settings(data_dir=tmp_path, database_url=url).with_secrets())
    questions = {
        sweep.name: sweep.due_question for sweep in application.sweeper.sweeps if sweep.due_question
    }
    assert len(questions) > 10
    try:
        await upgrade(application.database)
        async with application.database.connect() as connection:
            for name, question in questions.items():
                text = f"EXPLAIN QUERY PLAN {combine_questions((question,)).sqlite}"
                steps = [step for *_, step in await connection.exec_driver_sql(text)]
                whole = [step for step in steps if step.startswith("SCAN")]
                assert all(SMALL.search(step) for step in whole), (name, whole)
    finally:
        await application.stop()
