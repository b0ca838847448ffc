"""Everything that `manage.py run` starts, and how it is watched and stopped."""
