"""The three-way merge: what holds for any values on any side."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from odoo_bridge.merge import Agreed, Newer, Owner, merge

NAMES = ["a", "b", "c"]
values = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.sampled_from(["", "x", "y"]))
sides = st.fixed_dictionaries(dict.fromkeys(NAMES, values))
some = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, values))
owners = st.fixed_dictionaries({name: st.sampled_from(Owner) for name in NAMES})
one_ways = st.frozensets(st.sampled_from(NAMES))
newers = st.sampled_from(Newer)
EMPTY = (None, "", [])


@given(sides, some, some, owners, one_ways)
def test_two_equal_sides_have_nothing_to_say_to_each_other(ours, mine, other, owned, one_way):
    merged = merge(Agreed(mine, other), ours, dict(ours), owned, one_way)
    assert (merged.to_odoo, merged.to_clinic, merged.conflicts) == ({}, {}, [])


@given(sides, sides, owners, one_ways)
def test_what_odoo_spells_in_another_way_is_nobodys_edit(ours, theirs, owned, one_way):
    merged = merge(Agreed(ours, theirs), ours, theirs, owned, one_way)
    assert (merged.to_odoo, merged.to_clinic, merged.conflicts) == ({}, {}, [])


@given(sides, sides, some, some, owners, one_ways, newers)
def test_a_field_goes_one_way_or_waits_and_never_both(ours, theirs, mine, other, owned, one_way, newer):
    merged = merge(Agreed(mine, other), ours, theirs, owned, one_way, newer)
    parts = [set(merged.to_odoo), set(merged.to_clinic), set(merged.conflicts)]
    assert sum(map(len, parts)) == len(set.union(*parts))
    assert all(merged.to_odoo[name] == ours[name] for name in merged.to_odoo)
    assert all(merged.to_clinic[name] == theirs[name] for name in merged.to_clinic)


@given(sides, sides, some, some, owners, one_ways, newers)
def test_no_edit_of_either_side_is_passed_over(ours, theirs, mine, other, owned, one_way, newer):
    merged = merge(Agreed(mine, other), ours, theirs, owned, one_way, newer)
    handled = {*merged.to_odoo, *merged.to_clinic, *merged.conflicts}
    for name in NAMES:
        known = name in mine or name in other
        edited = mine.get(name, ...) != ours[name] or other.get(name, ...) != theirs[name]
        to_tell = edited if known else not (ours[name] in EMPTY and theirs[name] in EMPTY)
        assert (name in handled) == (to_tell and ours[name] != theirs[name])


@given(sides, sides, some, some, owners, one_ways, newers)
def test_what_the_clinic_cannot_take_over_is_never_taken_over(ours, theirs, mine, other, owned, one_way, newer):
    merged = merge(Agreed(mine, other), ours, theirs, owned, one_way, newer)
    assert not {name for name in merged.to_clinic if name in one_way and owned[name].is_shared}


@given(sides, sides, some, some, owners, one_ways, newers)
def test_the_owner_of_a_field_has_the_last_word(ours, theirs, mine, other, owned, one_way, newer):
    merged = merge(Agreed(mine, other), ours, theirs, owned, one_way, newer)
    for name in mine.keys() & other.keys():
        if owned[name] is Owner.CLINIC:
            assert name not in merged.to_clinic and name not in merged.conflicts
        if owned[name] is Owner.ODOO:
            assert name not in merged.to_odoo and name not in merged.conflicts


@given(sides, sides, sides, one_ways)
def test_edits_of_different_fields_end_on_both_sides(base, ours, theirs, one_way):
    # Each field is edited on one side at most.
    theirs = {name: theirs[name] if ours[name] == base[name] else base[name] for name in NAMES}
    shared = dict.fromkeys(NAMES, Owner.ASK)
    merged = merge(Agreed(base, base), ours, theirs, shared)
    assert merged.conflicts == []
    assert ours | merged.to_clinic == theirs | merged.to_odoo


@given(sides, sides, some, some, owners, one_ways, newers)
def test_a_second_merge_after_carrying_out_the_first_finds_only_what_waits(
    ours, theirs, mine, other, owned, one_way, newer
):
    first = merge(Agreed(mine, other), ours, theirs, owned, one_way, newer)
    ours, theirs = ours | first.to_clinic, theirs | first.to_odoo
    settled = [name for name in NAMES if name not in first.conflicts]
    agreed = Agreed(mine | {name: ours[name] for name in settled}, other | {name: theirs[name] for name in settled})
    second = merge(agreed, ours, theirs, owned, one_way, newer)
    assert (second.to_odoo, second.to_clinic, second.conflicts) == ({}, {}, first.conflicts)


def merged_field(mine, other, *, owner=Owner.ASK, agreed="old", newer=Newer.UNKNOWN, one_way=False):
    """Merge one field, and tell where its value goes."""
    known = {} if agreed is ... else {"a": agreed}
    merged = merge(
        Agreed(known, known), {"a": mine}, {"a": other}, {"a": owner}, frozenset("a" if one_way else ()), newer
    )
    if merged.conflicts:
        return "a person"
    return "Odoo" if merged.to_odoo else "the clinic" if merged.to_clinic else "nowhere"


def test_where_nothing_was_agreed_a_value_fills_what_is_empty_and_two_values_ask():
    assert merged_field("mine", None, agreed=...) == "Odoo"
    assert merged_field("", "theirs", agreed=...) == "the clinic"
    assert merged_field("", "theirs", agreed=..., one_way=True) == "a person"
    assert merged_field("mine", "theirs", agreed=...) == "a person"
    assert merged_field("mine", "theirs", agreed=..., owner=Owner.CLINIC) == "Odoo"
    assert merged_field("mine", "theirs", agreed=..., owner=Owner.ODOO) == "the clinic"
    # Whoever decides: what nobody has entered there yet is no decision.
    assert merged_field("", "theirs", agreed=..., owner=Owner.CLINIC) == "the clinic"
    assert merged_field("mine", None, agreed=..., owner=Owner.ODOO) == "Odoo"
    assert merged_field(False, True, agreed=...) == "a person"
    assert merged_field("", None, agreed=...) == "nowhere"


def test_what_a_person_decided_goes_before_the_owner_until_the_other_side_changes_again():
    def decided(other):
        # Ours was decided for: Odoo's value of then is taken note of, ours counts as new.
        return merge(Agreed({}, {"a": "then"}), {"a": "mine"}, {"a": other}, {"a": Owner.ODOO})

    assert decided("then").to_odoo == {"a": "mine"}
    assert decided("later").to_clinic == {"a": "later"}


def test_of_two_edits_the_newer_one_wins_where_a_field_goes_by_that():
    assert merged_field("mine", "theirs", owner=Owner.NEWEST, newer=Newer.OURS) == "Odoo"
    assert merged_field("mine", "theirs", owner=Owner.NEWEST, newer=Newer.THEIRS) == "the clinic"
    assert merged_field("mine", "theirs", owner=Owner.NEWEST, newer=Newer.THEIRS, one_way=True) == "a person"
    assert merged_field("mine", "theirs", owner=Owner.NEWEST) == "a person"
    assert merged_field("mine", "theirs", owner=Owner.ASK, newer=Newer.OURS) == "a person"
    # An edit on one side alone is not weighed against the other side's date.
    assert merged_field("mine", "old", owner=Owner.NEWEST, newer=Newer.THEIRS) == "Odoo"
    assert merged_field("old", "theirs", owner=Owner.NEWEST, newer=Newer.OURS) == "the clinic"
