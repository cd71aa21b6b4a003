"""What each verb means for the object it is given: frames → operations, the same for both languages.

`senses.py` is the table from verb senses to functions; `talk.py` what has been said before; `qualities.py`,
`predicates.py`, `places.py` and `files.py` read what clauses of every kind can say; each other module is one
family of wishes.
"""
