"""HubSpot's CSV exports: English headings, owners by name, ids of what is associated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.exports.files import Row, blank, write_text

FIRMS = (
    "Alder & Finch Ltd", "Bluewater Tooling, Inc.", "Cobalt Hill Foods LLC", "Dunmore Freight Co.",
    "Eastgate Optics GmbH", "Fernleaf Packaging", "Granite Bay Supply", "Hollow Oak Furniture",
    "Ironbridge Castings", "Juniper Labs, Inc.", "Kestrel Avionics", "Larkfield Dairy",
    "Moorland Textiles", "Northwind Gear, Inc.", "Orchard Row Press", "Pinewell Pharma",
    "Quayside Marine", "Redfern Plastics", "Silverline Tools", "Tidewater Controls",
)  # fmt: skip
SELLERS = ("Avery Stone", "Blake Rivers", "Casey Lowell", "Devon Marsh")
BUYERS = ("Robin Hale", "Jamie Ford", "Taylor Quinn", "Morgan Ellis", "Riley Ames")
STAGES = ("Appointment Scheduled", "Qualified To Buy", "Presentation Scheduled", "Contract Sent")
_ENTERED = [f'Date entered "{stage} (Sales Pipeline)"' for stage in (*STAGES, "Closed Won")]


def company(number: int) -> int:
    return 9_100_000_000 + number


def contact(number: int) -> int:
    return 51_000 + number


def deal(number: int) -> int:
    return 17_300_000_000 + number


def write(folder: Path) -> Path:
    """companies.csv, contacts.csv and so on, in UTF-8 with a byte order mark."""
    folder.mkdir(parents=True)
    for name, rows in (
        ("users", _users()), ("companies", _companies()), ("contacts", _contacts()),
        ("deals", _deals()), ("calls", _calls()), ("meetings", _meetings()), ("emails", _emails()),
    ):  # fmt: skip
        write_text(folder / f"{name}.csv", rows, "utf-8-sig")
    return folder


def _users() -> Iterator[Row]:
    yield ["Name", "Email", "Team"]
    for name in SELLERS:
        yield [name, f"{name.split()[0].lower()}@harborlane.example", "Field sales"]


def _companies() -> Iterator[Row]:
    header = ["Record ID", "Company name", "Company Domain Name", "Company owner", "Create Date",
              "Phone Number", "City", "State/Region", "Country/Region", "Industry",
              "Number of Employees", "Annual Revenue", "Lifecycle Stage"]  # fmt: skip
    yield header
    stages = ("Lead", "Customer", "Opportunity", "Other")
    for n, name in enumerate(FIRMS, 1):
        yield [company(n), name, f"firm{n}.example", SELLERS[n % 4], "2025-05-06 14:05",
               f"+1 555 01{n:02d}", "Albany", "New York", "United States", "MACHINERY", 20 * n,
               n * 2_500_000, stages[n % 4]]  # fmt: skip
    yield [company(21), "NORTHWIND GEAR INC", "northwind.example", "avery@harborlane.example",
           "2026-04-01T03:30:00Z", None, "Boston", "Massachusetts", "United States", None,
           "４２", "$1,250,000", "Marketing Qualified Lead"]  # fmt: skip
    yield [company(22), "Ultramar Seeds", None, "Jordan Blake (Deactivated User)",
           "2025-06-01 09:00", None, None, None, None, None, None, None, "Customer"]  # fmt: skip
    yield [company(23), "Vellum & Co", None, None, "2025-06-02 09:00", None, None, None, None, None,
           None, None, "Partner"]  # fmt: skip
    yield blank(header)


def _contacts() -> Iterator[Row]:
    yield ["Record ID", "First Name", "Last Name", "Email", "Phone Number", "Job Title",
           "Buying Role", "Contact owner", "Associated Company",
           "Associated Company IDs (Primary)"]  # fmt: skip
    roles = ("Decision Maker", "Champion", "Blocker", None)
    for n in range(1, 31):
        first, last = BUYERS[n % 5].split()
        firm = n % 20 + 1
        yield [contact(n), first, last, f"{first.lower()}{n}@firm{firm}.example",
               f"+1 555 02{n:02d}", "Plant manager", roles[n % 4], SELLERS[n % 4],
               FIRMS[firm - 1], company(firm)]  # fmt: skip
    yield [contact(31), None, "Okafor", "ok@firm1.example", None, "Buyer; \"interim\"",
           "Budget Holder", None, FIRMS[0], company(1)]  # fmt: skip
    yield [contact(32), None, None, "info@nowhere.example", None, None, None, None, None, None]


def _deals() -> Iterator[Row]:
    header = ["Record ID", "Deal Name", "Deal Stage", "Is Deal Closed?", "Amount",
              "Amount in company currency", "Currency", "Close Date", "Create Date",
              "Deal probability", "Forecast category", "Deal owner", "Closed Lost Reason",
              "Next step", "Associated Company IDs", "Associated Company IDs (Primary)",
              *_ENTERED]  # fmt: skip
    yield header
    for n in range(1, 31):
        chance = ("0.2", "0.4", "0.6", "0.9")[n % 4]
        days = [f"2026-{month:02d}-0{n % 9 + 1} 09:30" for month in range(5, 6 + n % 4)]
        yield _deal(n, f"Line {n}", STAGES[n % 4], n * 1500, f"2026-{n % 3 + 10}-15 17:00",
                    "2026-05-04 08:00", chance, SELLERS[n % 4], n % 20 + 1, days)  # fmt: skip
    for n in range(31, 35):
        yield _deal(
            n,
            f"Renewal {n}",
            "Closed Won",
            n * 1000,
            "2026-03-20 12:00",
            "2025-11-05 08:00",
            "1",
            SELLERS[n % 4],
            n - 30,
            ["2026-03-20 12:00"],
        )
    days = ["2026-01-02 00:10", "", "2026-02-01 00:00", "2026-03-01 10:00", "2026-03-31 23:59"]
    yield _deal(35, "Retrofit,\n\"phase 2\"", "Closed Won", "9125.5", "2026-03-31 23:59",
                "2026-01-01 00:00", "1", "blake@harborlane.example", 2, days)  # fmt: skip
    yield _deal(36, "Conveyor", "Closed Lost", "48000", "2026-02-28 10:00", "2025-12-31 23:59",
                "0", SELLERS[1], 4, lost="Price too high")  # fmt: skip
    yield _deal(37, "Warehouse", "Decision Maker Bought-In", None, "2026-12-25 17:00",
                "2026-07-01T03:30:00Z", "0.8", SELLERS[2], 5, step="Send the offer")  # fmt: skip
    yield _deal(38, "Left by Jordan", "Contract Sent", "5000", "2026-11-30 17:00",
                "2026-05-01 08:00", "0.9", "Jordan Blake (Deactivated User)", 6)  # fmt: skip
    yield _deal(39, "Another pipeline", "Verbal Yes", "€6,500", "2026-11-30 17:00",
                "2026-05-01 08:00", "0.7", SELLERS[0], 7)  # fmt: skip
    yield _deal(40, "Nobody's", "Contract Sent", "7000", "2026-11-31 17:00", "2026-05-01 08:00",
                "90%", None, None)  # fmt: skip
    yield _deal(41, "Refund", "Closed Won", "(2,400.00)", "2026-04-01 00:00", "2026-03-31 23:59",
                "100%", None, 8)  # fmt: skip
    yield blank(header)


def _deal(
    n: int,
    name: str,
    stage: str,
    amount: object,
    close: str,
    created: str,
    chance: str,
    owner: str | None,
    firm: int | None,
    days: Row = (),
    *,
    lost: str | None = None,
    step: str | None = None,
) -> Row:
    closed = "true" if stage.startswith("Closed") else "false"
    ids = [f"{company(20)};{company(firm)}", company(firm)] if firm else [None, None]
    return [deal(n), name, stage, closed, amount, amount, "USD", close, created, chance, "Pipeline",
            owner, lost, step, *ids, *days, *[""] * (5 - len(days))]  # fmt: skip


def _associated(n: int) -> Row:
    return [contact(n), company(n % 20 + 1), deal(n)]


_OF = ["Associated Contact IDs", "Associated Company IDs", "Associated Deal IDs"]


def _calls() -> Iterator[Row]:
    yield ["Record ID", "Call Title", "Call notes", "Call direction", "Call duration",
           "Call outcome", "Activity date", "Activity assigned to", *_OF]  # fmt: skip
    for n in range(1, 21):
        yield [801_000 + n, f"Call {n}", None, ("Outbound", "Inbound")[n % 2], 300_000, "Connected",
               f"2026-07-{n:02d} 10:00", SELLERS[n % 4], *_associated(n)]  # fmt: skip
    yield [801_021, "Call back", "Wants:\n- dates\n- \"a discount\"", "Inbound", 754_321,
           "Connected", "2026-07-31 23:50", "casey@harborlane.example",
           f"{contact(2)};{contact(3)}", f"{company(2)};{company(3)}", deal(2)]  # fmt: skip
    yield [801_022, "No company", None, "Outbound", None, "No answer", "2026-08-01 10:00",
           SELLERS[0], None, None, None]  # fmt: skip


def _meetings() -> Iterator[Row]:
    yield ["Record ID", "Meeting name", "Meeting description", "Meeting outcome",
           "Call and meeting type", "Meeting start time", "Meeting end time",
           "Activity assigned to", *_OF]  # fmt: skip
    for n in range(1, 21):
        outcome, day = None if n == 1 else "Completed", f"2026-08-{n:02d}"
        yield [802_000 + n, f"Meeting {n}", None, outcome, None, f"{day} 10:00", f"{day} 11:00",
               SELLERS[n % 4], *_associated(n)]  # fmt: skip
    yield [802_021, "Demo", None, "Completed", "Online demo", "2026-08-31 23:30",
           "2026-09-01 00:15", SELLERS[3], *_associated(5)]  # fmt: skip
    yield [802_022, "Not yet", None, "Scheduled", None, "2026-12-01 10:00", "2026-12-01 11:00",
           SELLERS[3], *_associated(5)]  # fmt: skip
    yield [802_023, "They did not come", None, "No Show", None, "2026-09-02 10:00",
           "2026-09-02 11:00", SELLERS[3], *_associated(5)]  # fmt: skip


def _emails() -> Iterator[Row]:
    yield ["Record ID", "Email subject", "Email body", "Email direction", "Activity date",
           "Activity assigned to", *_OF]  # fmt: skip
    for n in range(1, 21):
        yield [803_000 + n, f"Mail {n}", "Hello,\n\nas agreed.", ("Email", "Incoming Email")[n % 2],
               f"2026-09-{n:02d} 08:15", SELLERS[n % 4], *_associated(n)]  # fmt: skip
    yield [803_021, "Bad day", None, "Email", "2026-09-31 08:15", SELLERS[0], *_associated(1)]
