"""The three-way merge: what holds for any values on any side."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from odoo_bridge.merge import Agreed, Owner, merge

NAMES = ["a", "b", "c"]
values = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.sampled_from(["", "x", "y"]))
sides = st.fixed_dictionaries(dict.fromkeys(NAMES, values))
some = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, values))
owners = st.fixed_dictionaries({name: st.sampled_from(Owner) for name in NAMES})
one_ways = st.frozensets(st.sampled_from(NAMES))


@given(sides, some, some, owners, one_ways)
def test_two_equal_sides_have_nothing_to_say_to_each_other(ours, mine, other, owned, one_way):
    merged = merge(Agreed(mine, other), ours, dict(ours), owned, one_way)
    assert (merged.to_odoo, merged.to_clinic, merged.conflicts) == ({}, {}, [])


@given(sides, sides, owners, one_ways)
def test_what_odoo_spells_in_another_way_is_nobodys_edit(ours, theirs, owned, one_way):
    merged = merge(Agreed(ours, theirs), ours, theirs, owned, one_way)
    assert (merged.to_odoo, merged.to_clinic, merged.conflicts) == ({}, {}, [])


@given(sides, sides, some, some, owners, one_ways)
def test_a_field_goes_one_way_or_waits_and_never_both(ours, theirs, mine, other, owned, one_way):
    merged = merge(Agreed(mine, other), ours, theirs, owned, one_way)
    parts = [set(merged.to_odoo), set(merged.to_clinic), set(merged.conflicts)]
    assert sum(map(len, parts)) == len(set.union(*parts))
    assert all(merged.to_odoo[name] == ours[name] for name in merged.to_odoo)
    assert all(merged.to_clinic[name] == theirs[name] for name in merged.to_clinic)


@given(sides, sides, some, some, owners, one_ways)
def test_no_edit_of_either_side_is_passed_over(ours, theirs, mine, other, owned, one_way):
    merged = merge(Agreed(mine, other), ours, theirs, owned, one_way)
    handled = {*merged.to_odoo, *merged.to_clinic, *merged.conflicts}
    for name in NAMES:
        ours_edited = name not in mine or mine[name] != ours[name]
        theirs_edited = other[name] != theirs[name] if name in other else name in mine
        edited = ours_edited or theirs_edited
        assert (name in handled) == (edited and ours[name] != theirs[name])


@given(sides, sides, some, some, owners, one_ways)
def test_what_the_clinic_cannot_take_over_is_never_taken_over(ours, theirs, mine, other, owned, one_way):
    merged = merge(Agreed(mine, other), ours, theirs, owned, one_way)
    assert not {name for name in merged.to_clinic if name in one_way and owned[name] is Owner.EITHER}


@given(sides, sides, some, some, owners, one_ways)
def test_the_owner_of_a_field_has_the_last_word(ours, theirs, mine, other, owned, one_way):
    merged = merge(Agreed(mine, other), ours, theirs, owned, one_way)
    for name in NAMES:
        if owned[name] is Owner.CLINIC:
            assert name not in merged.to_clinic and name not in merged.conflicts
        if owned[name] is Owner.ODOO:
            assert name not in merged.to_odoo and name not in merged.conflicts


@given(sides, sides, sides, one_ways)
def test_edits_of_different_fields_end_on_both_sides(base, ours, theirs, one_way):
    # Each field is edited on one side at most.
    theirs = {name: theirs[name] if ours[name] == base[name] else base[name] for name in NAMES}
    either = dict.fromkeys(NAMES, Owner.EITHER)
    merged = merge(Agreed(base, base), ours, theirs, either, frozenset())
    assert merged.conflicts == []
    assert ours | merged.to_clinic == theirs | merged.to_odoo


@given(sides, sides, some, some, owners, one_ways)
def test_a_second_merge_after_carrying_out_the_first_finds_only_what_waits(ours, theirs, mine, other, owned, one_way):
    first = merge(Agreed(mine, other), ours, theirs, owned, one_way)
    ours, theirs = ours | first.to_clinic, theirs | first.to_odoo
    settled = [name for name in NAMES if name not in first.conflicts]
    agreed = Agreed(mine | {name: ours[name] for name in settled}, other | {name: theirs[name] for name in settled})
    second = merge(agreed, ours, theirs, owned, one_way)
    assert (second.to_odoo, second.to_clinic, second.conflicts) == ({}, {}, first.conflicts)


@given(sides)
def test_a_field_mapped_since_the_last_agreement_is_sent_and_not_fetched(ours):
    theirs = dict.fromkeys(NAMES, "theirs")
    merged = merge(Agreed({}, {}), ours, theirs, dict.fromkeys(NAMES, Owner.EITHER), frozenset())
    assert merged.to_odoo == ours
    assert merged.to_clinic == {}
