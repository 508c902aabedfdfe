"""Word lists from which invented people, firms and streets are put together.

Nobody real is meant; mail goes to example.com and telephone numbers to 555-01xx.
"""

# ruff: noqa: SIM905 - word lists read better as lines of words than as columns of literals

from typing import Final

GIVEN_NAMES: Final = (
    "Adair Alder Arden Ariel Ash Aspen Auden Bay Bellamy Bex Briar Bryn Callis Carey Cass Cove "
    "Dale Darcy Dell Devin Ellery Ellis Emery Fable Farrow Fenn Florin Garnet Gale Haven Hollis "
    "Imre Jessamy Jory Juniper Keir Kestrel Lake Lark Leith Linden Lowen Lyric Marlowe Merit "
    "Merle Mika Nico Noor Oakley Odell Orly Pax Perrin Poet Quill Rain Remy Riven Robin Roe "
    "Rumi Sable Sandy Sasha Shae Sorrel Sunny Tace Teal Temple Thorne Toby True Vale Vesper "
    "Whit Winter Wylie Yarrow Zephyr Zuri"
).split()

FAMILY_STARTS: Final = (
    "Amber Ash Birch Black Bramble Bright Brook Cedar Clay Copper Crane Dale Elder Elm Fair Fern "
    "Field Fox Glen Gold Green Hawk Hazel Heath High Holm King Lark Long Maple Marsh Mill Moor "
    "North Oak Pine Quarry Raven Red River Rowan Sand Silver Stone Summer Swan Thorn Wild Wren"
).split()

FAMILY_ENDS: Final = (
    "ard bank beck berry born bourne bridge burn by croft dale den ford gate grove hall ham hurst "
    "land ley lock mere more ridge shaw shore side stead ton vale ward water well wick wood worth"
).split()

FIRM_KINDS: Final = (
    "Design, Dental Group, Foods, Interiors, Labs, Law Office, Logistics, Outfitters, Press, "
    "Property Care, Robotics, Software, Studio, Supply, Textiles, Wellness"
).split(", ")

STREETS: Final = (
    "Alder Street, Birch Avenue, Cedar Lane, Dogwood Drive, Elm Crescent, Fir Road, Granite Way, "
    "Harbour Road, Iris Court, Juniper Street, Kettle Road, Lakeside Drive, Maple Avenue, "
    "Northern Way, Orchard Street, Prairie Road, Quarry Lane, River Road, Station Street, "
    "Tamarack Avenue, Union Street, Valley Road, Willow Street, Yew Crescent"
).split(", ")

AREA_CODES: Final = {
    "AB": "780", "BC": "604", "MB": "204", "NB": "506",
    "NS": "902", "ON": "416", "QC": "514", "SK": "306",
}  # fmt: skip

POSTAL_ENDS: Final = "ABCEGHJKLMNPRSTVWXYZ"
"""Letters that may stand third in a Canadian postal code."""
