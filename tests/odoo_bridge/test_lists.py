"""The merge of lists: what holds for any links and any lines on any side."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from odoo_bridge.lists import Edit, merge_lines, merge_links

links = st.frozensets(st.integers(1, 6))
line = st.fixed_dictionaries({"price": st.integers(0, 2), "quantity": st.integers(1, 2)})
lines = st.dictionaries(st.sampled_from("abcd"), line)


def edited(links, edit):
    return (links | set(edit.add)) - set(edit.remove)


@given(links, links, links)
def test_equal_links_have_nothing_to_say_to_each_other(mine, other, now):
    assert merge_links(mine, other, now, now) == (Edit(), Edit())


@given(links, links)
def test_links_that_only_one_side_ever_had_stay_where_they_are(ours, theirs):
    assert merge_links(ours, theirs, ours, theirs) == (Edit(), Edit())


@given(links, links, links)
def test_edits_of_links_on_both_sides_all_come_to_both(base, ours, theirs):
    to_odoo, to_clinic = merge_links(base, base, ours, theirs)
    ours_after, theirs_after = edited(ours, to_clinic), edited(theirs, to_odoo)
    assert ours_after == theirs_after
    assert ours_after == (base | (ours - base) | (theirs - base)) - (base - ours) - (base - theirs)


@given(links, links, links, links)
def test_a_link_that_somebody_added_is_never_removed_on_either_side(agreed_ours, agreed_theirs, ours, theirs):
    to_odoo, to_clinic = merge_links(agreed_ours, agreed_theirs, ours, theirs)
    assert not set(to_odoo.remove) & (theirs - agreed_theirs)
    assert not set(to_clinic.remove) & (ours - agreed_ours)
    # Only what one of ours has gone is taken from Odoo: whom others invited there stays.
    assert set(to_odoo.remove) <= agreed_ours - ours


@given(links, links, links, links)
def test_a_second_merge_of_links_after_the_first_finds_nothing(agreed_ours, agreed_theirs, ours, theirs):
    to_odoo, to_clinic = merge_links(agreed_ours, agreed_theirs, ours, theirs)
    ours, theirs = edited(ours, to_clinic), edited(theirs, to_odoo)
    assert merge_links(ours, theirs, ours, theirs) == (Edit(), Edit())
    # Also where the clinic has no place for what Odoo has.
    assert not merge_links(ours, theirs, ours, theirs)[0]


@given(links, links, links, links)
def test_merging_links_favours_no_side(agreed_ours, agreed_theirs, ours, theirs):
    to_odoo, to_clinic = merge_links(agreed_ours, agreed_theirs, ours, theirs)
    theirs_first, ours_second = merge_links(agreed_theirs, agreed_ours, theirs, ours)
    for one, other in ((to_odoo, ours_second), (to_clinic, theirs_first)):
        assert (one.add, one.remove) == (other.add, other.remove)


@given(lines, lines, lines)
def test_equal_lines_have_nothing_to_say_to_each_other(mine, other, now):
    merged = merge_lines(mine, other, now, now)
    assert (merged.to_odoo, merged.to_clinic, merged.conflicts) == ({}, {}, {})


@given(lines, lines)
def test_lines_that_odoo_spells_in_another_way_are_nobodys_edit(ours, theirs):
    merged = merge_lines(ours, theirs, ours, theirs)
    assert (merged.to_odoo, merged.to_clinic, merged.conflicts) == ({}, {}, {})


def carried_out(lines, edits):
    after = {key: dict(one) for key, one in lines.items()}
    for key, edit in edits.items():
        if edit is None:
            after.pop(key, None)
        else:
            after[key] = after.get(key, {}) | edit
    return after


@given(lines, lines)
def test_edits_of_one_side_alone_all_go_to_the_other(base, now):
    for merged, side in (
        (merge_lines(base, base, now, base), "to_odoo"),
        (merge_lines(base, base, base, now), "to_clinic"),
    ):
        assert merged.conflicts == {}
        assert carried_out(base, getattr(merged, side)) == now


@given(lines, lines, lines)
def test_no_edit_of_a_line_is_lost(base, ours, theirs):
    merged = merge_lines(base, base, ours, theirs)
    ours_after, theirs_after = carried_out(ours, merged.to_clinic), carried_out(theirs, merged.to_odoo)
    for key in {*base, *ours, *theirs}:
        if key in merged.conflicts:
            names = merged.conflicts[key] or ("price", "quantity")
            assert ours.get(key) != theirs.get(key)
            for side in (ours, theirs):
                assert side.get(key) != base.get(key)
            # What waits is left as it is on both sides; other values of the line go on.
            for name in names:
                assert ours_after.get(key, {}).get(name) == ours.get(key, {}).get(name)
                assert theirs_after.get(key, {}).get(name) == theirs.get(key, {}).get(name)
        else:
            assert ours_after.get(key) == theirs_after.get(key)
            for side in (ours, theirs):
                for name in ("price", "quantity"):
                    edit, before = side.get(key, {}).get(name), base.get(key, {}).get(name)
                    assert edit == before or ours_after.get(key, {}).get(name) == edit


@given(lines, lines, lines)
def test_a_line_removed_on_one_side_and_edited_on_the_other_waits_for_a_person(base, ours, theirs):
    merged = merge_lines(base, base, ours, theirs)
    for key in base:
        for here, there in ((ours, theirs), (theirs, ours)):
            if key not in here and key in there:
                assert (key in merged.conflicts) == (there[key] != base[key])


@given(lines, lines, lines)
def test_the_order_of_lines_does_not_matter(base, ours, theirs):
    def turned(lines):
        return dict(reversed(lines.items()))

    assert merge_lines(base, base, ours, theirs) == merge_lines(turned(base), base, turned(ours), turned(theirs))


@given(lines, lines, lines, lines)
def test_a_second_merge_of_lines_finds_only_what_waits(agreed_ours, agreed_theirs, ours, theirs):
    first = merge_lines(agreed_ours, agreed_theirs, ours, theirs)
    ours, theirs = carried_out(ours, first.to_clinic), carried_out(theirs, first.to_odoo)
    waiting = first.conflicts.keys()
    agreed = [
        {key: one for key, one in side.items() if key not in waiting}
        | {key: one for key, one in before.items() if key in waiting}
        for side, before in ((ours, agreed_ours), (theirs, agreed_theirs))
    ]
    second = merge_lines(*agreed, ours, theirs)
    assert second.conflicts.keys() == waiting
    assert not {*second.to_odoo, *second.to_clinic} - waiting
