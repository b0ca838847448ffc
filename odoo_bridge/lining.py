"""Editing the lines of records in Odoo as a merge decided, the last thing of a batch that is written there."""

from __future__ import annotations

from odoo_bridge import timeline
from odoo_bridge.batch import Held, Item, by_id
from odoo_bridge.merge import Agreed, Values
from odoo_bridge.reconcile import settle
from odoo_bridge.said import _
from odoo_bridge.timeline import Told, What

LEFT = _("Odoo left the lines as they were, and gave no reason. Look at them there, then try again.")


class Lined(Held):
    """What a push does with the lines of a batch's records."""

    def _set_lines_aside(self, item: Item, to_odoo: Values) -> Values:
        """Note on an item what is to be edited in its lines, and return what is to be written by itself."""
        names = self.mapping.line_lists
        item.lines = {key: edit for name in names & to_odoo.keys() for key, edit in to_odoo[name].items()}
        return {name: value for name, value in to_odoo.items() if name not in names}

    def _put_lines_right(self, items: list[Item]) -> None:
        """Edit lines one record after the other, read them again, and note what came of it."""
        edited = by_id(self._held(item for item in self._open(items) if item.lines))
        reasons = {
            odoo_id: self.mapping.put_lines_right(item.record, odoo_id, item.lines) for odoo_id, item in edited.items()
        }
        for answer in self._read(edited):
            item = edited[answer["id"]]
            self._saw(item, answer)
            theirs = self.mapping.theirs(answer)
            alike = {name for name in self.mapping.line_lists if theirs.get(name, ...) == item.ours[name]}
            before = (Agreed.from_json(item.link.agreed) or Agreed({}, {})).theirs
            if change := timeline.differences(before, {name: item.ours[name] for name in alike}):
                self.told.append(Told(item.link, What.SENT, change, _("Lines put right")))
            settle(self.mapping, item.link, item.ours, theirs, alike)
            if alike != self.mapping.line_lists:
                self._ask(item.link, reasons[answer["id"]] or LEFT)
