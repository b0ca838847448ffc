"""Bugs planted in the sync, one at a time, to see that the simulation and the fast tests catch them."""
