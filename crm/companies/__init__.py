"""Which accounts are one company: equal names are put to a person, ids and numbers decide.

A match key (`key`) finds names that may be one company's and never merges them. `duplicates` are
put to a person, whose `answers` outlive imports; `merge` makes one row of what an id, a corporate
number or an answer says is one.
"""
