"""How Spanish readers write a day and a month out in full."""

FULL_DAY = r"l j \d\e F"
MONTH = r"F \d\e Y"
