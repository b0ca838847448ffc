#!/bin/bash
# Initialises a new Odoo database and makes it ready for the clinic. Both steps may be run again.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
as_odoo=()
if ((EUID == 0)); then
    # The key is for Odoo's user to write and for the clinic's group (see the Dockerfile) to read.
    folder=$(dirname "$CLINIC_API_KEY_FILE")
    install -d -o odoo -g 10001 -m 2750 "$folder"
    chown odoo: /var/lib/odoo
    as_odoo=(env HOME=/var/lib/odoo setpriv --reuid odoo --regid odoo --init-groups)
fi

odoo() {
    "${as_odoo[@]}" "${ODOO_ENTRYPOINT:-/entrypoint.sh}" odoo "$@"
}

# With a key the modules are there: installing them again would update each of them at every start.
[[ -s "$CLINIC_API_KEY_FILE" ]] || odoo --database "$ODOO_DB" --init account,calendar,contacts,sale_management,stock --without-demo all \
    --stop-after-init --no-http
odoo shell --database "$ODOO_DB" --no-http <"$here/odoo_shell.py"
test -s "$CLINIC_API_KEY_FILE"
echo "odoo-init: the database $ODOO_DB is ready for the clinic"
