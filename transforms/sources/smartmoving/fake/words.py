"""Word lists and reference lists of the fake account: invented people, real dirt.

What happens to the people over time belongs to `world`.
"""

# ruff: noqa: SIM905 - word lists read better as a line of words than as a column of literals

from typing import Final

FIRST_NAMES: Final = (
    "Avery Blake Cameron Dana Élodie Emerson Finley Gray Harper Indigo Jules Kai Lennox Marlow "
    "Noël Oakley Parker Quinn Reese Rowan Sage Sidney Tatum Umber Vesper Wren Yael Zoé"
).split()

LAST_NAMES: Final = (
    "Alderwood Birchfield Cedarholm Driftmoor Elmridge Fernhollow Glenbrook Hazelton Ironwood "
    "Junipère Kestrelby Larkspur Maplewick Northfield Oakhurst Pinecrest Quailford Ravenhill "
    "Sprucedale Thistledown Umberlake Valebrook Willowmere Yarrowby"
).split()

STREETS: Final = (
    "Maple Street, Cedar Avenue, Birch Lane, Spruce Road, Willow Crescent, Poplar Drive, "
    "Lakeview Boulevard, Harbour Street, Mill Road, Station Avenue, Orchard Way, Ridge Court"
).split(", ")

PROVINCE_NAMES: Final = {
    "AB": "Alberta",
    "BC": "British Columbia",
    "MB": "Manitoba",
    "NB": "New Brunswick",
    "NS": "Nova Scotia",
    "ON": "Ontario",
    "QC": "Quebec",
    "SK": "Saskatchewan",
}

# First letters of a postal code by province: enough for a plausible sortation area.
POSTAL_LETTERS: Final = {
    "AB": "T",
    "BC": "V",
    "MB": "R",
    "NB": "E",
    "NS": "B",
    "ON": "LKNM",
    "QC": "HJ",
    "SK": "S",
}

# Hours that the branches' wall clocks stand behind UTC, roughly: the fake needs daylight only.
HOURS_BEHIND_UTC: Final = {
    "AB": 7,
    "BC": 8,
    "MB": 6,
    "NB": 4,
    "NS": 4,
    "ON": 5,
    "QC": 5,
    "SK": 6,
    "US": 6,
}

# Branches whose dispatch yard stands in another town than the name says.
DISPATCH_CITIES: Final = {
    "Coquitlam": "Port Moody",
    "Ottawa": "Stittsville",
    "Moncton": "Dieppe",
}

US_CITIES: Final = (
    "Austin TX, Boise ID, Charlotte NC, Columbus OH, Dallas TX, Denver CO, Houston TX, "
    "Jacksonville FL, Miami FL, Nashville TN, Orlando FL, Phoenix AZ, Portland OR, Raleigh NC, "
    "San Antonio TX, Seattle WA, Tampa FL, Tucson AZ"
).split(", ")

# Rows of the account that are no branch of anybody: they must never be guessed into one.
STRAY_BRANCHES: Final = (
    "TEST - do not use",
    "5f1c9a34-7b1e-4c0e-9a55-2d6f0b7c1e90",
    "Northway Long Haul Line",
    "Harbour & Sons Cartage",
    "zz training branch ",
)

CHANNELS: Final = (
    ("Google organic", 22),
    ("pay-per-click", 18),
    ("local services ads", 12),
    ("referral", 11),
    ("repeat customer", 9),
    ("MovingWaldo", 9),
    ("Homestars", 7),
    ("map listing", 6),
    ("saw our truck", 3),
    ("call extension 416-555-0142", 2),
    ("postcard", 1),
)

# id, name, scaling percent, share of the demo's jobs in thousandths.
SERVICE_TYPES: Final = (
    (1, "Moving", 100, 620),
    (3, "Packing", 100, 20),
    (4, "Moving And Packing", 100, 90),
    (5, "Load Only", 65, 40),
    (6, "Unload Only", 35, 40),
    (7, "Commercial", 100, 40),
    (8, "Storage In Bound", 80, 30),
    (9, "Storage Out Bound", 80, 30),
    (11, "Junk Removal", 100, 3),
    (12, "Labor Only", 100, 60),
    (101, "Storage Inbound and Packing", 100, 2),
    (102, "Cleaning", 100, 1),
    (103, "Unpacking", 100, 2),
    (104, "Material Pickup at Office", 100, 1),
    (105, "Box Delivery", 100, 15),
    (106, "Ferry Load Only", 100, 0),
    (107, "Ferry Unload Only", 100, 0),
    (108, "Bin Rental Pick Up", 100, 1),
    (109, "Bin Rental Drop Off", 100, 1),
    (110, "Material Pickup at Office", 100, 0),
    (111, "Driving", 100, 1),
    (112, "Load Only and Packing", 100, 1),
    (113, "Ferry Same Day Moving", 100, 0),
    (114, "Labour and Packing Only", 100, 1),
    (116, "Long Distance", 100, 1),
)

# name, cubic feet (None as the account has it), crew, hours: the rows that jobs are drawn from.
MOVE_SIZES: Final = (
    ("Single item (2 h minimum)", 100, 2, 2.0),
    ("One room, up to 5 items (2 h minimum)", 75, 2, 2.0),
    ("Studio under 600 sq ft", 288, 2, 3.0),
    ("1-bedroom apartment", 432, 2, 4.0),
    ("2-bedroom apartment", 864, 3, 4.5),
    ("3-bedroom apartment", 1296, 3, 6.0),
    ("Townhouse 3 bedrooms", 874, 3, 5.0),
    ("House 2 bedrooms", 1008, 3, 5.5),
    ("House 3 bedrooms", 1440, 4, 6.5),
    ("House 4 bedrooms", 1872, 4, 8.0),
    ("House 5 bedrooms", 3168, 5, 10.0),
)

OTHER_MOVE_SIZES: Final = (
    ("Townhouse 2 bedrooms", 864),
    ("Townhouse 4 bedrooms", 900),
    ("House 2 bedrooms (large)", 1152),
    ("House 3 bedrooms (large)", 1584),
    ("House 4 bedrooms (large)", 2016),
    ("House 5 bedrooms (large)", 3816),
    ("Office small", 450),
    ("Office medium", 1200),
    ("Office large", 3816),
    ("Commercial", 1200),
    ("Warehouse", 3816),
    ("Storage unit 5x10", 400),
    ("Storage unit 5x15", 600),
    ("Storage unit 10x10", 800),
    ("Storage unit 10x15", 1200),
    ("Storage unit 10x20", 1600),
    ("Storage unit 10x25", 1800),
    ("Storage unit 10x30", 3000),
    ("Box delivery", 0),
    ("0b6e2f14-93ad-4a52-8d1c-6f1f6f7f8a21", None),
    ("1 Bedroom", None),
    ("2 Bedroom", None),
    ("3 Bedroom", None),
    ("4+ Bedrooms", None),
    ("Studio", None),
    ("Medium", None),
    ("Large", None),
)

BAD_LEAD_REASONS: Final = ("Duplicate", "Wrong number", "Outside our area", "Spam")
CANCELLATION_REASONS: Final = ("Date changed", "Moving on their own", "Closing fell through")
LOST_REASONS: Final = ("Price too high", "Booked with another mover", "No answer", "Moving later")
