"""How Arabic readers write a day and a month out in full, and numbers."""

FULL_DAY = "l j F"
MONTH = "F Y"
# As with money: what goes with the digits 0 to 9 (CLDR), which the desk uses in all languages.
DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
