"""Date formats of each language, by names that templates use: `{{ day|date:'FULL_DAY' }}`."""
