"""What `hpcgen report` makes of the results that benchmark clients leave.

`results.py` reads them; `scaling.py` has the figures of a scaling experiment and `comparison.py`
those of every other; `log_entry.py`, `tables.py` and `plots.py` show them. The same results give
the same bytes: there is no clock, and nothing is told of where it was made.
"""
