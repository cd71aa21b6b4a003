"""Words → Plan, in English and Chinese, by grammar and lexicon alone.

    instruction   "make the sky a bit brighter"            把天空稍微调亮
    tokens        words with all that they can mean        tokens.py, lexicon.py, inflection.py
    clauses       one wish each                            english/splitting.py, chinese/splitting.py
    frames        verb, object, value, predicate …         english/framing.py, chinese/framing.py
    operations    Brightness(0.15, target=sky)             meaning/senses.py and its neighbours
    plan          what the clauses come to together        dialogue.py, compiler.py

Both languages share everything from the frames on, so equal wishes become equal plans. Words live in
`lexicon/*.toml`: what they mean (verbs, things, colors …), what ties them together (relations, grammar), and
what the grammar asks about them (cues, options).
"""
