"""The charts of operators: jobs by hour, money by day, drawn on the server and drawn again."""

import re
from datetime import UTC, datetime

from tests.flows.operators.test_admin_pages import HTML, open_operator_browser
from tests.gateway import Gateway, picture_input


def test_the_overview_draws_what_has_happened_today(gateways: list[Gateway]) -> None:
    began = datetime.now(UTC).date()
    for gateway in gateways:
        with open_operator_browser(gateway) as (page, account):
            account.run_job("image.generate", picture_input())
            shown = page.get("/admin", headers=HTML).text
            assert 'hx-get="/admin/trends" hx-trigger="every 15s"' in shown
            assert re.search(r"<title>\d\d:00: [1-9]\d*</title>", shown)
            amounts = re.findall(r"<title>(20\S+): \$([\d,.]+)</title>", shown)
            days = [day for day, amount in amounts if float(amount.replace(",", "")) > 0.01]
            assert days
            assert {*days} <= {str(began), str(datetime.now(UTC).date())}
            part = page.get("/admin/trends", headers=HTML | {"HX-Request": "true"}).text
            assert part.lstrip().startswith('<div id="trends"')
            tables = page.get("/admin/trends", headers=HTML).text
            assert tables.count("<tbody>") == 2
            for title in ("Succeeded", "Mean wait", "Credit in", "Captured", "Held", "Refunded"):
                assert f'class="number">{title}</th>' in tables
