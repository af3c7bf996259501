"""What pytest leaves out: a project with tests of its own, which ``everywhere.py`` runs."""

collect_ignore = ["kinds"]
