"""The generator's parts hand each other frozen values: a later part never edits an earlier one."""

from dataclasses import dataclass, field
from datetime import date

CONVEYING = "搬送装置"
ROBOTS = "産業用ロボット"
SENSORS = "センサー"
SOFTWARE = "制御ソフト"
SERVICE = "保守サービス"
CONSUMABLES = "消耗品"
CATEGORIES = (CONVEYING, ROBOTS, SENSORS, SOFTWARE, SERVICE, CONSUMABLES)

Mix = tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True)
class Profile:
    """An account and how it behaves: yearly sales in yen, growth in percent a year."""

    id: str
    name: str
    kana: str
    english: str
    short: str
    industry: str
    owner: str
    region: str
    city: str
    employees: int
    revenue: int
    founded: int
    score: int | None
    channel: str = "直販"
    status: str = "customer"
    parent: str = ""
    sales: int = 0
    growth: int = 3
    mix: Mix = ()
    orders_a_month: float = 2.5
    lines_an_order: float = 1.7
    activities_a_month: float = 1.6
    discount_permille: int = 60
    contacts: int = 4
    departments: int = 3
    created_on: date = date(2015, 4, 1)
    contract_end: date | None = None
    stage: str = ""
    target_stage: str = ""
    customer_role: str = ""
    our_role: str = ""
    closed_deals: int = 6
    open_deals: int = 1
    international: bool = False
    quirk: str = ""


@dataclass(frozen=True)
class Contact:
    """A person at a customer."""

    id: str
    account_id: str
    family: str
    row: dict[str, str]
    role: str
    level: str
    left_on: date | None


@dataclass(frozen=True)
class Product:
    """A product with list price and standard cost per unit in yen."""

    id: str
    name: str
    category: str
    price: int
    cost: int


@dataclass(frozen=True, kw_only=True)
class Deal:
    """An opportunity with the days on which it entered each stage."""

    id: str
    account_id: str
    name: str
    owner: str
    product: str
    category: str
    status: str
    amount: int | None
    steps: tuple[tuple[str, date], ...]
    expected: date | None
    closed: date | None = None
    probability: str = ""
    forecast: str = ""
    loss_reason: str = ""
    competitor: str = ""
    next_step: str = ""
    next_step_due: date | None = None
    told: bool = False

    @property
    def created(self) -> date:
        """The day of the first stage."""
        return self.steps[0][1]

    @property
    def stage(self) -> str:
        """The last stage reached."""
        return self.steps[-1][0]


@dataclass(frozen=True, kw_only=True)
class Activity:
    """Something that happened between us and a customer."""

    account_id: str
    contact_id: str
    deal_id: str = ""
    person_id: str
    kind: str
    day: date
    minutes: int
    direction: str
    subject: str
    body: str = ""


@dataclass(frozen=True)
class World:
    """The sample company up to its deals, which activities and costs build on."""

    profiles: tuple[Profile, ...]
    contacts: dict[str, tuple[Contact, ...]]
    products: tuple[Product, ...]
    deals: tuple[Deal, ...] = field(default=())
