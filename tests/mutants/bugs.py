"""The planted bugs: what kind of bug, in which file, which text is replaced by which."""

from __future__ import annotations

from typing import NamedTuple


class Bug(NamedTuple):
    kind: str
    file: str
    search: str
    replace: str


BATCH = "odoo_bridge/batch.py"
SYNC, OUT, IN = "odoo_bridge/sync.py", "odoo_bridge/outbound.py", "odoo_bridge/inbound.py"
RECONCILE, MERGE, LEASES = "odoo_bridge/reconcile.py", "odoo_bridge/merge.py", "odoo_bridge/leases.py"
TAKEOVER, BROUGHT = "odoo_bridge/takeover.py", "odoo_bridge/brought.py"
INTAKE, DECIDING, LEDGER = "odoo_bridge/intake.py", "odoo_bridge/deciding.py", "odoo_bridge/ledger.py"
MAPPING, FIELDS, SCOPE = "odoo_bridge/mapping.py", "odoo_bridge/fields.py", "odoo_bridge/scope.py"
EVENT, MOVE = "odoo_bridge/mappings/event.py", "odoo_bridge/mappings/move.py"
PARTNER, PAYMENT = "odoo_bridge/mappings/partner.py", "odoo_bridge/mappings/payment.py"
MODELS, CORE = "odoo_bridge/models.py", "odoo_bridge/client/core.py"

BUGS = [
    Bug("lost write", BATCH, "link.pushed = self.versions[link.pk]", "link.pushed = 10**6"),
    Bug("lost write", INTAKE, '        wanted=F("wanted") + 1,\n', '        wanted=F("wanted"),\n'),
    Bug(
        "lost write",
        RECONCILE,
        "    link, merged, ours = pair.link, pair.merged, pair.ours\n",
        "    link, merged, ours = pair.link, pair.merged, pair.ours\n"
        "    after = mapping.ours(mapping.fetch([pair.record.uid])[pair.record.uid])\n"
        "    ours = ours | {name: after[name] for name in merged.to_clinic}\n",
    ),
    Bug("lost write", DECIDING, 'agreed["ours"].pop(name, None)', 'agreed["ours"][name] = values["ours"]'),
    Bug("lost write", DECIDING, 'agreed["theirs"].pop(name, None)', "pass"),
    Bug("lost write", INTAKE, "    for change in page:\n", "    for change in page[:-1]:\n"),
    Bug(
        "lost write",
        OUT,
        "            return True\n        return any(",
        "            return False\n        return any(",
    ),
    Bug("doubled create", SCOPE, "(key)}{uid.hex}", "(key)}{uid.hex}{id(self) % 97}"),
    Bug("doubled create", BROUGHT, " and mine[odoo_id].uid == one.uid", ""),
    Bug("doubled create", OUT, "bool(recovered or link.sent is not None", "bool(recovered or link.sent is None"),
    Bug("stale overwrite", OUT, " or link.late or link.merged_into", " or link.merged_into"),
    Bug("stale overwrite", BATCH, "if error.retry is not Retry.LOOK:", "if error.retry is Retry.LOOK:"),
    Bug(
        "stale overwrite",
        TAKEOVER,
        "if _is_as_it_was(mapping, present.get(pair.record.pk), pair)",
        "if pair.record.pk in present",
    ),
    Bug("stale overwrite", RECONCILE, "    _disown_what_came_late(link, theirs)\n\n", "\n\n"),
    Bug(
        "stale overwrite",
        MERGE,
        "    if one_way or (i_changed and (owner is Owner.ASK or newer is Newer.UNKNOWN)):\n        return None\n",
        "    if i_changed:\n        return Owner.CLINIC\n    if one_way:\n        return None\n",
    ),
    Bug("stale overwrite", EVENT, 'together = frozenset({"start", "stop"})', 'together = frozenset({"none"})'),
    Bug(
        "stale overwrite",
        OUT,
        "self._set_lines_aside(item, pair.merged.to_odoo), item.ours)",
        "self._set_lines_aside(item, pair.merged.to_odoo) and item.ours, item.ours)",
    ),
    Bug(
        "wrong order",
        PAYMENT,
        "        posted = {odoo_id: payment for payment, odoo_id, _ in found if payment.uid not in reasons}\n",
        "        posted = {odoo_id: payment for payment, odoo_id, _ in found if odoo_id not in drafts}\n",
    ),
    Bug(
        "wrong order",
        PAYMENT,
        "                raise NotYet(\n",
        "                (\n",
    ),
    Bug("wrong order", OUT, "            self._wish_for(link, wait)\n", ""),
    Bug("wrong owner", EVENT, "name = Char(title, owner=Owner.CLINIC)", "name = Char(title, owner=Owner.ODOO)"),
    Bug(
        "wrong owner",
        MERGE,
        "    if not they_changed:\n        return Owner.CLINIC\n",
        "    if not they_changed:\n        return Owner.ODOO\n",
    ),
    Bug(
        "wrong owner",
        PARTNER,
        'name = Char("full_name", one_way=True)',
        'name = Char("full_name", owner=__import__("odoo_bridge.merge", fromlist=["Owner"]).Owner.CLINIC)',
    ),
    Bug(
        "wrong owner",
        PARTNER,
        'city = Char("city")',
        'city = Char("city", owner=__import__("odoo_bridge.merge", fromlist=["Owner"]).Owner.CLINIC)',
    ),
    Bug(
        "swallowed error",
        SYNC,
        "        except (Uncertain, Denied) as error:\n"
        "            _put_back(mapping, lease, links, error)\n"
        "            raise",
        '        except (Uncertain, Denied):\n            Link.objects.filter(lease=lease).update(pushed=F("wanted"))',
    ),
    Bug(
        "swallowed error",
        "odoo_bridge/client/loading.py",
        "        if self.retryable:\n            raise Busy",
        "        if self.retryable and not self.model:\n            raise Busy",
    ),
    Bug(
        "swallowed error",
        OUT,
        '                self._ask(items[0].link, _("Odoo does not accept it: %(message)s", message=error.message))\n',
        "",
    ),
    Bug(
        "swallowed error",
        OUT,
        'self._ask(items[0].link, _("Odoo does not accept the change: %(message)s", message=error.message))',
        "pass",
    ),
    Bug("early cursor", SYNC, "if complete and (begun", "if (begun"),
    Bug("early cursor", SYNC, "since - OVERLAP, fields", "since + OVERLAP, fields"),
    Bug("early cursor", SYNC, "min(now, first - SKEW) if first else now", "now"),
    Bug("skipped page", SYNC, "complete &= absorb(", "complete |= absorb("),
    Bug("skipped page", IN, "if seen != digest(answers[odoo_id])}", "if not seen}"),
    Bug(
        "skipped page",
        IN,
        '        link.seen = ""  # The push has to look, though nothing changed here.',
        "        pass",
    ),
    Bug(
        "forgotten archive",
        CORE,
        '"active_test": False}\n        return self._pages',
        '"active_test": True}\n        return self._pages',
    ),
    Bug(
        "forgotten archive",
        PARTNER,
        '    active = Bool("is_active", one_way=True, words=(_("archived"), _("in use")))\n',
        "",
    ),
    Bug(
        "forgotten archive",
        EVENT,
        'Bool("occupies_time", one_way=True,',
        'Bool("occupies_time", one_way=True, once=True,',
    ),
    Bug(
        "lease ignored",
        LEASES,
        "links.filter(pk__in=candidates).free(now).update(",
        "Link.objects.filter(pk__in=candidates).update(",
    ),
    Bug(
        "lease ignored",
        MODELS,
        "return self.filter(Q(leased_until=None) | Q(leased_until__lte=now))",
        "return self.all()",
    ),
    Bug(
        "lease ignored",
        BATCH,
        "        return [item for item in items if item.link.pk in mine]",
        "        return items",
    ),
    Bug(
        "lease ignored",
        LEASES,
        "    links.filter(pk__in=candidates).free(now).update(",
        "    Link.objects.filter(pk__in=candidates).free(now).update(",
    ),
    Bug(
        "clock misread",
        FIELDS,
        'value.astimezone(UTC).isoformat(" ", "seconds")[:19]',
        "value.astimezone(UTC).strftime(DATETIME.replace('%H', '%I'))",
    ),
    Bug(
        "clock misread",
        SYNC,
        '{"since": begun} if complete and (begun := begun or client.server_time) else',
        '{"since": timezone.now()} if complete else',
    ),
    Bug("money rounded", FIELDS, 'f"{value.normalize():f}" if value else "0"', 'f"{value:.1f}" if value else "0"'),
    Bug(
        "money rounded",
        "odoo_bridge/standings.py",
        'residual = round_money(Decimal(str(answer["amount_residual"])), invoice.currency)',
        'residual = Decimal(int(answer["amount_residual"]))',
    ),
    Bug(
        "money rounded",
        BROUGHT,
        'amount=Decimal(str(row["amount"])),',
        'amount=Decimal(str(row["amount"])).quantize(Decimal("0.1")),',
    ),
    Bug(
        "guest sent away",
        FIELDS,
        "return [[4, one, 0] for one in value.add] + [[3, one, 0] for one in value.remove]",
        "return [[6, 0, list(value.add)]]",
    ),
    Bug("mail not silenced", MAPPING, '    "no_mail_to_attendees": True,\n', ""),
    Bug(
        "mail not silenced",
        OUT,
        "list(by_id(items)), values, context=self.mapping.context)",
        "list(by_id(items)), values)",
    ),
    Bug("stale overwrite", LEDGER, "        found = [one for one in found if one[0].uid in mine]\n", ""),
    Bug("stale overwrite", OUT, " or link.merged_into is not None", ""),
    Bug("stale overwrite", RECONCILE, "(name, ... if name in agreed.ours else value)", "(name, value)"),
    Bug("swallowed error", OUT, "for step in (self._look_again, self._finish,", "for step in (self._finish,"),
    Bug(
        "swallowed error",
        OUT,
        '            item.link.seen = ""  # Wherever it breaks off, Odoo has something else by then than was read.\n',
        "            pass\n",
    ),
    Bug(
        "early cursor",
        SYNC,
        "(Q(leased_until=None) | Q(leased_until__lte=now), pk=known.pk, **as_known)",
        "(pk=known.pk)",
    ),
    Bug("lost write", LEDGER, 'Link.objects.filter(lease=lease).update(seen="")', "pass"),
    Bug(
        "lost write",
        RECONCILE,
        "    settle(mapping, link, ours, theirs | {name: ours[name] for name in foreign}, names)\n",
        "    settle(mapping, link, ours, theirs, names)\n",
    ),
]
