"""The reports that `hpcgen report` makes of the results of benchmark clients.

`results.py` reads them; `scaling.py` computes the figures of a scaling experiment, `comparison.py`
those of every other; `log_entry.py`, `tables.py` and `plots.py` show them. The same results give
the same bytes: a report contains neither the time nor the place of its making.
"""
