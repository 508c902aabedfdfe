"""What the fake account answers at one instant: the vendor's JSON shapes over the drawn world.

Which request gets which answer, and every fault, belongs to `server`.
"""

from datetime import date, datetime, timedelta

from transforms.sources.base import Json
from transforms.sources.smartmoving.fake import money, words
from transforms.sources.smartmoving.fake.world import Branch, Job, Life, Person, World, local


class Account:
    """The account as it stands at `as_of`; rows are plain JSON dictionaries."""

    def __init__(self, world: World, as_of: datetime) -> None:
        self._world = world
        self._as_of = as_of
        everybody = sorted(
            (p for p in world.people(as_of.date()) if self._is_known(p)),
            key=lambda person: (person.name.strip().casefold(), person.id),
        )
        self.people = {person.id: person for person in everybody}
        self.lives = {
            life.id: (person, life) for person in everybody for life in self._lives(person)
        }
        self.by_quote = {str(life.quote_number): key for key, (_, life) in self.lives.items()}

    def branches(self) -> list[Json]:
        return [self._branch(branch) for branch in self._world.branches]

    def users(self) -> list[Json]:
        rows: list[Json] = []
        for index, branch in enumerate(b for b in self._world.branches if b.code):
            for first in words.FIRST_NAMES[index % 7 :: 7]:
                key = self._world.id_of("user", branch.index, first)
                home = {"id": branch.id, "name": branch.name}
                rows.append(
                    {
                        "id": key,
                        "name": f"{first} {words.LAST_NAMES[index % len(words.LAST_NAMES)]}",
                        "title": "Sales",
                        "email": f"user.{key[:8]}@example.com",
                        "primaryBranch": None if index % 5 == 4 else home,
                        "role": {"id": self._world.id_of("role", "sales"), "name": "Sales"},
                    }
                )
        return rows

    def move_sizes(self) -> list[Json]:
        sizes = [(name, volume) for name, volume, *_ in words.MOVE_SIZES]
        return [
            {
                "id": self._world.id_of("size", name),
                "name": name,
                "description": name,
                "volume": volume,
                "weight": None if volume is None or index % 9 == 8 else volume * 7,
            }
            for index, (name, volume) in enumerate([*sizes, *words.OTHER_MOVE_SIZES])
        ]

    def service_types(self) -> list[Json]:
        return [
            {
                "id": kind,
                "name": name,
                "scalingFactorPercentage": scaling,
                "hasActivityLoading": kind not in (3, 6),
                "hasActivityFinishedLoading": kind not in (3, 6),
                "hasActivityUnloading": kind not in (3, 5),
                "order": order,
            }
            for order, (kind, name, scaling, _) in enumerate(words.SERVICE_TYPES)
        ]

    def referral_sources(self) -> list[Json]:
        codes = [branch.code for branch in self._world.branches if branch.code] + ["US"]
        return [
            self._named("source", f"{code} {channel}", isLeadProvider=False, isPublic=True)
            for code in codes
            for channel, _ in words.CHANNELS
        ]

    def tariffs(self) -> list[Json]:
        return [
            self._named(
                "tariff",
                "Standard tariff",
                isEnabled=True,
                appliesToOpportunityTypes=[0, 1, 2],
                appliesToBranches=[],
            )
        ]

    def reasons(self, names: tuple[str, ...], label: str) -> list[Json]:
        return [
            {"id": self._world.id_of("reason", name), label: name, "sortOrder": order}
            for order, name in enumerate(names)
        ]

    def leads(self) -> list[Json]:
        open_leads = (
            (person, life)
            for person, life in self.lives.values()
            if life.status_at(self._as_of) in (0, 1)
        )
        return [self._lead(person, life) for person, life in open_leads]

    def customers(self, first: int | None, last: int | None) -> list[Json]:
        """Customers with a job between two yyyyMMdd days, both included; all without days."""
        if first is None and last is None:
            return [self._customer(person) for person in self.people.values()]
        rows: list[Json] = []
        for person in self.people.values():
            lives = [life for life in self._lives(person) if self._is_dated(life)]
            days = [number(job.day_at(self._as_of)) for life in lives for job in self._jobs(life)]
            if any((first or 0) <= day <= (last or 99991231) for day in days):
                summaries = [self._summary(life) for life in lives]
                rows.append({**self._customer(person), "opportunities": summaries})
        return rows

    def customer(self, key: str) -> Json | None:
        person = self.people.get(key)
        return self._customer(person) if person else None

    def opportunities_of(self, customer: str) -> list[Json] | None:
        person = self.people.get(customer)
        if person is None:
            return None
        return [
            {
                "id": life.id,
                "quoteNumber": str(life.quote_number),
                "serviceDate": self._service_day(life),
                "status": life.status_at(self._as_of),
                "createdAtUtc": utc(life.created_at),
            }
            for life in self._lives(person)
        ]

    def opportunity(self, key: str, include: frozenset[str]) -> Json | None:
        """Details of an opportunity; `include` holds the lower-case names of the switched parts."""
        found = self.lives.get(key)
        if found is None:
            return None
        person, life = found
        name, volume, *_ = life.size
        branch = life.branch
        before_tax = money.subtotal(life, self._as_of, actual=False)
        taxes = money.tax(life, before_tax)
        customer = self._customer(person)
        return {
            "id": life.id,
            "quoteNumber": life.quote_number,
            "customer": {k: customer[k] for k in ("id", "name", "emailAddress", "phoneNumber")},
            "branch": {"name": branch.name, "phoneNumber": f"416-555-01{branch.index:02d}"},
            "contacts": [],
            "opportunityType": 0,
            "type": life.jobs[0].kind,
            "serviceDate": self._service_day(life),
            "status": life.status_at(self._as_of),
            "leadStatus": "Hot" if life.quote_number % 2 else "Warm",
            "moveSize": {"name": name, "description": name, "volume": volume},
            "volume": volume,
            "weight": volume * 7,
            "volumeWeightCalculationMode": 0,
            "estimatedTotal": {
                "subtotal": float(before_tax),
                "taxableAmount": float(before_tax),
                "tax": float(taxes),
                "finalTotal": float(before_tax + taxes),
            },
            "estimator": None,
            "salesAssignee": {
                "id": self._world.id_of("user", branch.index, life.seller),
                "name": life.seller,
            },
            "hasTripInfo": False,
            "referralSource": life.source,
            "allowInventoryUpdates": True,
            "jobs": [self._detail_job(person, life, job, include) for job in self._jobs(life)],
            "payments": self._detail_payments(life) if "includepayments" in include else [],
            "tripInfo": None,
            "tariff": self._named("tariff", "Standard tariff"),
        }

    def jobs_of(self, key: str) -> list[Json] | None:
        found = self.lives.get(key)
        if found is None:
            return None
        _, life = found
        status = life.status_at(self._as_of)
        return [self._timed_job(life, job, status) for job in self._jobs(life)]

    def payments_of(self, key: str) -> list[Json] | None:
        found = self.lives.get(key)
        return money.payments(self._world, found[1], self._as_of) if found else None

    def activity_of(self, key: str) -> list[Json] | None:
        found = self.lives.get(key)
        if found is None:
            return None
        _, life = found
        steps = [(life.created_at, 0), (life.contacted_at, 1), (life.quoted_at, 1)]
        return [
            {
                "id": self._world.id_of("activity", life.id, position),
                "activityType": kind,
                "description": "Opportunity created" if kind == 0 else "Opportunity edited",
                "changeMadeByUserId": None,
                "createdAtUtc": utc(at),
            }
            for position, (at, kind) in enumerate(steps)
            if at <= self._as_of
        ]

    def _is_known(self, person: Person) -> bool:
        gone = person.vanishes_at is not None and self._as_of >= person.vanishes_at
        return not gone and bool(self._lives(person))

    def _lives(self, person: Person) -> list[Life]:
        return [life for life in person.lives if life.created_at <= self._as_of]

    def _is_dated(self, life: Life) -> bool:
        """A lead whose date is not known yet stands in the list of leads only."""
        return life.has_date or life.status_at(self._as_of) not in (0, 1)

    def _jobs(self, life: Life) -> list[Job]:
        return life.jobs_at(self._as_of) if self._is_dated(life) else []

    def _service_day(self, life: Life) -> int | None:
        days = [job.day_at(self._as_of) for job in self._jobs(life)]
        return number(min(days)) if days else None

    def _named(self, kind: str, name: str, **more: object) -> Json:
        return {"id": self._world.id_of(kind, name), "name": name, **more}

    def _branch(self, branch: Branch) -> Json:
        city = words.DISPATCH_CITIES.get(branch.city, branch.city)
        state = branch.province
        if branch.index % 4 == 3:
            state = words.PROVINCE_NAMES.get(state, state)
        return {
            "id": branch.id,
            "name": branch.name,
            "phoneNumber": None if branch.index % 7 == 6 else f"416-555-01{branch.index:02d}",
            "isPrimary": branch.index == 0,
            "dispatchLocation": {
                "fullAddress": f"1 Depot Road, {city}, {state}",
                "street": "1 Depot Road",
                "city": city,
                "state": state,
                "zip": None,
                "lat": None,
                "lng": None,
            },
        }

    def _customer(self, person: Person) -> Json:
        changed = self._as_of >= person.phone_changes_at
        return {
            "id": person.id,
            "name": person.name,
            "phoneNumber": person.later_phone if changed else person.phone,
            "phoneType": 0,
            "emailAddress": person.email,
            "address": person.address,
            "secondaryPhoneNumbers": [],
        }

    def _summary(self, life: Life) -> Json:
        return {
            "id": life.id,
            "quoteNumber": str(life.quote_number),
            "status": life.status_at(self._as_of),
            "jobs": [
                {
                    "id": job.id,
                    "jobNumber": job.number,
                    "serviceDate": str(number(job.day_at(self._as_of))),
                    "type": job.kind,
                }
                for job in self._jobs(life)
            ],
        }

    def _lead(self, person: Person, life: Life) -> Json:
        name = life.size[0]
        row: Json = {
            "id": life.id,
            "customerName": person.name,
            "emailAddress": person.email,
            "phoneNumber": person.phone,
            "phoneType": 0,
            "referralSource": self._world.id_of("source", life.source),
            "referralSourceName": life.source,
            "affiliateName": None,
            "serviceDate": self._service_day(life),
            "salesPersonId": None,
            "salesPerson": life.seller if life.status_at(self._as_of) == 1 else None,
            "type": life.jobs[0].kind,
            "branchId": life.branch.id,
            "branchName": life.branch.name,
            "moveSizeId": self._world.id_of("size", name),
            "moveSizeName": name,
            "createdAtUtc": utc(life.created_at),
        }
        for end, address in (("origin", person.address), ("destination", person.destination)):
            row |= {f"{end}AddressFull": address, f"{end}Street": None, f"{end}Zip": None}
            row |= {f"{end}City": life.branch.city, f"{end}State": life.branch.province}
        return row

    def _detail_job(self, person: Person, life: Life, job: Job, include: frozenset[str]) -> Json:
        row: Json = {
            "id": job.id,
            "jobNumber": job.number,
            "jobDate": number(job.day_at(self._as_of)),
            "type": job.kind,
            "confirmed": life.status_at(self._as_of) in (4, 10, 11),
            "jobAddresses": [],
            "jobDocuments": [],
            "estimatedCharges": [],
            "actualCharges": [],
        }
        if "includejobaddresses" in include:
            row["jobAddresses"] = [person.address, person.destination]
        if "includecharges" in include:
            row["estimatedCharges"] = money.charges(life, job, self._as_of, actual=False)
            row["actualCharges"] = money.charges(life, job, self._as_of, actual=True)
        return row

    def _detail_payments(self, life: Life) -> list[Json]:
        shared = ("source", "paymentType", "amount", "refundsJobPaymentId", "amountRefunded")
        return [
            {
                **{name: row[name] for name in shared},
                "takenByUser": None,
                "isOutstanding": False,
                "paidAtUtc": row["createdAtUtc"],
                "paymentCategory": row["paymentCategory"],
            }
            for row in money.payments(self._world, life, self._as_of)
        ]

    def _timed_job(self, life: Life, job: Job, status: int) -> Json:
        day = job.day_at(self._as_of)
        start = local(day, 9, life.branch)
        end = start + timedelta(minutes=job.actual_minutes)
        done = status in (10, 11)
        return {
            "id": job.id,
            "type": job.kind,
            "jobNumber": job.number,
            "jobDate": number(day),
            "startTimeUtc": utc(start),
            "endTimeUtc": utc(end) if done else None,
            "completedAtUtc": utc(end) if done else None,
            "confirmedAtUtc": utc(life.decided_at) if status in (4, 10, 11, 20) else None,
            "closedAtUtc": utc(life.closed_at) if status == 11 else None,
        }


def number(day: date) -> int:
    """A day as the vendor writes it: the integer yyyyMMdd."""
    return day.year * 10_000 + day.month * 100 + day.day


def utc(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
