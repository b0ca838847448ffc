"""The pages about the sync. None of them speaks to Odoo: they write wishes that the worker carries out."""
