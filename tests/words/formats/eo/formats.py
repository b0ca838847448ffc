"""How English readers write a day and a month out in full."""

FULL_DAY = "l j F"
MONTH = "F Y"
